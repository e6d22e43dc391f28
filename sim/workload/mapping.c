/* Maps files. */
#include "mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

tw_status tw_mapping_open(const char *path, struct tw_mapping *mapping, struct tw_err *err)
{
    struct stat about;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    tw_status status = TW_OK;
    void *bytes;

    *mapping = (struct tw_mapping){0};
    if (file < 0)
        return tw_err_set(err, TW_IO, "%s: %s", path, strerror(errno));
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) {
        status = tw_err_set(err, TW_IO, "%s: not a regular file", path);
        goto done;
    }
    if (about.st_size == 0) {
        status = tw_err_set(err, TW_CORRUPT, "%s: the file is empty", path);
        goto done;
    }
    bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED) {
        status = tw_err_set(err, TW_IO, "%s: %s", path, strerror(errno));
        goto done;
    }
    *mapping = (struct tw_mapping){bytes, (size_t)about.st_size};
done:
    close(file);
    return status;
}

void tw_mapping_close(struct tw_mapping *mapping)
{
    if (mapping->bytes)
        munmap(mapping->bytes, mapping->size);
    *mapping = (struct tw_mapping){0};
}
