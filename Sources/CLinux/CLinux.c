#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Threads */

struct start {
    void (*body)(void *);
    void *context;
};

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    start.body(start.context);
    return NULL;
}

int apus_thread_start(void (*body)(void *), void *context) {
    struct start *start = malloc(sizeof *start);
    if (!start) return ENOMEM;
    start->body = body;
    start->context = context;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int status = pthread_create(&thread, &attributes, run, start);
    pthread_attr_destroy(&attributes);
    if (status != 0) free(start);
    return status;
}

void apus_thread_name(const char *name) {
    char text[16];
    strncpy(text, name, 15);
    text[15] = 0;
    pthread_setname_np(pthread_self(), text);
}

struct apus_semaphore {
    sem_t semaphore;
};

apus_semaphore *apus_semaphore_new(void) {
    apus_semaphore *semaphore = malloc(sizeof *semaphore);
    if (semaphore && sem_init(&semaphore->semaphore, 0, 0) != 0) {
        free(semaphore);
        return NULL;
    }
    return semaphore;
}

void apus_semaphore_free(apus_semaphore *semaphore) {
    sem_destroy(&semaphore->semaphore);
    free(semaphore);
}

void apus_semaphore_post(apus_semaphore *semaphore) { sem_post(&semaphore->semaphore); }

void apus_semaphore_wait(apus_semaphore *semaphore) {
    while (sem_wait(&semaphore->semaphore) != 0 && errno == EINTR) {
    }
}

/* Event descriptors */

int apus_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void apus_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    while (write(descriptor, &one, sizeof one) < 0 && errno == EINTR) {
    }
}

int apus_eventfd_drain(int descriptor) {
    uint64_t count;
    ssize_t got;
    do {
        got = read(descriptor, &count, sizeof count);
    } while (got < 0 && errno == EINTR);
    return got == sizeof count;
}
