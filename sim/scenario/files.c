/* Files named by scenarios. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

/* O_NONBLOCK: a FIFO must be refused, not waited for. */
static tw_status open_regular(const char *path, int *descriptor, struct stat *info,
                              struct tw_err *err)
{
    *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*descriptor < 0)
        return tw_err_set(err, TW_IO, "file '%s' cannot be read: %s", path, strerror(errno));
    if (fstat(*descriptor, info) == 0 && S_ISREG(info->st_mode))
        return TW_OK;
    close(*descriptor);
    *descriptor = -1;
    return tw_err_set(err, TW_IO, "'%s' is not a regular file", path);
}

tw_status tw_file_check(const char *path, struct tw_err *err)
{
    struct stat info;
    int descriptor;
    tw_status status = open_regular(path, &descriptor, &info, err);
    if (!status)
        close(descriptor);
    return status;
}

static ssize_t read_some(int descriptor, void *buffer, size_t size)
{
    ssize_t got;
    do
        got = read(descriptor, buffer, size);
    while (got < 0 && errno == EINTR);
    return got;
}

tw_status tw_file_read(const char *path, size_t max_B, char **text, size_t *size,
                       struct tw_err *err)
{
    struct stat info;
    int descriptor;
    char *buffer = NULL;
    size_t used = 0, wanted;
    ssize_t got = 1;
    tw_status status = open_regular(path, &descriptor, &info, err);
    if (status)
        return status;
    wanted = (size_t)info.st_size;
    if (wanted > max_B) {
        status = tw_err_set(err, TW_RANGE, "'%s' is larger than %zu bytes", path, max_B);
        goto done;
    }
    buffer = malloc(wanted + 1);
    if (!buffer) {
        status = tw_err_set(err, TW_MEMORY, "out of memory reading '%s'", path);
        goto done;
    }
    while (used < wanted && (got = read_some(descriptor, buffer + used, wanted - used)) > 0)
        used += (size_t)got;
    if (got < 0) {
        status = tw_err_set(err, TW_IO, "reading '%s' failed: %s", path, strerror(errno));
        goto done;
    }
    buffer[used] = '\0';
    *text = buffer;
    *size = used;
    buffer = NULL;
done:
    free(buffer);
    close(descriptor);
    return status;
}

tw_status tw_file_beside(const char *from, const char *name, char *out, size_t size,
                         struct tw_err *err)
{
    const char *slash = strrchr(from, '/');
    int folder = name[0] == '/' || !slash ? 0 : (int)(slash - from) + 1;
    int length = snprintf(out, size, "%.*s%s", folder, from, name);
    if (length < 0 || (size_t)length >= size)
        return tw_err_set(err, TW_RANGE, "the path of '%s' is longer than %zu bytes", name,
                          size - 1);
    return TW_OK;
}

/* ---- hashes ---- */

struct tw_hash_entry {
    char *path;
    struct stat info;
    uint64_t hash;
};
struct tw_hashes {
    struct tw_hash_entry *entries;
    int count, capacity;
};

struct tw_hashes *tw_hashes_open(void)
{
    return calloc(1, sizeof(struct tw_hashes));
}

void tw_hashes_close(struct tw_hashes *hashes)
{
    for (int i = 0; hashes && i < hashes->count; i++)
        free(hashes->entries[i].path);
    if (hashes)
        free(hashes->entries);
    free(hashes);
}

static int same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The entry of path; made when there is none. NULL: no memory, then nothing is kept. */
static struct tw_hash_entry *entry_of(struct tw_hashes *hashes, const char *path)
{
    if (!hashes)
        return NULL;
    for (int i = 0; i < hashes->count; i++)
        if (strcmp(hashes->entries[i].path, path) == 0)
            return &hashes->entries[i];
    if (hashes->count == hashes->capacity) {
        int capacity = hashes->capacity ? 2 * hashes->capacity : 8;
        struct tw_hash_entry *entries =
            realloc(hashes->entries, (size_t)capacity * sizeof *entries);
        if (!entries)
            return NULL;
        hashes->entries = entries;
        hashes->capacity = capacity;
    }
    struct tw_hash_entry *entry = &hashes->entries[hashes->count];
    *entry = (struct tw_hash_entry){.path = strdup(path)};
    if (!entry->path)
        return NULL;
    hashes->count++;
    return entry;
}

static tw_status hash_content(int descriptor, const char *path, uint64_t *hash, struct tw_err *err)
{
    enum { CHUNK_B = 256 * 1024 };
    XXH3_state_t *state = XXH3_createState();
    char *buffer = malloc(CHUNK_B);
    ssize_t got;
    tw_status status = TW_OK;
    if (!state || !buffer || XXH3_64bits_reset(state) != XXH_OK) {
        status = tw_err_set(err, TW_MEMORY, "out of memory hashing '%s'", path);
        goto done;
    }
    while ((got = read_some(descriptor, buffer, CHUNK_B)) > 0)
        XXH3_64bits_update(state, buffer, (size_t)got);
    if (got < 0)
        status = tw_err_set(err, TW_IO, "reading '%s' failed: %s", path, strerror(errno));
    else
        *hash = XXH3_64bits_digest(state);
done:
    free(buffer);
    XXH3_freeState(state);
    return status;
}

tw_status tw_file_hash(struct tw_hashes *hashes, const char *path, uint64_t *hash,
                       struct tw_err *err)
{
    struct stat info;
    int descriptor;
    tw_status status = open_regular(path, &descriptor, &info, err);
    if (status)
        return status;
    struct tw_hash_entry *entry = entry_of(hashes, path);
    if (entry && same_file(&entry->info, &info)) {
        *hash = entry->hash;
        goto done;
    }
    status = hash_content(descriptor, path, hash, err);
    if (!status && entry) {
        entry->hash = *hash;
        entry->info = info;
    }
done:
    close(descriptor);
    return status;
}
