#define _GNU_SOURCE
#include "CLinux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int apus_in_netns(const char *path, int (*body)(void *), void *context) {
    int own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (own < 0) return -errno;
    int other = open(path, O_RDONLY | O_CLOEXEC);
    if (other < 0) {
        int error = errno;
        close(own);
        return -error;
    }
    int result;
    if (setns(other, CLONE_NEWNET) != 0) {
        result = -errno;
    } else {
        result = body(context);
        if (setns(own, CLONE_NEWNET) != 0) abort();
    }
    close(other);
    close(own);
    return result;
}

struct address {
    const char *text;
    uint16_t port;
    int backlog;
};

static int listen_here(void *context) {
    const struct address *wanted = context;
    struct sockaddr_storage storage = {0};
    socklen_t length;
    struct sockaddr_in *v4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&storage;
    if (inet_pton(AF_INET, wanted->text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(wanted->port);
        length = sizeof *v4;
    } else if (inet_pton(AF_INET6, wanted->text, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(wanted->port);
        length = sizeof *v6;
    } else {
        return -EINVAL;
    }
    int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    int yes = 1;
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    setsockopt(descriptor, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes);
    if (bind(descriptor, (struct sockaddr *)&storage, length) != 0 || listen(descriptor, wanted->backlog) != 0) {
        int error = errno;
        close(descriptor);
        return -error;
    }
    return descriptor;
}

int apus_listen_in_netns(const char *path, const char *address, uint16_t port, int backlog) {
    struct address wanted = {address, port, backlog};
    return apus_in_netns(path, listen_here, &wanted);
}
