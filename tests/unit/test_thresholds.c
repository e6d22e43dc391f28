/* links: tw_base tw_compressors */
/* Thresholds: hard, gaussiank, redsync; messages whose count depends on the data. */
#include "threshold_case.h"

/* λ = 1: magnitudes are compared, so a tensor of negative values is not special, and 1 itself is
 * sent. Bytes: the count (4) and 8 for each. Nothing above: 4 bytes. λ = 0: zeros too. */
START_TEST(test_hard)
{
    float x[3][6] = {{1, -2, 0.999F, -1, 0, 3}, {-5, -6, -7, -0.5F, -0.25F, -8}, {0}};
    static const uint64_t counts[] = {4, 4, 0};
    static const float mean[6] = {1 - 5, -2 - 6, -7, -1, 0, 3 - 8};
    struct group group;
    open_flat(&group, "hard", TW_FP32, "threshold=1", 3, 6);
    for (int r = 0; r < 3; r++)
        group.x[r] = x[r];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (int r = 0; r < 3; r++) {
        ck_assert_uint_eq(support_of(&group, r).count, counts[r]);
        ck_assert_uint_eq(group.answer_starts[0][r + 1] - group.answer_starts[0][r],
                          4 + 8 * counts[r]);
    }
    for (int i = 0; i < 6; i++)
        ck_assert_float_eq(((float *)group.mean[0])[i], mean[i] / 3);
    group_close(&group);
    ck_assert_uint_eq(count_sent("hard", "threshold=0", x[2], 6), 6);
    ck_assert_uint_eq(count_sent("hard", "threshold=0.999", x[0], 6),
                      5); /* .999 in float is more */
}
END_TEST

static double draw_alike(gsl_rng *rng)
{
    (void)rng;
    return 0.3;
}

/* Of 2^17 normal numbers the first threshold keeps k give or take its chance: 4 standard deviations
 * of a binomial, and the fit's own error of the same order: 8. Numbers ±c have |μ| + zσ above c
 * unless k is most of them: the largest, and so all, are sent. Heavy tails (Student, 1.5 degrees)
 * make σ large: the first threshold is far too high, and more rounds mend it. */
static double draw_heavy(gsl_rng *rng)
{
    return gsl_ran_tdist(rng, 1.5);
}

START_TEST(test_gaussiank)
{
    uint64_t d = 1U << 17;
    float *x = numbers(draw_normal, d, 1);
    for (double ratio = 0.001; ratio < 0.3; ratio *= 4) {
        char options[64];
        double k = floor(ratio * (double)d);
        snprintf(options, sizeof options, "ratio=%.17g rounds=1", ratio);
        double off = (double)count_sent("gaussiank", options, x, d) - k;
        ck_assert_msg(fabs(off) < 8 * sqrt(k), "seed %u, ratio %g: off by %g", SEED, ratio, off);
    }
    free(x);
    x = numbers(draw_alike, 1000, 2);
    ck_assert_uint_eq(count_sent("gaussiank", "ratio=0.01", x, 1000), 1000);
    free(x);
    x = numbers(draw_heavy, d, 3);
    uint64_t k = d / 20, once = count_sent("gaussiank", "ratio=0.05 rounds=1", x, d);
    uint64_t more = count_sent("gaussiank", "ratio=0.05 rounds=20", x, d);
    ck_assert_uint_lt(once, k / 2);
    ck_assert(more > 2 * k / 3 && more < 4 * k / 3);
    free(x);
}
END_TEST

/* By hand, k = 1 of four: μ = 2.5, σ = √(1.25) = 1.118, z with tail 1/8 is 1.1503: t = 3.786, one
 * value above: n = 1 is within 2/3 … 4/3. C(−x) = −C(x) although the mean is not 0. */
