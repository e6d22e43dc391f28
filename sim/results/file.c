/* Reading whole files, and replacing them so that a reader never sees half of one. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "results.h"

char *tw_file_path(const char *directory, const char *name)
{
    char *path = NULL;
    return asprintf(&path, "%s/%s", directory, name) < 0 ? NULL : path;
}

tw_status tw_file_error(struct tw_err *err, const char *path, const char *what)
{
    const char *reason = strerror(errno);
    tw_err_at(err, path, 0);
    return tw_err_set(err, TW_IO, "%s: %s", what, reason);
}

tw_status tw_file_directory(const char *path, struct tw_err *err)
{
    struct stat about;
    if (!*path)
        return tw_err_set(err, TW_INPUT, "the directory's name is empty");
    char *part = strdup(path);
    tw_status status = part ? TW_OK : TW_MEMORY;
    for (char *slash = part; !status && slash;) {
        slash = strchr(slash + 1, '/');
        if (slash)
            *slash = '\0';
        if (*part && mkdir(part, 0777) && errno != EEXIST)
            status = tw_file_error(err, part, "cannot make the directory");
        if (slash)
            *slash = '/';
    }
    free(part);
    if (!status && !stat(path, &about) && !S_ISDIR(about.st_mode)) {
        errno = ENOTDIR;
        status = tw_file_error(err, path, "cannot make the directory");
    }
    return status;
}

tw_status tw_file_read_all(int descriptor, const char *path, char **text, size_t *size,
                           struct tw_err *err)
{
    size_t capacity = 0, used = 0;
    struct stat about;
    tw_status status = TW_OK;
    *text = NULL;
    *size = 0;
    if (fstat(descriptor, &about))
        return tw_file_error(err, path, "cannot read");
    for (;;) {
        if (used + 1 >= capacity) { /* one byte is kept for the final zero */
            capacity = capacity ? 2 * capacity : (size_t)about.st_size + 2;
            char *more = realloc(*text, capacity);
            if (!more) {
                status = tw_err_set(err, TW_MEMORY, "%s: no memory for %zu bytes", path, capacity);
                break;
            }
            *text = more;
        }
        ssize_t got = pread(descriptor, *text + used, capacity - used - 1, (off_t)used);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR) {
            status = tw_file_error(err, path, "cannot read");
            break;
        }
        used += got > 0 ? (size_t)got : 0;
    }
    if (status) {
        free(*text);
        *text = NULL;
        return status;
    }
    (*text)[used] = '\0';
    *size = used;
    return TW_OK;
}

tw_status tw_file_load(const char *path, char **text, size_t *size, struct tw_err *err)
{
    *text = NULL;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return tw_file_error(err, path, "cannot open");
    tw_status status = tw_file_read_all(descriptor, path, text, size, err);
    close(descriptor);
    return status;
}

static int write_all(int descriptor, const char *text, size_t size)
{
    while (size) {
        ssize_t done = write(descriptor, text, size);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            text += done;
            size -= (size_t)done;
        }
    }
    return 0;
}

/* A rename survives a power cut only when the directory is written too. Some file systems cannot
 * sync a directory; the file itself is safe by then. */
static void sync_directory(const char *directory)
{
    int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor >= 0) {
        fsync(descriptor);
        close(descriptor);
    }
}

/* Writes text to `temporary` and to the disk; errno says why not. */
static int write_synced(const char *temporary, const char *text, size_t size)
{
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return -1;
    int failed = write_all(descriptor, text, size) || fsync(descriptor);
    int reason = errno;
    if (close(descriptor) && !failed)
        return -1;
    errno = reason;
    return failed ? -1 : 0;
}

tw_status tw_file_replace(const char *directory, const char *name, const char *text, size_t size,
                          struct tw_err *err)
{
    char *path = tw_file_path(directory, name), *temporary = NULL;
    tw_status status = TW_OK;
    if (path && asprintf(&temporary, "%s.%ld.tmp", path, (long)getpid()) < 0)
        temporary = NULL;
    if (!temporary) {
        status = TW_MEMORY;
    } else if (write_synced(temporary, text, size) || rename(temporary, path)) {
        status = tw_file_error(err, path, "cannot write");
        unlink(temporary);
    } else {
        sync_directory(directory);
    }
    free(temporary);
    free(path);
    return status;
}
