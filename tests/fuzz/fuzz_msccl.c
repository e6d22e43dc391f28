/* links: tw_scenario tw_collective */
/* The reader of MSCCL's XML on arbitrary bytes: it may refuse, with a place; it may not crash, hang
 * or leak. What it takes is run on arrays, which may refuse it too.
 *
 * In the suite this replays tests/fuzz/corpus-msccl, every prefix and many mutants of each. To
 * search for more:
 *     clang -fsanitize=fuzzer,address,undefined -DTW_LIBFUZZER … ; ./fuzz corpus-msccl */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collective/table.h"
#include "scenario/msccl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int taken, right;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    struct tw_pool pool = {0};
    struct tw_step_table *table = NULL;
    struct tw_err err = {0};
    int file = memfd_create("algo", 0);
    if (file < 0 || write(file, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    tw_status status = tw_msccl_read(path, &pool, &table, &err);
    if ((status == TW_OK) != (table != NULL) || (status && err.text[0] == '\0'))
        abort();
    if (!status) {
        taken++;
        right += tw_table_verify(table, &err) == TW_OK;
    }
    tw_pool_free(&pool);
    close(file);
    return 0;
}

#ifndef TW_LIBFUZZER

static void replay(unsigned char *bytes, size_t size)
{
    static const unsigned char odd[] = {'\0', '<', '>', '"', '-', '9',
                                        0xff, '0', '1', '2', 's', 'r'};
    uint32_t random = 1;
    LLVMFuzzerTestOneInput(bytes, size);
    for (size_t i = 1; i <= 16; i++)
        LLVMFuzzerTestOneInput(bytes, size * i / 17);
    for (int i = 0; i < 400 && size > 0; i++) {
        random = random * 1664525U + 1013904223U; /* Numerical Recipes' ranqd1 */
        size_t at = (random >> 4) % size;
        unsigned char before = bytes[at];
        bytes[at] = odd[(random >> 24) % sizeof odd];
        LLVMFuzzerTestOneInput(bytes, size);
        bytes[at] = before;
    }
}

int main(void)
{
    static unsigned char bytes[1 << 16];
    static const char folder[] = TW_SOURCE_DIR "/tests/fuzz/corpus-msccl";
    DIR *corpus = opendir(folder);
    int files = 0;
    for (struct dirent *entry; corpus && (entry = readdir(corpus));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = fopen(path, "rb");
        size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
        if (file)
            fclose(file);
        int before = right;
        LLVMFuzzerTestOneInput(bytes, size);
        if (right != before + 1) {
            fprintf(stderr, "%s is refused\n", path);
            return 1;
        }
        replay(bytes, size);
        files++;
    }
    if (corpus)
        closedir(corpus);
    printf("%d files; of their mutants %d read, %d right\n", files, taken, right);
    return files == 3 && taken > files ? 0 : 1;
}

#endif
