/* links: tw_base tw_compressors */
/* Casts: every code of fp8 against the definition, block scales, bytes, damage. */
#include "coded_case.h"
#include "fp8.h"

/* The value of a code, from the definition of the formats: sign, exponent e of 4 or 5 bits, m. */
static double defined(struct tw_fp8 format, int code)
{
    int m = code & ((1 << format.mantissa) - 1), e = (code & 0x7f) >> format.mantissa;
    double fraction = (double)m / (1 << format.mantissa), sign = code & 0x80 ? -1.0 : 1.0;
    if (e == 0)
        return sign * ldexp(fraction, 1 - (int)format.bias);
    return sign * ldexp(1.0 + fraction, e - (int)format.bias);
}

/* The nearest of all codes; of two the even one; the largest beyond it. */
static int nearest(struct tw_fp8 format, double value)
{
    int best = 0;
    for (int code = 1; code <= (int)format.most; code++) {
        double better = fabs(defined(format, best) - value) - fabs(defined(format, code) - value);
        if (better > 0 || (better == 0 && code % 2 == 0))
            best = code;
    }
    return best;
}

/* Values on, half way between and a little beside the halves of all codes, both signs. */
static void check_format(struct tw_fp8 format)
{
    int wrong = 0;
    for (int code = 0; code <= (int)format.most; code++) {
        double low = defined(format, code);
        double high = code < (int)format.most ? defined(format, code + 1) : 2 * low;
        const double values[] = {low, (low + high) / 2, (low + high) / 2 * (1 + 0x1p-20),
                                 (low + high) / 2 * (1 - 0x1p-20), low + (high - low) / 4};
        wrong += (double)tw_fp8_to_f32(format, (uint8_t)code) != low;
        wrong += (double)tw_fp8_to_f32(format, (uint8_t)(code | 0x80)) != -low;
        for (int v = 0; v < 5; v++) {
            int expected = nearest(format, values[v]);
            wrong += tw_fp8_from_f32(format, (float)values[v]) != expected;
            wrong += tw_fp8_from_f32(format, (float)-values[v]) != (expected | 0x80);
            wrong += tw_fp8_from_f64(format, values[v]) != expected;
        }
    }
    ck_assert_int_eq(wrong, 0);
}

/* E4M3: 448 is 1.75·2^8; E5M2: 57344 is 1.75·2^15; 1 + 2^-4 + 2^-40 is no tie, though as a float
 * it is one. */
START_TEST(test_fp8)
{
    check_format(tw_fp8_e4m3);
    check_format(tw_fp8_e5m2);
    ck_assert_double_eq(defined(tw_fp8_e4m3, 0x7e), 448.0);
    ck_assert_double_eq(defined(tw_fp8_e5m2, 0x7b), 57344.0);
    ck_assert_double_eq(defined(tw_fp8_e4m3, 1), 0x1p-9);
    ck_assert_uint_eq(tw_fp8_from_f64(tw_fp8_e4m3, 1 + 0x1p-4), 0x38);
    ck_assert_uint_eq(tw_fp8_from_f64(tw_fp8_e4m3, 1 + 0x1p-4 + 0x1p-40), 0x39);
    ck_assert_uint_eq(tw_fp8_from_f32(tw_fp8_e4m3, INFINITY), 0x7e);
}
END_TEST

/* int8, M = 127: codes are the values; −63.5 lies between −63 and −64 and goes to the even one, 0.5
 * to 0. int4, M = 7: 2.5 to 2, −3.5 to −4. The largest value of a block is exact whatever it is. */
START_TEST(test_whole)
{
    const double eight[] = {127, 1, -63.5, 0.5, -126.6}, four[] = {-7, 2.5, -3.5, 6.6, 0};
    const double odd[] = {0.1, -0.3, 0.2, 0.05, 0.3};
    const double sent8[] = {127, 1, -64, 0, -127}, sent4[] = {-7, 2, -4, 7, 0};
    struct group group;
    coded_open(&group, "cast", TW_FP32, "value=int8", 1, 5, eight);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (uint64_t i = 0; i < 5; i++)
        ck_assert_double_eq(own_of(&group, 0, i), sent8[i]);
    coded_close(&group);
    coded_open(&group, "cast", TW_FP64, "value=int4", 1, 5, four);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    for (uint64_t i = 0; i < 5; i++)
        ck_assert_double_eq(own_of(&group, 0, i), sent4[i]);
    coded_close(&group);
    coded_open(&group, "cast", TW_FP64, "value=int4 block=3", 1, 5, odd);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(own_of(&group, 0, 1), -0.3);
    ck_assert_double_eq(own_of(&group, 0, 4), 0.3);
    coded_close(&group);
}
END_TEST

