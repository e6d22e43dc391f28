/* Running gnuplot, with what it says kept for the message. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "figure.h"
#include "file.h"

/* Starts gnuplot with stdin from nowhere, stdout and stderr into `output`; returns an errno. */
static int start(const char *directory, const char *script, int output, pid_t *child)
{
    /* -d: a user's own ~/.gnuplot must not change a published figure. */
    char *const arguments[] = {(char *)"gnuplot", (char *)"-d", (char *)script, NULL};
    posix_spawn_file_actions_t actions;
    int failed = posix_spawn_file_actions_init(&actions);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_addchdir_np(&actions, directory);
    if (!failed)
        failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (!failed)
        failed = posix_spawn_file_actions_adddup2(&actions, output, 2);
    if (!failed)
        failed = posix_spawnp(child, "gnuplot", &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

/* Keeps the beginning of what comes and reads the rest, so that the writer never blocks. */
static void collect(int from, char *text, size_t size)
{
    char more[4096];
    size_t used = 0;
    for (;;) {
        ssize_t got = read(from, more, sizeof more);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size_t room = size - 1 - used, part = (size_t)got < room ? (size_t)got : room;
        memcpy(text + used, more, part);
        used += part;
    }
    text[used] = '\0';
}

/* One line: the lines of text that say something, joined by "; ". */
static void one_line(char *text)
{
    char *out = text;
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, "\n"), blank = strspn(at, " \t^");
        if (blank < length) {
            if (out != text) {
                *out++ = ';';
                *out++ = ' ';
            }
            memmove(out, at + blank, length - blank);
            out += length - blank;
        }
        at += length + (at[length] == '\n');
    }
    *out = '\0';
}

tw_status tw_gnuplot_run(const char *directory, const char *script, int *found, struct tw_err *err)
{
    int ends[2], state = 0;
    pid_t child;
    char said[512];
    *found = 0;
    if (pipe2(ends, O_CLOEXEC))
        return tw_file_error(err, script, "cannot make a pipe for gnuplot");
    int failed = start(directory, script, ends[1], &child);
    close(ends[1]);
    if (failed) {
        close(ends[0]);
        errno = failed;
        return failed == ENOENT ? TW_OK : tw_file_error(err, script, "cannot start gnuplot");
    }
    *found = 1;
    collect(ends[0], said, sizeof said);
    close(ends[0]);
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return tw_file_error(err, script, "cannot wait for gnuplot");
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return TW_OK;
    one_line(said);
    tw_err_at(err, script, 0);
    if (WIFSIGNALED(state))
        return tw_err_set(err, TW_IO, "gnuplot was ended by signal %d: %s", WTERMSIG(state), said);
    return tw_err_set(err, TW_IO, "gnuplot failed: %s", said);
}
