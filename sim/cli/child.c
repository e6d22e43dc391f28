#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

double tw_clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Exit status of a child that said why it failed, in its last stderr line "STATUS\ttext". */
enum { SAID_WHY = 9 };

static void child_main(const struct tw_driver *driver, int piece, int out, int err)
{
    struct tw_err why = {0};
    /* A new process group: the terminal's ^C is the parent's to handle, and a kill reaches
     * grandchildren too. */
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a killed driver leaves no orphans at work */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (dup2(err, STDERR_FILENO) < 0)
        exit(1);
    tw_status status = driver->work(driver->context, piece, out, &why);
    if (status == TW_OK)
        exit(0);
    fflush(stderr);
    dprintf(STDERR_FILENO, "\n%d\t%s%s%s", (int)status,
            why.text[0] ? why.text : tw_status_text(status), why.hint[0] ? "; " : "", why.hint);
    exit(SAID_WHY);
}

static tw_status pipes(int fds[4], struct tw_err *err)
{
    if (pipe2(fds, O_CLOEXEC))
        return tw_err_set(err, TW_IO, "pipe: %s", strerror(errno));
    if (pipe2(fds + 2, O_CLOEXEC)) {
        tw_err_set(err, TW_IO, "pipe: %s", strerror(errno));
        close(fds[0]);
        close(fds[1]);
        return TW_IO;
    }
    return TW_OK;
}

tw_status tw_child_start(struct tw_child *child, const struct tw_driver *driver, int piece,
                         struct tw_err *err)
{
    int fds[4];
    tw_status status = pipes(fds, err);
    if (status)
        return status;
    fflush(NULL); /* or the child would print the parent's buffers again */
    pid_t pid = fork();
    if (pid == 0) {
        close(fds[0]);
        close(fds[2]);
        child_main(driver, piece, fds[1], fds[3]);
    }
    close(fds[1]);
    close(fds[3]);
    if (pid < 0) {
        tw_err_set(err, TW_IO, "fork: %s", strerror(errno));
        close(fds[0]);
        close(fds[2]);
        return TW_IO;
    }
    setpgid(pid, pid); /* also here: whoever is first */
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    fcntl(fds[2], F_SETFL, O_NONBLOCK);
    child->piece = piece;
    child->pid = pid;
    child->out = fds[0];
    child->err = fds[2];
    child->answer.size = child->complaints.size = 0;
    child->deadline_s = driver->timeout_s > 0 ? tw_clock_s() + driver->timeout_s : 0;
    child->timed_out = 0;
    return TW_OK;
}

static tw_status append(struct tw_buffer *buffer, const char *text, size_t size)
{
    if (buffer->size + size + 1 > buffer->capacity) {
        size_t capacity = 2 * (buffer->size + size + 1);
        char *grown = realloc(buffer->text, capacity);
        if (!grown)
            return TW_MEMORY;
        buffer->text = grown;
        buffer->capacity = capacity;
    }
    memcpy(buffer->text + buffer->size, text, size);
    buffer->size += size;
    buffer->text[buffer->size] = '\0';
    return TW_OK;
}

static tw_status read_some(int *fd, struct tw_buffer *buffer)
{
    char block[8192];
    while (*fd >= 0) {
        ssize_t got = read(*fd, block, sizeof block);
        if (got > 0) {
            if (append(buffer, block, (size_t)got))
                return TW_MEMORY;
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else if (got < 0 && errno == EAGAIN) {
            return TW_OK;
        } else {
            close(*fd);
            *fd = -1;
        }
    }
    return TW_OK;
}

tw_status tw_child_read(struct tw_child *child)
{
    tw_status status = read_some(&child->out, &child->answer);
    return status ? status : read_some(&child->err, &child->complaints);
}

int tw_child_drained(const struct tw_child *child)
{
    return child->out < 0 && child->err < 0;
}

void tw_child_kill(const struct tw_child *child)
{
    if (kill(-child->pid, SIGKILL))
        kill(child->pid, SIGKILL);
}

/* The last line of text that is not blank, in place. */
static char *last_line(char *text)
{
    size_t end = strlen(text);
    while (end && (text[end - 1] == '\n' || text[end - 1] == ' '))
        text[--end] = '\0';
    char *newline = strrchr(text, '\n');
    return newline ? newline + 1 : text;
}

static void explain(struct tw_child *child, int wait_status, struct tw_failure *failure, char *text)
{
    char *line = child->complaints.size ? last_line(child->complaints.text) : "";
    failure->tail = child->complaints.size ? child->complaints.text : "";
    failure->signal = 0;
    if (child->timed_out) {
        failure->status = TW_TIMEOUT;
        snprintf(text, 1024, "%s", tw_status_text(TW_TIMEOUT));
    } else if (WIFSIGNALED(wait_status)) {
        failure->status = TW_CRASHED;
        failure->signal = WTERMSIG(wait_status);
        snprintf(text, 1024, "signal %d (%s)%s%.800s", failure->signal, strsignal(failure->signal),
                 *line ? ": " : "", line);
    } else if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == SAID_WHY &&
               strchr(line, '\t')) {
        int status = atoi(line);
        failure->status = status > 0 && status < TW_STATUS_COUNT ? (tw_status)status : TW_INTERNAL;
        snprintf(text, 1024, "%s", strchr(line, '\t') + 1);
        *line = '\0'; /* the protocol's line is no part of what the child said */
    } else {
        failure->status = TW_CRASHED;
        snprintf(text, 1024, "exit status %d%s%.800s", WEXITSTATUS(wait_status), *line ? ": " : "",
                 line);
    }
    failure->text = text;
}

tw_status tw_child_reap(struct tw_child *child, struct tw_failure *failure, char *text)
{
    int wait_status = 0;
    while (waitpid(child->pid, &wait_status, 0) < 0 && errno == EINTR)
        continue;
    child->pid = 0;
    if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0 && !child->timed_out)
        return TW_OK;
    explain(child, wait_status, failure, text);
    return failure->status;
}

void tw_child_release(struct tw_child *child)
{
    if (child->out >= 0)
        close(child->out);
    if (child->err >= 0)
        close(child->err);
    child->out = child->err = -1;
    free(child->answer.text);
    free(child->complaints.text);
    child->answer = child->complaints = (struct tw_buffer){0};
}
