/* The data-plane run of a point, computed once per data key and kept in DIR/cache. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "piece.h"

enum { PATH_SIZE = 3900 };

static tw_status failed(struct tw_err *err, const char *what, const char *path)
{
    return tw_err_set(err, TW_IO, "%s %s: %s", what, path, strerror(errno));
}

/* Waits for whoever computes the same key. Returns the lock's descriptor, or -1. */
static int lock(const char *path)
{
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    while (fd >= 0 && flock(fd, LOCK_EX)) {
        if (errno != EINTR) {
            close(fd);
            return -1;
        }
    }
    return fd;
}

static tw_status write_run(const struct tw_run *run, const char *path, struct tw_err *err)
{
    char temporary[PATH_SIZE];
    if (snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid()) >= PATH_SIZE)
        return tw_err_set(err, TW_IO, "path too long: %s", path);
    int fd = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return failed(err, "cannot write", temporary);
    tw_status status = tw_run_write(run, fd, err);
    if (!status && fsync(fd))
        status = failed(err, "cannot write", temporary);
    if (close(fd) && !status)
        status = failed(err, "cannot write", temporary);
    if (!status && rename(temporary, path))
        status = failed(err, "cannot rename", temporary);
    if (status)
        unlink(temporary);
    return status;
}

/* Not inlined: its frame would add up with the paths of tw_piece_run. */
static __attribute__((noinline)) tw_status compute(const struct tw_point *point, const char *path,
                                                   struct tw_run *run, struct tw_err *err)
{
    struct tw_train_setup setup;
    tw_status status = tw_piece_setup(point, &setup, err);
    if (!status)
        status = tw_train(&setup, run, err);
    return status ? status : write_run(run, path, err);
}

tw_status tw_piece_run(const struct tw_point *point, const char *directory, const char *data_key,
                       struct tw_run *run, int *reused, struct tw_err *err)
{
    char folder[PATH_SIZE], path[PATH_SIZE], lock_path[PATH_SIZE];
    if (strlen(directory) + strlen(data_key) + 32 > PATH_SIZE)
        return tw_err_set(err, TW_IO, "path too long: %s", directory);
    snprintf(folder, sizeof folder, "%s/cache", directory);
    snprintf(path, sizeof path, "%s/cache/%s.json", directory, data_key);
    snprintf(lock_path, sizeof lock_path, "%s/cache/%s.lock", directory, data_key);
    if (mkdir(folder, 0777) && errno != EEXIST)
        return failed(err, "cannot make", folder);
    int fd = lock(lock_path);
    if (fd < 0)
        return failed(err, "cannot lock", lock_path);
    *reused = access(path, R_OK) == 0;
    tw_status status = *reused ? tw_run_read(run, path, err) : TW_OK;
    if (status ==
        TW_CORRUPT) { /* a cache is never worth a failure: what is damaged is made again */
        *reused = 0;
        tw_run_free(run);
        *run = (struct tw_run){0};
        *err = (struct tw_err){0};
    }
    if (!*reused)
        status = compute(point, path, run, err);
    close(fd); /* and with it the lock */
    return status;
}
