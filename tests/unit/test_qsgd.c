/* links: tw_base tw_compressors */
/* QSGD: the distribution of every level, buckets, bytes, damage. */
#include "coded_case.h"

#define STEPS 4000

static void fill_ramp(double *x, int n)
{
    for (int i = 0; i < n; i++)
        x[i] = (i % 2 ? -1 : 1) * (0.1 + i * 0.37);
}

/* Value i is n·q/s with q one of two neighbours, and the upper one with probability f, the
 * fraction: mean over STEPS within 5 deviations of (n/s)·√(f(1−f)/STEPS), and the total variance is
 * the sum of (n/s)²f(1−f), within 5 % (its deviation is some 1 %: 20 values, 4000 steps). */
static void check_distribution(const char *options, int levels, int max)
{
    enum { N = 20 };
    double x[N], sum[N] = {0}, norm = 0, largest = 0, variance = 0, expected = 0, power = 0;
    struct group group;
    fill_ramp(x, N);
    for (int i = 0; i < N; i++) {
        power += x[i] * x[i];
        largest = fmax(largest, fabs(x[i]));
    }
    norm = max ? largest : sqrt(power);
    coded_open(&group, "qsgd", TW_FP64, options, 1, N, x);
    for (uint32_t s = 0; s < STEPS; s++) {
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        for (int i = 0; i < N; i++) {
            double own = own_of(&group, 0, (uint64_t)i), level = fabs(x[i]) / norm * levels;
            double q = own / norm * levels * (x[i] < 0 ? -1 : 1);
            if (fabs(q - floor(level)) > 1e-9 && fabs(q - floor(level) - 1) > 1e-9)
                ck_abort_msg("%s: level %g for %g", options, q, level);
            sum[i] += own / STEPS;
            variance += (own - x[i]) * (own - x[i]) / STEPS;
        }
    }
    for (int i = 0; i < N; i++) {
        double level = fabs(x[i]) / norm * levels, f = level - floor(level), step = norm / levels;
        ck_assert_double_eq_tol(sum[i], x[i], 5 * step * sqrt(f * (1 - f) / STEPS) + 1e-6 * step);
        expected += step * step * f * (1 - f);
    }
    ck_assert_double_eq_tol(variance, expected, 0.05 * expected);
    ck_assert_double_le(variance, group.ops->omega(&group.problem) * power * 1.05);
    coded_close(&group);
}

START_TEST(test_distribution)
{
    check_distribution("levels=4", 4, 0);
    check_distribution("levels=1", 1, 0);
    check_distribution("levels=15 norm=max", 15, 1);
    check_distribution("levels=1 norm=max", 1, 1);
}
END_TEST

/* ω for 512 values: l2, s = 127: min(512/(4·127²), √512/127); s = 1: min(128, √512). max, s = 2:
 * min(511/16, (√512+1)/4); s = 1: (√512−1)/2. */
START_TEST(test_omega)
{
    static const struct {
        const char *options;
        double omega;
    } rows[] = {{"", 512 / (4.0 * 127 * 127)},
                {"levels=1", 22.627416997969522},
                {"levels=2 norm=max", 23.627416997969522 / 4},
                {"levels=1 norm=max", 21.627416997969522 / 2}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct group group;
        group_start(&group, "qsgd", TW_FP32, rows[r].options, 1, 1);
        add_tensor(&group, 1, 1000, 1);
        double omega = group.ops->omega(&group.problem), delta = group.ops->delta(&group.problem);
        ck_assert_double_eq_tol(omega, rows[r].omega, 1e-12);
        ck_assert_double_eq_tol(delta, omega < 1 ? 1 - omega : -1.0, 1e-12);
    }
}
END_TEST

/* 1000 values: 2 buckets have 8 bytes of norms; 2·127+1 codes take 8 bits, 2·128+1 take 9, 15 take
 * 4 and 3 take 2: 1000, 1125, 500 and 250 bytes. bucket=0: one norm. */
START_TEST(test_bytes)
{
    ck_assert_uint_eq(sent("qsgd", TW_FP32, "", 4, 1000), 1008);
    ck_assert_uint_eq(sent("qsgd", TW_FP32, "levels=128", 4, 1000), 1133);
    ck_assert_uint_eq(sent("qsgd", TW_FP32, "levels=7", 4, 1000), 508);
    ck_assert_uint_eq(sent("qsgd", TW_FP32, "levels=1 bucket=0", 4, 1000), 254);
    ck_assert_uint_eq(sent("qsgd", TW_FP64, "", 4, 1000), 1016);
}
END_TEST

/* A bucket of zeros divides nothing by its norm; a single value is its own norm and exact; values
 * whose squares vanish or overflow in double have norms all the same. */
START_TEST(test_extremes)
{
    const double x[] = {0, 0, -0.0, 0, 7, 0, 3e-200, 4e-200, 3e200, -4e200};
    struct group group;
    coded_open(&group, "qsgd", TW_FP64, "bucket=2 levels=5", 1, 10, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (uint64_t i = 0; i < 10; i++) /* 3 and 4 are levels 3 and 4 of 5, the norm 5 */
        ck_assert_msg(fabs(own_of(&group, 0, i) - x[i]) <= 1e-14 * fabs(x[i]), "%g for %g",
                      own_of(&group, 0, i), x[i]);
    ck_assert_int_eq(step_with(&group, 1, NAN), TW_INPUT);
    ck_assert_int_eq(step_with(&group, 1, INFINITY), TW_INPUT);
    coded_close(&group);
    const double large[] = {3e38, 3e38, 3e38};
    coded_open(&group, "qsgd", TW_FP32, "", 1, 3, large); /* 5.2e38 is no float */
    ck_assert_int_eq(group_step(&group, 0), TW_INPUT);
    coded_close(&group);
}
END_TEST

/* Equal ranks draw differently; another repetition draws differently. */
START_TEST(test_draws)
{
    enum { N = 64 };
    double x[2 * N];
    static struct group group, other;
    fill_ramp(x, N);
    memcpy(x + N, x, sizeof x / 2);
    coded_open(&group, "qsgd", TW_FP32, "levels=1", 2, N, x);
    coded_open(&other, "qsgd", TW_FP32, "levels=1", 2, N, x);
    other.instance[0].problem.repetition = 1;
    other.ops->open(&other.instance[0].problem, other.instance[0].shared);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_int_eq(group_step(&other, 0), TW_OK);
    ck_assert(memcmp(group.own[0], group.own[1], N * sizeof(float)) != 0);
    ck_assert(memcmp(group.own[0], other.own[0], N * sizeof(float)) != 0);
    coded_close(&group);
    coded_close(&other);
}
END_TEST

/* 255 levels from −127 to 127 leave the byte 255 unused; a norm is not negative. */
START_TEST(test_damage)
{
    const double x[] = {1, 2, 3};
    struct group group;
    coded_open(&group, "qsgd", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 5, 0xff), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 5, 0x00), TW_OK);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0xbf), TW_CORRUPT);
    coded_close(&group);
}
END_TEST

RUN_TESTS("qsgd", test_distribution, test_omega, test_bytes, test_extremes, test_draws, test_damage)
