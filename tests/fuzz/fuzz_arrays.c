/* links: tw_workload tw_base */
/* Fuzz target of the readers of .npz and safetensors. Whatever the bytes, they answer with a status
 * and read only inside them; accepted arrays can be read to their ends. with libFuzzer: clang
 * -fsanitize=fuzzer,address -DTW_LIBFUZZER … ; ./fuzz_arrays corpus-arrays without: fuzz_arrays
 * replays tests/fuzz/corpus-arrays, where names begin with ok- or bad-, and that is what the reader
 * must say; then every ok- file cut at every length (never accepted, but where a zip's comment is
 * cut) and with every byte changed. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "workload/arrays.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void read_all(const struct tw_array *array)
{
    double chunk[64];

    for (uint64_t i = 0; i < array->npy.count; i += 64)
        tw_npy_read(&array->npy, i, array->npy.count - i < 64 ? array->npy.count - i : 64, chunk);
}

/* 1: accepted, and every value was read. A broken promise aborts. */
static int try_bytes(const uint8_t *bytes, size_t size, int zip)
{
    struct tw_arrays arrays = {0};
    struct tw_err err = {0};
    const tw_status status = zip ? tw_npz_parse(bytes, size, &arrays, &err)
                                 : tw_safetensors_parse(bytes, size, &arrays, &err);

    if (status != TW_OK) {
        if (err.text[0] == '\0' || arrays.list)
            abort(); /* a refusal without a reason, or one that leaves something */
        return 0;
    }
    for (int i = 0; i < arrays.count; i++)
        read_all(&arrays.list[i]);
    tw_arrays_free(&arrays);
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    try_bytes(bytes, size, 0);
    try_bytes(bytes, size, 1);
    return 0;
}

#ifndef TW_LIBFUZZER
/* A copy as large as what it holds, so that a sanitizer sees a step beyond. */
static int try_copy(const uint8_t *bytes, size_t size, int zip)
{
    uint8_t *copy = malloc(size + !size);
    int answer;

    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    answer = try_bytes(copy, size, zip);
    free(copy);
    return answer;
}

/* How many shortened files were accepted. */
static int mutate(uint8_t *bytes, size_t size, int zip)
{
    int accepted = 0;

    for (size_t length = 0; length < size; length++)
        accepted += try_copy(bytes, length, zip);
    for (size_t i = 0; i < size; i++) {
        static const uint8_t masks[] = {0x01, 0x80, 0xff};
        for (int m = 0; m < 3; m++) {
            bytes[i] ^= masks[m];
            try_bytes(bytes, size, zip);
            bytes[i] ^= masks[m];
        }
    }
    return accepted;
}

/* −1: cannot be read; 0: as the name says; 1: not. */
static int try_file(const char *path, const char *name)
{
    FILE *file = fopen(path, "rb");
    uint8_t bytes[8192];
    size_t size;
    const int zip = strstr(name, ".npz") != NULL, good = strncmp(name, "ok-", 3) == 0;

    if (!file)
        return -1;
    size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (size == sizeof bytes)
        return -1;
    if (try_copy(bytes, size, zip) != good)
        return 1;
    return good && mutate(bytes, size, zip) > 0;
}

int main(void)
{
    static const char directory[] = TW_SOURCE_DIR "/tests/fuzz/corpus-arrays";
    DIR *corpus = opendir(directory);
    struct dirent *entry;
    int tried = 0, wrong = 0;

    if (!corpus) {
        perror(directory);
        return EXIT_FAILURE;
    }
    while ((entry = readdir(corpus)) != NULL) {
        char path[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        tried++;
        if (try_file(path, entry->d_name) != 0) {
            fprintf(stderr, "%s: the reader says something else\n", path);
            wrong++;
        }
    }
    closedir(corpus);
    printf("%d files, %d wrong\n", tried, wrong);
    return tried > 0 && wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
#endif
