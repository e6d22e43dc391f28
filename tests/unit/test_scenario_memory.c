/* links: tw_scenario */
/* Every allocation of this room fails once, in turn: the answer must be "out of memory", never a
 * crash, a leak of half a scenario, or a scenario with something missing.
 *
 * malloc, calloc and realloc are replaced by ones that can refuse callers in this program's own
 * text (the room is linked statically); libxml2's and jansson's own calls go through. Sanitizers
 * bring allocators of their own: there the test has nothing to do. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "unit/scenario_catalogue.h"

#ifndef TW_SANITIZED

extern char __executable_start, etext;
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *piece, size_t size);

static long seen, fail_at = -1; /* −1: not armed */

static int refuse(const void *caller)
{
    if (fail_at < 0 || (const char *)caller < &__executable_start || (const char *)caller > &etext)
        return 0;
    return seen++ == fail_at;
}

void *malloc(size_t size)
{
    return refuse(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return refuse(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *piece, size_t size)
{
    return refuse(__builtin_return_address(0)) ? NULL : __libc_realloc(piece, size);
}

/* Opens with the n-th allocation refused; 1 when there was an n-th. */
static int open_failing(const char *path, long n, int errors_expected)
{
    struct tw_scenario *scenario = NULL;
    struct tw_mistakes mistakes;
    struct tw_err err = {0};
    seen = 0;
    fail_at = n;
    tw_status status =
        tw_scenario_open(path, &test_catalogue, NULL, 0, "$nodes > 0", &scenario, &mistakes);
    fail_at = -1;
    int met = seen > n;
    if (met && n >= 0)
        ck_assert_msg(status == TW_MEMORY || status == TW_INPUT, "allocation %ld: status %d", n,
                      status);
    else
        ck_assert_int_eq(status, errors_expected ? TW_INPUT : TW_OK);
    ck_assert_int_eq(status == TW_OK, scenario != NULL);
    if (scenario) {
        char *json = tw_point_json(tw_scenario_point(scenario, 0), TW_POINT_ALL, 1, &err);
        ck_assert_ptr_nonnull(json);
        free(json);
    }
    tw_scenario_close(scenario);
    tw_mistakes_free(&mistakes);
    return met;
}

START_TEST(every_allocation_may_fail)
{
    static const struct {
        const char *path;
        int errors;
    } files[] = {{"tests/fuzz/corpus-scenario/flagship.xml", 0},
                 {"tests/golden/scenario-errors/axes.xml", 1},
                 {"tests/golden/scenario-errors/include.xml", 1}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        long n = 0;
        while (open_failing(files[i].path, n, files[i].errors))
            n++;
        ck_assert_msg(n > 5, "%s: only %ld allocations were seen", files[i].path, n);
    }
}
END_TEST

#else

START_TEST(every_allocation_may_fail)
{
    ck_assert_int_eq(TW_SANITIZED, 1); /* see the top of this file */
}
END_TEST

#endif

int main(void)
{
    Suite *suite = suite_create("scenario memory");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, every_allocation_may_fail);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
