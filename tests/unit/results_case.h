/* What the tests of sim/results share: a scratch directory, rows of made-up points, file contents.
 */
#ifndef RESULTS_CASE_H
#define RESULTS_CASE_H

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "results/file.h"
#include "results/results.h"

static char scratch[64];

static void scratch_make(void)
{
    strcpy(scratch, "/tmp/thinwire-results-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
}

static int scratch_drop(const char *path, const struct stat *about, int type, struct FTW *walk)
{
    (void)about, (void)type, (void)walk;
    return remove(path);
}

static void scratch_remove(void)
{
    nftw(scratch, scratch_drop, 16, FTW_DEPTH | FTW_PHYS);
}

/* scratch/name, in a buffer that the next call but three uses again. */
__attribute__((unused)) static const char *in_scratch(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch, name);
    return path;
}

/* The file's text, to be freed. (Inlined, gcc 12 takes the callers' pointers for ones into here.)
 */
__attribute__((unused, noinline)) static char *text_of(const char *path)
{
    struct tw_err err = {0};
    char *text;
    size_t size;
    ck_assert_msg(tw_file_load(path, &text, &size, &err) == TW_OK, "%s: %s", path, err.text);
    return text;
}

__attribute__((unused)) static void put_text(const char *path, const char *text)
{
    FILE *to = fopen(path, "w");
    ck_assert_ptr_nonnull(to);
    ck_assert_int_ge(fputs(text, to), 0);
    ck_assert_int_eq(fclose(to), 0);
}

/* A row of key, step time and wall time, with two steps. */
__attribute__((unused)) static json_t *row_of(const char *key, double step_time_s, double wall_s)
{
    json_t *row =
        json_pack("{s:s, s:{s:s, s:s, s:i, s:f, s:n}, s:[{s:i, s:f}, {s:i, s:f}], "
                  "s:{s:s, s:f}}",
                  "key", key, "point", "method", "arc, \"fused\"", "status", "ok", "nodes", 16,
                  "step_time_s", step_time_s, "final_loss", "steps", "step", 0, "loss", 2.5, "step",
                  10, "loss", 1.25, "cost", "data_key", "d", "time_wall_s", wall_s);
    ck_assert_ptr_nonnull(row);
    return row;
}

#define CHECK_OK(call)                                                                      \
    do {                                                                                    \
        tw_status status_ = (call);                                                         \
        ck_assert_msg(status_ == TW_OK, "%s: %s %s:%ld %s", #call, tw_status_text(status_), \
                      err.file, err.line, err.text);                                        \
    } while (0)

/* The usual main: one test case with a scratch directory for each test. */
__attribute__((unused)) static int run_suite(const char *name, const TTest *const *tests, int count)
{
    Suite *suite = suite_create(name);
    TCase *tests_of = tcase_create(name);
    tcase_add_checked_fixture(tests_of, scratch_make, scratch_remove);
    tcase_set_timeout(tests_of, 60);
    for (int i = 0; i < count; i++)
        tcase_add_test(tests_of, tests[i]);
    suite_add_tcase(suite, tests_of);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
#define RUN_SUITE(name, ...)                                                \
    int main(void)                                                          \
    {                                                                       \
        const TTest *const tests[] = {__VA_ARGS__};                         \
        return run_suite(name, tests, (int)(sizeof tests / sizeof *tests)); \
    }

#endif