/* A block of zeros has no scale to divide by; one of denormals has no M/127 that is not 0. */
START_TEST(test_tiny_blocks)
{
    const char *const values[] = {"value=int8 block=2", "value=int4 block=2",
                                  "value=fp8_e4m3 block=2", "value=fp8_e5m2 block=2"};
    const double x[] = {0, -0.0, 0x1p-149, -0x1p-148, 3, 0};
    for (int v = 0; v < 4; v++) {
        struct group group;
        coded_open(&group, "cast", TW_FP32, values[v], 1, 6, x);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (uint64_t i = 0; i < 6; i++)
            ck_assert_msg(own_of(&group, 0, i) == x[i], "%s: %a for %a", values[v],
                          own_of(&group, 0, i), x[i]);
        coded_close(&group);
    }
}
END_TEST

/* 1000 values: 4 blocks of 256 have 16 bytes of scales (32 in fp64); 8 bits a value are 1000 bytes,
 * 4 bits 500, 16 bits 1000 elements of 2 bytes; rotation fills nothing up; 999 values of 4 bits
 * take 500 bytes too. */
START_TEST(test_bytes)
{
    ck_assert_uint_eq(sent("cast", TW_FP32, "", 4, 1000), 1016);
    ck_assert_uint_eq(sent("cast", TW_FP64, "", 4, 1000), 1032);
    ck_assert_uint_eq(sent("cast", TW_FP32, "value=int4", 4, 1000), 516);
    ck_assert_uint_eq(sent("cast", TW_FP32, "value=int4", 4, 999), 516);
    ck_assert_uint_eq(sent("cast", TW_FP32, "value=fp8_e4m3 block=32", 4, 1000), 1128);
    ck_assert_uint_eq(sent("cast", TW_FP32, "value=fp8_e5m2", 4, 1000), 1016);
    ck_assert_uint_eq(sent("cast", TW_FP32, "value=fp16", 4, 1000), 1000); /* elements */
    ck_assert_uint_eq(sent("cast", TW_FP64, "value=bf16", 4, 1000), 1000);
    ck_assert_uint_eq(sent("cast", TW_FP32, "rotation=hadamard", 4, 1000), 1016);
}
END_TEST

