/* links: tw_workload tw_base */
/* Fuzz target of the .npy reader. Whatever the bytes, it answers with a status and reads only
 * inside them; an accepted file can be read to its end. with libFuzzer: clang
 * -fsanitize=fuzzer,address -DTW_LIBFUZZER … ; ./fuzz_npy corpus-npy without:        fuzz_npy
 * [FILE…] replays the files, or tests/fuzz/corpus-npy, where names begin with ok- or bad-, and that
 * is what the reader must say. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "workload/npy.h"

#define CHUNK 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* 1: accepted, and every value was read. A broken promise aborts. */
static int try_bytes(const uint8_t *bytes, size_t size)
{
    struct tw_npy npy;
    struct tw_err err = {0};
    double chunk[CHUNK];
    const tw_status status = tw_npy_parse(bytes, size, &npy, &err);

    if (status != TW_OK) {
        if (err.text[0] == '\0')
            abort(); /* a refusal without a reason */
        return 0;
    }
    if (npy.data < bytes || npy.count * npy.value_B != (size_t)(bytes + size - npy.data))
        abort();
    for (uint64_t i = 0; i < npy.count; i += CHUNK)
        tw_npy_read(&npy, i, npy.count - i < CHUNK ? npy.count - i : CHUNK, chunk);
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    try_bytes(bytes, size);
    return 0;
}

#ifndef TW_LIBFUZZER
/* −1: cannot be read. The buffer is as large as the file, so that a sanitizer sees a step beyond.
 */
static int try_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long size;
    int answer = -1;

    if (!file)
        return -1;
    if (fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0 &&
        fseek(file, 0, SEEK_SET) == 0 && (bytes = malloc((size_t)size + !size)) != NULL &&
        fread(bytes, 1, (size_t)size, file) == (size_t)size)
        answer = try_bytes(bytes, (size_t)size);
    free(bytes);
    fclose(file);
    return answer;
}

static int replay_corpus(const char *directory)
{
    DIR *corpus = opendir(directory);
    struct dirent *entry;
    int tried = 0, wrong = 0;

    if (!corpus) {
        perror(directory);
        return EXIT_FAILURE;
    }
    while ((entry = readdir(corpus)) != NULL) {
        char path[4096];
        int answer;

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        answer = try_file(path);
        tried++;
        if (answer != (strncmp(entry->d_name, "ok-", 3) == 0)) {
            fprintf(stderr, "%s: the reader says %d\n", path, answer);
            wrong++;
        }
    }
    closedir(corpus);
    printf("%d files, %d wrong\n", tried, wrong);
    return tried > 0 && wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **arguments)
{
    if (count < 2)
        return replay_corpus(TW_SOURCE_DIR "/tests/fuzz/corpus-npy");
    for (int i = 1; i < count; i++)
        printf("%s: %d\n", arguments[i], try_file(arguments[i]));
    return EXIT_SUCCESS;
}
#endif
