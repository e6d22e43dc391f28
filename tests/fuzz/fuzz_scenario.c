/* links: tw_scenario */
/* The scenario reader on arbitrary bytes: it may refuse, it may not crash, hang or leak.
 *
 * In the suite this replays tests/fuzz/corpus-scenario and the broken files of
 * tests/golden/scenario-errors, and every prefix and some mutants of each. To search for more:
 *     clang -fsanitize=fuzzer,address,undefined -DTW_LIBFUZZER … ; ./fuzz corpus-scenario
 * Every accepted point is also turned into its keys. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/scenario_catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    tw_status status =
        tw_scenario_open_memory((const char *)data, size, "tests/fuzz/fuzz.xml", &test_catalogue,
                                NULL, 0, NULL, &scenario, &mistakes);
    int told = mistakes.errors > 0 && mistakes.count > 0;
    if ((status == TW_OK) != (scenario != NULL) || (status == TW_INPUT) != told)
        abort();
    int points = scenario ? tw_scenario_points(scenario) : 0;
    for (int i = 0; i < points && i < 8; i++) {
        struct tw_err err = {0};
        char *json = tw_point_json(tw_scenario_point(scenario, i), TW_POINT_ALL, 1, &err);
        if (!json && err.status == TW_OK)
            abort();
        free(json);
    }
    tw_scenario_close(scenario);
    tw_mistakes_free(&mistakes);
    return 0;
}

#ifndef TW_LIBFUZZER

static int replayed;

/* The file, cut at 16 places, and with 32 single bytes replaced (fixed seed 1). */
static void replay(unsigned char *bytes, size_t size)
{
    static const unsigned char odd[] = {'\0', '<', '>', '"', '$', '&', 0xff, '0'};
    uint32_t random = 1;
    LLVMFuzzerTestOneInput(bytes, size);
    for (size_t i = 1; i <= 16; i++)
        LLVMFuzzerTestOneInput(bytes, size * i / 17);
    for (int i = 0; i < 32 && size > 0; i++) {
        random = random * 1664525U + 1013904223U; /* Numerical Recipes' ranqd1 */
        size_t at = random % size;
        unsigned char before = bytes[at];
        bytes[at] = odd[(random >> 8) % sizeof odd];
        LLVMFuzzerTestOneInput(bytes, size);
        bytes[at] = before;
    }
    replayed++;
}

static int replay_file(const char *folder, const char *name)
{
    static unsigned char bytes[1 << 20];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "%s cannot be read\n", path);
        return 0;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    replay(bytes, size);
    return 1;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strstr(entry->d_name, ".expected") == NULL &&
           strstr(entry->d_name, "lib") == NULL;
}

static int replay_folder(const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_input, alphasort), good = count > 0;
    for (int i = 0; i < count; i++) {
        good &= replay_file(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return good;
}

int main(void)
{
    int good = replay_folder("tests/fuzz/corpus-scenario");
    good &= replay_folder("tests/golden/scenario-errors");
    printf("%d inputs replayed\n", replayed);
    return good && replayed >= 20 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