/* fp16 of 65520 is infinite and shows; a NaN does not travel. */
START_TEST(test_fp16)
{
    const double x[] = {65504, 1.0 + 0x1p-11, 0x1p-24, -0x1p-25};
    struct group group;
    coded_open(&group, "cast", TW_FP32, "value=fp16", 1, 4, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    ck_assert_double_eq(own_of(&group, 0, 0), 65504);
    ck_assert_double_eq(own_of(&group, 0, 1), 1);
    ck_assert_double_eq(own_of(&group, 0, 2), 0x1p-24);
    ck_assert_double_eq(own_of(&group, 0, 3), 0);
    ck_assert_int_eq(step_with(&group, 0, 65520), TW_OK);
    ck_assert(isinf(mean_at(&group, 0)));
    ck_assert_int_eq(step_with(&group, 0, NAN), TW_INPUT);
    ck_assert_int_eq(step_with(&group, 3, -INFINITY), TW_INPUT);
    ck_assert_double_eq(group.ops->delta(&group.problem), -1.0);
    coded_close(&group);
}
END_TEST

/* A sum of halves is `none`'s, bit for bit; 40000 twice is infinite in fp16, 80000 in bf16 is the
 * nearest multiple of 2^9, 79872 (156·2^9), and half of it the mean. */
START_TEST(test_sums)
{
    static const char *const options[] = {"value=fp16", "value=bf16"};
    const double x[] = {40000, 1.0 + 0x1p-11, 1.0 + 0x1p-8, -0.0, 3e-6, 1e-8, 0.1,
                        40000, 0x1p-11,       3.0,          -0.0, 3e-6, 1e-8, 0.3};
    struct group cast, none;
    for (int o = 0; o < 2; o++)
        for (int p = 0; p < 2; p++) {
            coded_open(&cast, "cast", (enum tw_precision)p, options[o], 2, 7, x);
            coded_open(&none, "none", (enum tw_precision)p, options[o], 2, 7, x);
            ck_assert_int_eq(group_step(&cast, 0), TW_OK);
            ck_assert_int_eq(group_step(&none, 0), TW_OK);
            ck_assert_int_eq(cast.request[0].kind, TW_SUM);
            ck_assert_int_eq(cast.request[0].element, o ? TW_ELEMENT_BF16 : TW_ELEMENT_F16);
            int wrong = 0;
            for (uint64_t i = 0; i < 7; i++)
                wrong += mean_at(&cast, i) != mean_at(&none, i) ||
                         signbit(mean_at(&cast, i)) != signbit(mean_at(&none, i));
            ck_assert_int_eq(wrong, 0);
            ck_assert_double_eq(mean_at(&cast, 0), o ? 39936 : INFINITY);
            coded_close(&cast);
            coded_close(&none);
        }
}
END_TEST

/* What no cast makes: int8's 255 (and int4's 15), fp8's NaN 0x7f, a negative scale
 * (bytes 0 … 3 are the scale 3, 0x40400000), and a last nibble that no value uses. */
START_TEST(test_damage)
{
    const double x[] = {1, 2, 3};
    struct group group;
    coded_open(&group, "cast", TW_FP32, "", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0xff), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0xfe), TW_OK);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0xc0), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 3, 0x7f),
                     TW_OK); /* 3 is 0x40400000: 0x7f40… is fine */
    ck_assert_int_eq(spoiled_step(&group, 0, 2, 0x80), TW_OK);
    coded_close(&group);
    coded_open(&group, "cast", TW_FP32, "value=int4", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 5, 0x1e), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0xf7), TW_CORRUPT);
    coded_close(&group);
    coded_open(&group, "cast", TW_FP32, "value=fp8_e4m3", 1, 3, x);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0x7f), TW_CORRUPT);
    ck_assert_int_eq(spoiled_step(&group, 0, 4, 0xfe), TW_OK);
    coded_close(&group);
}
END_TEST

/* δ: int8, 256 values: 1 − 256/(4·127²); int4 of 32: 1 − 32/196; int4 of 256: nothing is proven;
 * E4M3 of 64: 1 − 2^-8 − 64·(2^-9/448)²/4. */
START_TEST(test_delta)
{
    static const struct {
        const char *options;
        double delta;
    } rows[] = {{"", 1 - 256 / (4.0 * 127 * 127)},
                {"value=int4 block=32", 1 - 32 / 196.0},
                {"value=int4", -1},
                {"value=bf16", 1 - 0x1p-16},
                {"value=bf16 rotation=hadamard", -1},
                {"value=fp8_e4m3 block=64", 1 - 0x1p-8 - 16 * 0x1p-18 / (448.0 * 448.0)}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct group group;
        group_start(&group, "cast", TW_FP32, rows[r].options, 1, 1);
        add_tensor(&group, 1, 1000, 1);
        ck_assert_double_eq_tol(group.ops->delta(&group.problem), rows[r].delta, 1e-15);
    }
}
END_TEST

/* One large value among small ones: without rotation int4 rounds all others to 0 and leaves their
 * energy, 1023; rotated, the block is nearly even, and what is left is a rounding of step M/7. */
START_TEST(test_rotation_helps)
{
    static double x[1024];
    double left[2];
    for (int i = 0; i < 1024; i++)
        x[i] = i == 100 ? 30 : i % 2 ? -1 : 1;
    for (int rotated = 0; rotated < 2; rotated++) {
        static struct group group;
        coded_open(&group, "cast", TW_FP32,
                   rotated ? "value=int4 block=1024 rotation=hadamard" : "value=int4 block=1024", 1,
                   1024, x);
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        left[rotated] = distance2(group.own[0], group.x[0], TW_FP32, 1024);
        coded_close(&group);
    }
    ck_assert_double_eq_tol(left[0], 1023, 1e-9);
    ck_assert_msg(left[1] < 100, "%g left", left[1]);
}
END_TEST

RUN_TESTS("cast", test_fp8, test_whole, test_tiny_blocks, test_bytes, test_fp16, test_sums,
          test_damage, test_delta, test_rotation_helps)
