/* failed.jsonl: a line per failed attempt, shared by all shards. Each use holds its lock for a
 * moment, so that a line appended while another process prunes is not lost. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "file.h"
#include "store.h"

/* Opens and locks the file; -1 with errno. A file that was removed while this waited for its lock
 * is let go for the one that has the name now. */
static int open_locked(const char *path, int flags)
{
    struct stat about;
    for (;;) {
        int descriptor = open(path, flags | O_RDWR | O_APPEND | O_CLOEXEC, 0666);
        if (descriptor < 0)
            return -1;
        int failed = 0;
        do
            failed = flock(descriptor, LOCK_EX);
        while (failed && errno == EINTR);
        if (!failed && !fstat(descriptor, &about) && about.st_nlink > 0)
            return descriptor;
        close(descriptor);
        if (failed)
            return -1;
    }
}

static tw_status append(int descriptor, const char *path, const char *line, size_t size,
                        struct tw_err *err)
{
    char last = '\n';
    off_t end = lseek(descriptor, 0, SEEK_END);
    tw_status status = TW_OK;
    /* A line torn by a crash is closed first, so that it spoils only itself. */
    if (end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != '\n')
        status = tw_store_write(descriptor, path, "\n", 1, err);
    return status ? status : tw_store_write(descriptor, path, line, size, err);
}

tw_status tw_store_failed(struct tw_store *store, const json_t *failure, struct tw_err *err)
{
    size_t size;
    tw_status status;
    if (!json_is_object(failure))
        return tw_err_set(err, TW_INTERNAL, "a failure is no object");
    char *line = tw_store_line(failure, &size);
    if (!line)
        return TW_MEMORY;
    int descriptor = open_locked(store->failed, O_CREAT);
    if (descriptor < 0) {
        status = tw_file_error(err, store->failed, "cannot open");
    } else {
        status = append(descriptor, store->failed, line, size, err);
        close(descriptor);
    }
    free(line);
    return status;
}

/* Moves the lines whose key has no row to the front of text; returns their bytes. What cannot be
 * read as JSON is kept: it may be all that is left of a message. */
static size_t keep_open(const struct tw_store *store, char *text, size_t size)
{
    size_t kept = 0;
    for (size_t at = 0; at < size;) {
        char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - (text + at)) + 1 : size - at;
        json_t *failure = json_loadb(text + at, length, 0, NULL);
        const char *key = json_string_value(json_object_get(failure, "key"));
        if (!key || !tw_store_find(store, key)) {
            memmove(text + kept, text + at, length);
            kept += length;
        }
        json_decref(failure);
        at += length;
    }
    return kept;
}

tw_status tw_failed_prune(const struct tw_store *store, struct tw_err *err)
{
    char *text = NULL;
    size_t size;
    int descriptor = open_locked(store->failed, 0);
    if (descriptor < 0)
        return errno == ENOENT ? TW_OK : tw_file_error(err, store->failed, "cannot open");
    tw_status status = tw_file_read_all(descriptor, store->failed, &text, &size, err);
    if (!status) {
        size_t kept = keep_open(store, text, size);
        if (kept < size && ftruncate(descriptor, 0))
            status = tw_file_error(err, store->failed, "cannot rewrite");
        else if (kept < size && kept)
            status = tw_store_write(descriptor, store->failed, text, kept, err);
        else if (!kept && unlink(store->failed))
            status = tw_file_error(err, store->failed, "cannot remove");
    }
    free(text);
    close(descriptor);
    return status;
}
