// Passwords hashed in a second by bcrypt alone, through the same function as identity hashes them with: the measure for
// its logins.
//
//     bench-bcrypt PASSWORD COST THREADS SECONDS
//
// Prints the password's hash and how many a second all threads made together.

#include "apus_crypt.h"
#include "CLinux.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { MAXIMUM_THREADS = 64 };

static const char *password;
static char hash[256];
static double end;
static long counts[MAXIMUM_THREADS];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *work(void *argument) {
    long *count = argument;
    char out[256];
    while (now() < end) {
        if (apus_crypt(password, hash, out, sizeof out) != 0) abort();
        *count += 1;
    }
    return NULL;
}

static int usage(void) {
    fputs("usage: bench-bcrypt PASSWORD COST THREADS SECONDS\n", stderr);
    return 2;
}

int main(int count, char **arguments) {
    if (count != 5) return usage();
    password = arguments[1];
    unsigned long cost = strtoul(arguments[2], NULL, 10);
    int threads = atoi(arguments[3]);
    double seconds = atof(arguments[4]);
    char setting[256];
    if (threads < 1 || threads > MAXIMUM_THREADS || seconds <= 0) return usage();
    if (apus_crypt_setting("$2b$", cost, setting, sizeof setting) != 0
        || apus_crypt(password, setting, hash, sizeof hash) != 0) return usage();

    pthread_t handles[MAXIMUM_THREADS];
    double start = now();
    end = start + seconds;
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&handles[i], NULL, work, &counts[i]) != 0) return 1;
    }
    long total = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(handles[i], NULL);
        total += counts[i];
    }
    printf("%s %.3f\n", hash, total / (now() - start));
    return 0;
}
