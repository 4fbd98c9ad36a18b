#ifndef APUS_CTASKS_H
#define APUS_CTASKS_H

/* Lets a thread go on with the Swift tasks that it resumes, where Swift would wake a thread of its pool for each.
 *
 * Made of the hook that the runtime offers for executors of one's own (swift_task_enqueueGlobal_hook). A task runs so
 * until it next waits; from then on the pool has it. Tasks bound to an actor with an executor of its own never come
 * here. */

#include <stdint.h>

/* From now on the calling thread may hold tasks back. It must call ctasks_run whenever it has. */
void ctasks_begin(void);
/* The thread holds none back any more, and is about to end. */
void ctasks_end(void);
/* Between these two, tasks that the calling thread resumes are held back, if it may; others go to the pool as ever. */
void ctasks_hold(void);
void ctasks_release(void);
/* Runs what was held back, in order. What is left after so long goes to the pool. */
void ctasks_run(uint64_t nanoseconds);
/* Keeps work of the calling thread for ctasks_run_later, if it may hold tasks back: 0 if not, the caller does it then. */
int ctasks_later(void (*work)(void *context), void *context);
/* Does what was kept, in order. */
void ctasks_run_later(void);

#endif
