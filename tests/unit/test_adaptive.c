/* links: tw_base tw_compressors */
/* Adaptive Top-K: the least k that holds the energy, against a sort. */
#include "threshold_case.h"

static int by_size(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return x > y ? -1 : x < y;
}

/* The definition: the shortest prefix of the sorted vector, summed from the largest, with the share
 * of the energy; slack is the rounding of n additions. */
static uint64_t least_k(const double *sorted, uint64_t n, double share, double slack)
{
    double total = 0.0, sum = 0.0;
    for (uint64_t i = 0; i < n; i++)
        total += sorted[i] * sorted[i];
    for (uint64_t i = 0; i < n; i++) {
        if (sum >= share * total * (1 + slack) || sorted[i] == 0.0)
            return i;
        sum += sorted[i] * sorted[i];
    }
    return n;
}

static double draw_heavy(gsl_rng *rng)
{
    return gsl_ran_tdist(rng, 1.5);
}

static double draw_whole(gsl_rng *rng)
{
    return (double)gsl_rng_uniform_int(rng, 5); /* ties and zeros */
}

START_TEST(test_least)
{
    static double (*const draws[])(gsl_rng *) = {draw_normal, draw_heavy, draw_whole};
    static const uint64_t sizes[] = {1, 2, 17, 1000, 20000};
    static const double shares[] = {1e-6, 0.1, 0.5, 0.9, 0.99, 0.999999};
    for (int g = 0; g < 3; g++)
        for (int s = 0; s < 5; s++) {
            uint64_t n = sizes[s];
            float *x = numbers(draws[g], n, (uint32_t)(10 * g + s));
            double *sorted = calloc(n, sizeof *sorted);
            for (uint64_t i = 0; i < n; i++)
                sorted[i] = (double)x[i];
            qsort(sorted, n, sizeof *sorted, by_size);
            for (int e = 0; e < 6; e++) {
                char options[64];
                snprintf(options, sizeof options, "energy=%.17g", shares[e]);
                uint64_t k = count_sent("adaptive", options, x, n);
                ck_assert_msg(k >= least_k(sorted, n, shares[e], -1e-13) &&
                                  k <= least_k(sorted, n, shares[e], 1e-13),
                              "seed %u, generator %d, n = %d, energy %g: k = %d, not %d", SEED, g,
                              (int)n, shares[e], (int)k, (int)least_k(sorted, n, shares[e], 0));
            }
            free(sorted);
            free(x);
        }
}
END_TEST

/* 9 + 4·4 + 1 = 26: .9 of it is 23.4: 9 and four 4s are 25, three are 21: all four. .5 is 13: 9 and
 * one 4, that of the lower index. Energy 1: all but zeros. By tensor: {3, 2} needs both for .9·13,
 * {0, 2, 2, 1, 2} needs all three 2s for .9·13 = 11.7. */
START_TEST(test_by_hand)
{
    float x[7] = {-3, 2, 0, -2, 2, 1, -2};
    ck_assert_uint_eq(count_sent("adaptive", "", x, 7), 5);
    ck_assert_uint_eq(count_sent("adaptive", "energy=0.5", x, 7), 2);
    ck_assert_uint_eq(count_sent("adaptive", "energy=1", x, 7), 6);
    static const uint32_t half[] = {0, 1}, by_tensor[] = {0, 1, 3, 4, 6};
    struct group group;
    open_flat(&group, "adaptive", TW_FP32, "energy=0.5", 1, 7);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_mem_eq(support_of(&group, 0).indices, half, sizeof half);
    group_close(&group);
    group_start(&group, "adaptive", TW_FP32, "", 1, 1);
    add_tensor(&group, 1, 2, 0);
    add_tensor(&group, 1, 5, 0);
    group_open(&group, 0);
    group.x[0] = x;
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_uint_eq(support_of(&group, 0).count, 5);
    ck_assert_mem_eq(support_of(&group, 0).indices, by_tensor, sizeof by_tensor);
    group_close(&group);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_least);
    tcase_add_test(tcase, test_by_hand);
    return run_case(tcase, "adaptive");
}
