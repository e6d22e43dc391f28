/* Groups with one vector, and damage to messages: for the tests of members that send codes. */
#ifndef TW_TEST_CODED_CASE_H
#define TW_TEST_CODED_CASE_H

#include "compressor_rig.h"

/* One tensor of n values; rank r's vector is values + r·n, copied; closed by coded_close. */
static inline void coded_open(struct group *group, const char *name, enum tw_precision precision,
                              const char *options, int ranks, uint64_t n, const double *values)
{
    group_start(group, name, precision, options, ranks, 20260101);
    add_tensor(group, 1, n, 1);
    group_open(group, 0);
    for (int r = 0; r < ranks; r++) {
        group->x[r] = vector_of(precision, n);
        for (uint64_t i = 0; i < n; i++)
            set(group->x[r], precision, i, values[(uint64_t)r * n + i]);
    }
}

static inline void coded_close(struct group *group)
{
    for (int r = 0; r < group->problem.ranks; r++)
        free(group->x[r]);
    group_close(group);
}

static inline double own_of(const struct group *group, int rank, uint64_t i)
{
    return get(group->own[rank], group->precision, i);
}

static inline double mean_at(const struct group *group, uint64_t i)
{
    return get(group->mean[0], group->precision, i);
}

/* Bytes (GATHER) or elements that a rank sends in the last phase, for n values. */
static inline uint64_t sent(const char *name, enum tw_precision precision, const char *options,
                            int ranks, uint64_t n)
{
    struct group group;
    struct tw_plan plan = {0};
    group_start(&group, name, precision, options, ranks, 1);
    add_tensor(&group, 1, n, 1);
    ck_assert_int_eq(group.ops->plan(&group.problem, &plan), TW_OK);
    uint64_t count = plan.phases[plan.phase_count - 1].count;
    tw_plan_free(&plan);
    return count;
}

/* What spoil_byte does to the answer of a phase: byte `at` becomes `value`. */
static struct {
    int phase;
    uint64_t at;
    unsigned char value;
} spot;

static inline void spoil_byte(int phase, struct tw_answer *answer)
{
    if (phase == spot.phase)
        ((unsigned char *)answer->data)[spot.at] = spot.value;
}

/* The status of a step in which one byte of one answer is another. */
static inline tw_status spoiled_step(struct group *group, int phase, uint64_t at,
                                     unsigned char value)
{
    spot.phase = phase;
    spot.at = at;
    spot.value = value;
    group->spoil = spoil_byte;
    tw_status status = group_step(group, 0);
    group->spoil = NULL;
    return status;
}

/* A step with one value replaced. */
static inline tw_status step_with(struct group *group, uint64_t i, double value)
{
    double good = get(group->x[0], group->precision, i);
    set(group->x[0], group->precision, i, value);
    tw_status status = group_step(group, 0);
    set(group->x[0], group->precision, i, good);
    return status;
}

static inline int run_tests(const char *name, const TTest *const *tests, int count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 30);
    for (int t = 0; t < count; t++)
        tcase_add_test(tcase, tests[t]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
#define RUN_TESTS(name, ...)                                                \
    int main(void)                                                          \
    {                                                                       \
        const TTest *const tests[] = {__VA_ARGS__};                         \
        return run_tests(name, tests, (int)(sizeof tests / sizeof *tests)); \
    }

#endif
