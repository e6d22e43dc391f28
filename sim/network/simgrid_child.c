/* A forked child with two pipes: one for the answer, one for what it prints.
 *
 * SimGrid ends the process on errors and holds one platform per process, hence a process per
 * simulation. The child leaves by exit(), so that coverage is written; stdio is flushed before the
 * fork, so that nothing is written twice; handlers that the parent gave to atexit run in the child
 * too. The child dies with its parent (PR_SET_PDEATHSIG). */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "simgrid_child.h"

enum { ANSWER, PRINTED, PIPES };
#define PRINTED_MAX 8192

struct intake {
    char *data;
    size_t size, used; /* what does not fit is read and dropped */
};

int tw_child_write(int descriptor, const void *data, size_t size)
{
    const char *from = data;
    while (size) {
        ssize_t wrote = write(descriptor, from, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return 0;
        from += wrote;
        size -= (size_t)wrote;
    }
    return 1;
}

static void become_child(tw_child_work work, void *context, int pipes[PIPES][2], pid_t parent)
{
    struct rlimit no_core = {0, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    setrlimit(RLIMIT_CORE, &no_core); /* SimGrid's errors are abort() */
    if (dup2(pipes[PRINTED][1], STDOUT_FILENO) < 0 || dup2(pipes[PRINTED][1], STDERR_FILENO) < 0)
        _exit(1);
    work(context, pipes[ANSWER][1]);
    exit(0);
}

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Milliseconds for poll until the deadline; −1: for ever. */
static int poll_ms(double deadline_s)
{
    if (deadline_s <= 0)
        return -1;
    double left_ms = ceil(1000 * (deadline_s - now_s()));
    return left_ms < 0 ? 0 : left_ms > 1e6 ? 1000000 : (int)left_ms;
}

/* One read; 0 at the end of the pipe. */
static int take(int descriptor, struct intake *intake)
{
    char spill[4096];
    size_t room = intake->size - intake->used;
    ssize_t got =
        read(descriptor, room ? intake->data + intake->used : spill, room ? room : sizeof spill);
    if (got < 0 && errno == EINTR)
        return 1;
    if (got <= 0)
        return 0;
    if (room)
        intake->used += (size_t)got;
    return 1;
}

/* Reads both pipes to their ends; 0 when the deadline passed first. */
static int collect(int pipes[PIPES][2], double deadline_s, struct intake intakes[PIPES])
{
    struct pollfd polled[PIPES] = {{pipes[ANSWER][0], POLLIN, 0}, {pipes[PRINTED][0], POLLIN, 0}};
    int open = PIPES;
    while (open) {
        int ready = poll(polled, PIPES, poll_ms(deadline_s));
        if (ready < 0 && errno != EINTR)
            return 1;
        if (deadline_s > 0 && now_s() >= deadline_s)
            return 0;
        for (int i = 0; ready > 0 && i < PIPES; i++) {
            if (polled[i].fd < 0 || !polled[i].revents || take(polled[i].fd, &intakes[i]))
                continue;
            polled[i].fd = -1;
            open--;
        }
    }
    return 1;
}

/* "[0.000000] ./src/file.cpp:95: [category/LEVEL] text" → "text". */
static void first_line(const char *printed, char *line, size_t size)
{
    static const char *const levels[] = {"/CRITICAL] ", "/ERROR] "};
    while (*printed == '\n')
        printed++;
    size_t length = strcspn(printed, "\n");
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        const char *level = memmem(printed, length, levels[i], strlen(levels[i]));
        if (level) {
            length -= (size_t)(level + strlen(levels[i]) - printed);
            printed = level + strlen(levels[i]);
        }
    }
    snprintf(line, size, "%.*s", (int)(length < size ? length : size - 1), printed);
}

static int open_pipes(int pipes[PIPES][2])
{
    for (int i = 0; i < PIPES; i++)
        pipes[i][0] = pipes[i][1] = -1;
    for (int i = 0; i < PIPES; i++)
        if (pipe2(pipes[i], O_CLOEXEC))
            return 0;
    return 1;
}

static void close_end(int pipes[PIPES][2], int end)
{
    for (int i = 0; i < PIPES; i++) {
        if (pipes[i][end] >= 0)
            close(pipes[i][end]);
        pipes[i][end] = -1;
    }
}

tw_status tw_child_run(tw_child_work work, void *context, double timeout_s, void *answer,
                       size_t size, struct tw_child_report *report)
{
    int pipes[PIPES][2];
    char printed[PRINTED_MAX];
    struct intake intakes[PIPES] = {{answer, size, 0}, {printed, sizeof printed - 1, 0}};
    double deadline_s = timeout_s > 0 ? now_s() + timeout_s : 0;
    tw_status status = TW_IO;
    pid_t parent = getpid(), child;
    int ended = 0;

    memset(report, 0, sizeof *report);
    if (!open_pipes(pipes))
        goto done;
    fflush(NULL);
    child = fork();
    if (child < 0)
        goto done;
    if (child == 0) {
        close_end(pipes, 0);
        become_child(work, context, pipes, parent);
    }
    close_end(pipes, 1);
    report->timed_out = !collect(pipes, deadline_s, intakes);
    if (report->timed_out)
        kill(child, SIGKILL);
    while (waitpid(child, &ended, 0) < 0)
        if (errno != EINTR)
            goto done;
    report->clean = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
    report->size = intakes[ANSWER].used;
    printed[intakes[PRINTED].used] = '\0';
    first_line(printed, report->message, sizeof report->message);
    status = TW_OK;
done:
    close_end(pipes, 0);
    close_end(pipes, 1);
    return status;
}
