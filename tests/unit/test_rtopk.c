/* links: tw_base tw_compressors */
/* rTop-k: its exact error on average, its ends Top-K and Rand-K, and its statistical gain. */
#include "base/rng.h"
#include "compressor_rig.h"

/* E‖C(x)−x‖² = ‖x‖² − (k/r)‖x_top-r‖² (every value of the pool is kept with chance k/r).
 * x_i = ±(i+1), d = 60, k = 6, r = 15: the pool is 46…60. Mean of 5000 draws within 4 s.e. */
START_TEST(test_error)
{
    enum { D = 60, K = 6, R = 15, STEPS = 5000 };
    double x[D], norm = 0.0, top = 0.0, first = 0.0, second = 0.0;
    struct group group;
    group_start(&group, "rtopk", TW_FP64, "ratio=0.1 pool=2.5", 1, 20260101);
    add_tensor(&group, 6, 10, 0);
    group_open(&group, 0);
    for (int i = 0; i < D; i++) {
        x[i] = (i % 2 ? -1.0 : 1.0) * (i + 1.0);
        norm += x[i] * x[i];
        top += i >= D - R ? x[i] * x[i] : 0.0;
    }
    group.x[0] = x;
    for (uint32_t s = 0; s < STEPS; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        struct tw_support support = support_of(&group, 0);
        if (support.count != K || support.indices[0] < D - R)
            ck_abort_msg("step %u keeps %u values from %u on", s, (unsigned)support.count,
                         support.indices[0]);
        double left = distance2(group.own[0], x, TW_FP64, D);
        first += left / STEPS;
        second += left * left / STEPS;
    }
    double expected = norm - (double)K / R * top;
    double error = sqrt((second - first * first) / STEPS);
    ck_assert_msg(fabs(first - expected) <= 4.0 * error, "%g, not %g +- %g", first, expected,
                  error);
    group_close(&group);
}
END_TEST

/* pool=1 sends Top-K's bytes; every pool that reaches d draws from all values. */
START_TEST(test_ends)
{
    enum { D = 200 };
    float x[2][D];
    static struct group pooled, top, all;
    for (int i = 0; i < 2 * D; i++)
        x[i / D][i % D] = (float)((i * 37) % 101) - 50.5F;
    group_start(&pooled, "rtopk", TW_FP32, "ratio=0.05 pool=1", 2, 1);
    group_start(&top, "topk", TW_FP32, "ratio=0.05", 2, 1);
    group_start(&all, "rtopk", TW_FP32, "ratio=0.05 pool=20", 2, 1);
    struct group *groups[] = {&pooled, &top, &all};
    for (int g = 0; g < 3; g++) {
        add_tensor(groups[g], 10, 20, 0);
        group_open(groups[g], 0);
        groups[g]->x[0] = x[0];
        groups[g]->x[1] = x[1];
        ck_assert_int_eq(group_step(groups[g], 0), TW_OK);
    }
    ck_assert_uint_eq(pooled.sent_hash, top.sent_hash);
    /* the pool of 20·10 = 200 is everything: over 200 steps every index is drawn by rank 0 (missed
     * with chance 200·.95^200 = .007), and the two ranks differ */
    int seen[D] = {0}, missing = 0;
    for (uint32_t s = 0; s < 200; s++) {
        ck_assert_int_eq(group_step(&all, s), TW_OK);
        struct tw_support mine = support_of(&all, 0), yours = support_of(&all, 1);
        ck_assert_int_ne(memcmp(mine.indices, yours.indices, mine.count * 4), 0);
        for (uint64_t n = 0; n < mine.count; n++)
            seen[mine.indices[n]] = 1;
    }
    for (int i = 0; i < D; i++)
        missing += !seen[i];
    ck_assert_int_eq(missing, 0);
    for (int g = 0; g < 3; g++)
        group_close(groups[g]);
}
END_TEST

/* The sparse Bernoulli model with θ = 1 on s = 50 of d = 1000 values, K = 10 sent by each of n
 * ranks. Estimates of θ from the mean, squared error summed over values: rTop-k, pool s:
 * (s/K)·mean, unbiased; each of the s values is off by variance (s/K − 1)/n: s(s/K − 1)/n = 200/n
 *   Rand-K per rank: (d/K)·mean; the s values that are 1 have variance (d/K − 1)/n: 4950/n
 *   Top-K:           the same K of the s equal values on every rank, s − K are never sent: 40
 * so rTop-k beats Top-K exactly when n > s/K = 5. Means over steps, within 4 standard errors. */