START_TEST(test_gaussiank_by_hand)
{
    float x[4] = {1, 2, 3, 4}, y[4] = {-1, -2, -3, -4};
    ck_assert_uint_eq(count_sent("gaussiank", "ratio=0.25", x, 4), 1);
    ck_assert_uint_eq(count_sent("gaussiank", "ratio=0.25", y, 4), 1);
    /* k = 2: tail 1/4, z = .6745, t = 3.254: one value; 1 < 4/3: t/2 = 1.627: three; 3 > 8/3:
     * 2.44: two */
    ck_assert_uint_eq(count_sent("gaussiank", "ratio=0.5 rounds=1", x, 4), 1);
    ck_assert_uint_eq(count_sent("gaussiank", "ratio=0.5 rounds=2", x, 4), 3);
    ck_assert_uint_eq(count_sent("gaussiank", "ratio=0.5 rounds=3", x, 4), 2);
}
END_TEST

/* By hand: |x| = 1 … 8, mean 4.5, most 8, k = 2. s = 1/2: t = 6.25: 7 and 8: stop. k = 1 (ratio
 * .2): s = 1/2 finds 2 ≤ 2k: stop. k = 3: s = 1/2 finds 2, s = 1/4: t = 5.375: 3. k = 6 is beyond
 * what a threshold above the mean can find: s = 1/2, 1/4, 1/8: t = 4.9375: 4 values. Normal numbers
 * with a fine interval end between k and 2k. */
START_TEST(test_redsync)
{
    float x[8] = {1, -2, 3, -4, 5, -6, 7, -8};
    ck_assert_uint_eq(count_sent("redsync", "ratio=0.25", x, 8), 2);
    ck_assert_uint_eq(count_sent("redsync", "ratio=0.2", x, 8), 2);
    ck_assert_uint_eq(count_sent("redsync", "ratio=0.375", x, 8), 3);
    ck_assert_uint_eq(count_sent("redsync", "ratio=0.75", x, 8), 4);
    uint64_t d = 1U << 17;
    float *many = numbers(draw_normal, d, 4);
    for (double ratio = 0.0001; ratio < 0.2; ratio *= 5) {
        char options[64];
        uint64_t k = (uint64_t)(ratio * (double)d);
        snprintf(options, sizeof options, "ratio=%.17g interval=1e-6", ratio);
        uint64_t count = count_sent("redsync", options, many, d);
        ck_assert_msg(count >= k && count <= 2 * k, "seed %u, ratio %g: %d", SEED, ratio,
                      (int)count);
    }
    free(many);
}
END_TEST

static int flipped_bit;

static void flip(int phase, struct tw_answer *answer)
{
    (void)phase;
    ((unsigned char *)answer->data)[answer->starts[1] + (unsigned)flipped_bit / 8] ^=
        (unsigned char)(1U << (flipped_bit % 8));
}

/* Every bit of rank 1's message wrong once. With u32 or a bitmap no other count fits the length; a
 * wrong index is refused unless it is another legal one; a wrong value is a value. */
static void flip_all(const char *options, int count_refused)
{
    float x[2][20];
    struct group group;
    open_flat(&group, "hard", TW_FP32, options, 2, 20);
    for (int i = 0; i < 40; i++)
        x[i / 20][i % 20] = (float)((i * 7) % 41) - 15.0F;
    group.x[0] = x[0];
    group.x[1] = x[1];
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    int bits = 8 * (int)(group.answer_starts[0][2] - group.answer_starts[0][1]), refused = 0;
    group.spoil = flip;
    for (flipped_bit = 0; flipped_bit < bits; flipped_bit++) {
        tw_status status = group_step(&group, 0);
        ck_assert(status == TW_OK || status == TW_CORRUPT);
        ck_assert(status == TW_CORRUPT || flipped_bit >= 32 || !count_refused);
        refused += status == TW_CORRUPT;
    }
    ck_assert_int_ge(refused, 30);
    group_close(&group);
}

START_TEST(test_damage)
{
    flip_all("threshold=12", 1);
    flip_all("threshold=12 index=bitmap values=bf16", 1);
    flip_all("threshold=12 index=rice", 0);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_hard);
    tcase_add_test(tcase, test_gaussiank);
    tcase_add_test(tcase, test_gaussiank_by_hand);
    tcase_add_test(tcase, test_redsync);
    tcase_add_test(tcase, test_damage);
    return run_case(tcase, "thresholds");
}
