#ifndef APUS_CLINUX_H
#define APUS_CLINUX_H

/*
 * What Swift cannot see of Linux and libcrypt, as flat functions. All return 0 or a value on success;
 * those that fail say how below.
 */

#include "apus_crypt.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Threads. */

/* Starts a detached thread. Returns 0 or an error number. */
int apus_thread_start(void (*body)(void *), void *context);
/* Names the calling thread (cut to 15 bytes). */
void apus_thread_name(const char *name);

typedef struct apus_semaphore apus_semaphore;
apus_semaphore *apus_semaphore_new(void);
void apus_semaphore_free(apus_semaphore *semaphore);
void apus_semaphore_post(apus_semaphore *semaphore);
void apus_semaphore_wait(apus_semaphore *semaphore);

/* Event descriptors: non-blocking, closed on exec. */

/* Returns a descriptor, or -1 with errno. */
int apus_eventfd(void);
void apus_eventfd_signal(int descriptor);
/* Clears it. Returns whether it had been signalled. */
int apus_eventfd_drain(int descriptor);

/* Processes. */

typedef struct {
    pid_t id;
    int input;   /* write end of its standard input, non-blocking */
    int output;  /* read end of its standard output, non-blocking */
    int errors;  /* read end of its standard error, non-blocking */
} apus_process;

/* setrlimit(2), each where not negative. */
typedef struct {
    int64_t cpu_seconds;
    int64_t address_space; /* bytes */
    int64_t file_size;     /* bytes of any file it writes */
    int ends_with_us;      /* killed when the thread that started it, or the process, ends */
} apus_limits;

/*
 * Starts a program in its own process group with three pipes, default signals, no other descriptors
 * and limits. Returns 0 or an error number, also when the program cannot be executed.
 */
int apus_spawn(const char *path, char *const arguments[], char *const environment[], const apus_limits *limits,
               apus_process *process);

/* Passwords (crypt(3)). */

/* Makes a setting with a random salt, such as prefix "$2b$" and cost 12. Returns 0 or an error number. */
int apus_crypt_setting(const char *prefix, unsigned long cost, char *out, size_t size);

/* Network namespaces. */

/*
 * Runs `body` on the calling thread inside the namespace at `path` (/run/netns/NAME), and returns to
 * the thread's own. Returns what `body` returned; -errno when the namespace cannot be entered. When it
 * cannot be left again the process ends, since the thread could then talk to the wrong network.
 */
int apus_in_netns(const char *path, int (*body)(void *), void *context);
/*
 * A listening TCP socket made inside a namespace, non-blocking and closed on exec; the address need not
 * be there yet (IP_FREEBIND). Returns a descriptor, or -errno.
 */
int apus_listen_in_netns(const char *path, const char *address, uint16_t port, int backlog);

/* Files. */

/* Makes `destination` share the blocks of `source` (FICLONE). Returns 0 or an error number. */
int apus_reflink(int destination, int source);
/*
 * Opens a path below a folder: no symbolic links, no "..", no leaving it (openat2). Returns a
 * descriptor, or -errno.
 */
int apus_open_beneath(int folder, const char *path, int flags, unsigned mode);
/* Deallocates a range, which then reads as zeros. Returns 0 or an error number. */
int apus_punch_hole(int descriptor, int64_t offset, int64_t length);

/* Memory. */

/* Keeps the C heap, which Swift allocates from, close to what is in use. To be called first in a program. */
void apus_bound_heap(void);
/* Gives free pages of the heap back to the system. Takes a few milliseconds. */
void apus_trim_heap(void);

/* Lets go of the pages of programs and libraries that only the start has used, several megabytes of them. They are
 * files' pages that nobody changes: what is still used comes back, from the page cache, when it is touched. */
void apus_forget_startup_code(void);

/* Bytes. */

/* Whether `needle` occurs among the `size` bytes (memmem, which is GNU's). */
int apus_contains(const void *bytes, size_t size, const void *needle, size_t needle_size);

#endif