static double mean_error(const char *options, double scale, int ranks, int steps, double *error)
{
    enum { D = 1000, S = 50 };
    static double x[D]; /* beside the group it is too much for a frame */
    double first = 0.0, second = 0.0;
    struct group group;
    memset(x, 0, sizeof x);
    group_start(&group, "rtopk", TW_FP64, options, ranks, 20260101);
    add_tensor(&group, 10, 100, 0);
    group_open(&group, 0);
    for (int i = 0; i < S; i++)
        x[i * 20 + 3] = 1.0;
    for (int r = 0; r < ranks; r++)
        group.x[r] = x;
    for (int s = 0; s < steps; s++) {
        if (group_step(&group, (uint32_t)s) != TW_OK)
            ck_abort_msg("step %d fails", s);
        double wrong = 0.0;
        for (int i = 0; i < D; i++)
            wrong += pow(scale * ((double *)group.mean[0])[i] - x[i], 2.0);
        first += wrong / steps;
        second += wrong * wrong / steps;
    }
    *error = sqrt(fmax(second - first * first, 0.0) / steps);
    group_close(&group);
    return first;
}

START_TEST(test_statistics)
{
    static const int ranks[] = {1, 4, 16};
    for (int i = 0; i < 3; i++) {
        double error, n = ranks[i];
        double found = mean_error("ratio=0.01 pool=5", 5.0, ranks[i], 400, &error);
        ck_assert_msg(fabs(found - 200.0 / n) <= 4.0 * error + 1e-9, "rTop-k n=%g: %g", n, found);
        double narrow = found;
        found = mean_error("ratio=0.01 pool=100", 100.0, ranks[i], 400, &error);
        ck_assert_msg(fabs(found - 4950.0 / n) <= 4.0 * error, "Rand-K n=%g: %g", n, found);
        found = mean_error("ratio=0.01 pool=1", 1.0, ranks[i], 2, &error);
        ck_assert_double_eq(found, 40.0);
        ck_assert_int_eq(narrow<found, ranks[i]> 5);
    }
}
END_TEST

/* The model itself, θ = s/d on all d = 1000 values, each rank with a pool of its own number of ones
 * S_i and its choice scaled by S_i/K, which is unbiased. A value of a rank has E[(x_j·S/K)²·K/S] =
 * E[x_j S]/K = θ(1 + s − θ)/K, so the squared error is ((s + s² − Σθ²)/K − Σθ²)/n, some s²/(nK):
 * 25, 50, 6.25 and 100 for s = 50 and K = 10, 10, 10, 5 of n = 10, 5, 40, 5 ranks. An independent
 * program had 25.1, 50.8, 6.28, 99.5. S is 50 ± 6.9 and never below K. */
static double error_of_draw(int ranks, int kept, uint32_t draw)
{
    enum { D = 1000, S = 50 };
    static double x[D], estimate[D];
    double sum = 0.0;
    memset(estimate, 0, sizeof estimate);
    for (int r = 0; r < ranks; r++) {
        struct tw_stream_key key = {20260101, 0, (uint32_t)r, draw, 0, TW_PURPOSE_TEST};
        struct tw_stream stream;
        static struct group group;
        char options[64];
        int ones = 0;
        tw_stream_open(&stream, &key);
        for (int i = 0; i < D; i++)
            ones += (x[i] = gsl_rng_uniform(&stream.gsl) < (double)S / D) > 0;
        snprintf(options, sizeof options, "ratio=%g pool=%.17g", (double)kept / D,
                 (double)ones / kept);
        group_start(&group, "rtopk", TW_FP64, options, 1, 1000 * draw + (uint64_t)r);
        add_tensor(&group, 10, 100, 0);
        group_open(&group, 0);
        group.x[0] = x;
        if (group_step(&group, 0) != TW_OK)
            ck_abort_msg("draw %u fails", draw);
        for (int i = 0; i < D; i++)
            estimate[i] += ((double *)group.own[0])[i] * ones / kept / ranks;
        group_close(&group);
    }
    for (int i = 0; i < D; i++)
        sum += (estimate[i] - (double)S / D) * (estimate[i] - (double)S / D);
    return sum;
}

START_TEST(test_own_pools)
{
    static const struct {
        int ranks, kept;
        uint32_t draws;
    } rows[] = {{10, 10, 200}, {5, 10, 300}, {40, 10, 60}, {5, 5, 300}};
    for (int i = 0; i < 4; i++) {
        double first = 0.0, second = 0.0;
        for (uint32_t t = 0; t < rows[i].draws; t++) {
            double wrong = error_of_draw(rows[i].ranks, rows[i].kept, t);
            first += wrong / rows[i].draws;
            second += wrong * wrong / rows[i].draws;
        }
        double error = sqrt((second - first * first) / rows[i].draws);
        double expected = ((50.0 + 2500.0 - 2.5) / rows[i].kept - 2.5) / rows[i].ranks;
        ck_assert_msg(fabs(first - expected) <= 3.0 * error, "n=%d K=%d: %g +- %g, not %g",
                      rows[i].ranks, rows[i].kept, first, error, expected);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rtopk");
    TCase *tcase = tcase_create("all");
    tcase_set_timeout(tcase, 30);
    tcase_add_test(tcase, test_error);
    tcase_add_test(tcase, test_ends);
    tcase_add_test(tcase, test_statistics);
    tcase_add_test(tcase, test_own_pools);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
