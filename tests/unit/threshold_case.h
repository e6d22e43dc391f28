/* What the tests of members with counts by the data share: one flat tensor, ranks, random data. */
#ifndef TW_TEST_THRESHOLD_CASE_H
#define TW_TEST_THRESHOLD_CASE_H

#include <gsl/gsl_randist.h>
#include "base/rng.h"
#include "compressor_rig.h"

#define SEED 20260101U

static inline void open_flat(struct group *group, const char *member, enum tw_precision precision,
                             const char *options, int ranks, uint64_t d)
{
    group_start(group, member, precision, options, ranks, SEED);
    add_tensor(group, 1, d, 0);
    group_open(group, 0);
}

/* n numbers of draw(rng) with a random sign; free it. */
static inline float *numbers(double (*draw)(gsl_rng *rng), uint64_t n, uint32_t stream_number)
{
    struct tw_stream_key key = {SEED, 0, stream_number, 0, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    float *x = calloc(n + 1, sizeof *x);
    if (!x)
        ck_abort_msg("out of memory");
    tw_stream_open(&stream, &key);
    for (uint64_t i = 0; i < n; i++)
        x[i] = (float)(draw(&stream.gsl) * (gsl_rng_uniform(&stream.gsl) < 0.5 ? -1 : 1));
    return x;
}

static inline double draw_normal(gsl_rng *rng)
{
    return gsl_ran_gaussian_ziggurat(rng, 1.0);
}

/* Values that one rank sends of x in a step. */
static inline uint64_t count_sent(const char *member, const char *options, float *x, uint64_t d)
{
    struct group group;
    open_flat(&group, member, TW_FP32, options, 1, d);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    uint64_t count = support_of(&group, 0).count;
    group_close(&group);
    return count;
}

static inline int run_case(TCase *tcase, const char *name)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
