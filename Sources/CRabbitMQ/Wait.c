#define _GNU_SOURCE
#include "CRabbitMQ.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

int crmq_wakeup_new(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void crmq_wakeup_signal(int wakeup) {
  uint64_t one = 1;
  /* A full counter means that the signal is already pending. */
  if (write(wakeup, &one, sizeof one) < 0) return;
}

void crmq_poll(int fd, int wakeup, int timeout_ms) {
  struct pollfd fds[2] = {{.fd = wakeup, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  if (poll(fds, fd >= 0 ? 2 : 1, timeout_ms) > 0 && (fds[0].revents & POLLIN)) {
    uint64_t count;
    if (read(wakeup, &count, sizeof count) < 0) return;
  }
}

void crmq_name_thread(const char *name) {
  char kept[16];
  snprintf(kept, sizeof kept, "%s", name);
  pthread_setname_np(pthread_self(), kept);
}
