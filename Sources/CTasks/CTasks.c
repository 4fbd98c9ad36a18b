#define _GNU_SOURCE
#include "CTasks.h"

#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <time.h>

#define SWIFT_CALL __attribute__((swiftcall))

/* As the runtime's Concurrency.h declares them. */
typedef void (*enqueue_function)(void *job) SWIFT_CALL;
extern void (*swift_task_enqueueGlobal_hook)(void *job, enqueue_function original) SWIFT_CALL;
/* An executor is two words; none of its own, both 0. */
extern void swift_job_run(void *job, void *identity, uintptr_t implementation) SWIFT_CALL;

typedef struct {
  int may_hold;
  int holds;
  void **jobs;
  size_t count;
  size_t capacity;
  enqueue_function enqueue;
} held_jobs;

static _Thread_local held_jobs held;

typedef struct {
  void (*work)(void *);
  void *context;
} kept_work;

/* So much at most; its caller does what is more. */
enum { KEPT = 256 };
static _Thread_local kept_work kept[KEPT];
static _Thread_local size_t kept_count;

static int make_room(void) {
  if (held.count < held.capacity) return 1;
  const size_t capacity = held.capacity ? 2 * held.capacity : 64;
  void **jobs = realloc(held.jobs, capacity * sizeof *jobs);
  if (!jobs) return 0;
  held.jobs = jobs;
  held.capacity = capacity;
  return 1;
}

SWIFT_CALL static void enqueue(void *job, enqueue_function original) {
  if (!held.holds || !make_room()) {
    original(job);
    return;
  }
  held.enqueue = original;
  held.jobs[held.count++] = job;
}

static void install(void) { swift_task_enqueueGlobal_hook = enqueue; }

void ctasks_begin(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
  held.may_hold = 1;
}

void ctasks_end(void) {
  ctasks_run_later();
  free(held.jobs);
  held = (held_jobs){0};
}

void ctasks_hold(void) { held.holds = held.may_hold; }

void ctasks_release(void) { held.holds = 0; }

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void ctasks_run(uint64_t nanoseconds) {
  if (held.count == 0) return;
  const uint64_t end = now() + nanoseconds;
  size_t next = 0;
  do {
    swift_job_run(held.jobs[next++], NULL, 0);
  } while (next < held.count && now() < end);
  for (; next < held.count; next++) held.enqueue(held.jobs[next]);
  held.count = 0;
}

int ctasks_later(void (*work)(void *), void *context) {
  if (!held.may_hold || kept_count == KEPT) return 0;
  kept[kept_count++] = (kept_work){work, context};
  return 1;
}

void ctasks_run_later(void) {
  for (size_t next = 0; next < kept_count; next++) kept[next].work(kept[next].context);
  kept_count = 0;
}
