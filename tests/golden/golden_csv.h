/* Golden CSV files: a case is a folder of tests/golden with what it must give. Include in a test
 * that links tw_results. With TW_GOLDEN_UPDATE=1 in the environment the expected file is replaced
 * by the found one instead, and the difference is there for git to show and for a person to
 * approve. */
#ifndef GOLDEN_CSV_H
#define GOLDEN_CSV_H

#include <check.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include "results/csv_read.h"
#include "results/file.h"
#include "results/results.h"

/* Texts must be equal, numbers within `tolerance` relative to the larger. On one machine runs are
 * the same to the last bit (tolerance 0); elsewhere glibc's exp, log and sin may differ in it. */
static void golden_csv(const char *expected, const char *found, double tolerance)
{
    struct tw_err err = {0};
    const char *update = getenv("TW_GOLDEN_UPDATE");
    if (update && !strcmp(update, "1")) {
        char *text, *folder = strdup(expected), *name = strdup(expected);
        size_t size;
        tw_status status = tw_file_load(found, &text, &size, &err);
        if (!status)
            status = tw_file_replace(dirname(folder), basename(name), text, size, &err);
        ck_assert_msg(status == TW_OK, "%s: %s", err.file, err.text);
        free(folder);
        free(name);
        free(text);
        return;
    }
    ck_assert_msg(tw_csv_compare(expected, found, tolerance, &err) == TW_OK,
                  "%s:%ld: %s (expected: %s; TW_GOLDEN_UPDATE=1 takes over the new values)",
                  err.file, err.line, err.text, expected);
}

#endif
