#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit(int resource, int64_t value) {
    if (value < 0) return;
    struct rlimit limits = {(rlim_t)value, (rlim_t)value};
    setrlimit(resource, &limits);
}

/* Only async-signal-safe calls: the parent has other threads. */
static void child(const char *path, char *const arguments[], char *const environment[],
                  const apus_limits *limits, pid_t parent, int in, int out, int err, int report) {
    setpgid(0, 0);
    /* The parent may have ended before it was asked for. */
    if (limits->ends_with_us && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)) _exit(127);
    /* Above the standard descriptors first, so that no dup2 overwrites one still needed. */
    in = fcntl(in, F_DUPFD, 10);
    out = fcntl(out, F_DUPFD, 10);
    err = fcntl(err, F_DUPFD, 10);
    report = fcntl(report, F_DUPFD_CLOEXEC, 10);
    if (in < 0 || out < 0 || err < 0 || report < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
        _exit(127);
    if (report != 3) {
        dup2(report, 3);
        fcntl(3, F_SETFD, FD_CLOEXEC);
    }
#ifdef SYS_close_range
    if (syscall(SYS_close_range, 4U, ~0U, 0U) != 0)
#endif
        for (int descriptor = 4; descriptor < 4096; descriptor++) close(descriptor);
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    limit(RLIMIT_CPU, limits->cpu_seconds);
    limit(RLIMIT_AS, limits->address_space);
    limit(RLIMIT_FSIZE, limits->file_size);
    execve(path, arguments, environment);
    int error = errno;
    ssize_t ignored = write(3, &error, sizeof error);
    (void)ignored;
    _exit(127);
}

int apus_spawn(const char *path, char *const arguments[], char *const environment[], const apus_limits *limits,
               apus_process *process) {
    int pipes[8] = {-1, -1, -1, -1, -1, -1, -1, -1}; /* in, out, err, report: read and write ends */
    int status = 0;
    for (int index = 0; index < 8; index += 2)
        if (pipe2(pipes + index, O_CLOEXEC) != 0) {
            status = errno;
            goto failed;
        }
    pid_t parent = getpid();
    pid_t id = fork();
    if (id < 0) {
        status = errno;
        goto failed;
    }
    if (id == 0)
        child(path, arguments, environment, limits, parent, pipes[0], pipes[3], pipes[5], pipes[7]);
    close(pipes[0]);
    close(pipes[3]);
    close(pipes[5]);
    close(pipes[7]);
    pipes[0] = pipes[3] = pipes[5] = pipes[7] = -1;

    int error = 0;
    ssize_t got;
    do {
        got = read(pipes[6], &error, sizeof error);
    } while (got < 0 && errno == EINTR);
    if (got == sizeof error) {
        while (waitpid(id, NULL, 0) < 0 && errno == EINTR) {
        }
        status = error;
        goto failed;
    }
    close(pipes[6]);
    fcntl(pipes[1], F_SETFL, O_NONBLOCK);
    fcntl(pipes[2], F_SETFL, O_NONBLOCK);
    fcntl(pipes[4], F_SETFL, O_NONBLOCK);
    process->id = id;
    process->input = pipes[1];
    process->output = pipes[2];
    process->errors = pipes[4];
    return 0;

failed:
    for (int index = 0; index < 8; index++)
        if (pipes[index] >= 0) close(pipes[index]);
    return status;
}
