/* links: tw_base tw_compressors */
/* Index coding: the Rice parameter against its definition and Kiely's formula, lengths to the bit,
 * round trips, and every kind of damage. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/rng.h"
#include "codec.h"

#define SEED 20260101U

static const enum tw_index kinds[] = {TW_INDEX_U32, TW_INDEX_U64, TW_INDEX_BITMAP, TW_INDEX_RICE};

static void stream_for(struct tw_stream *stream, uint32_t purpose)
{
    struct tw_stream_key key = {SEED, 0, 0, 0, purpose, TW_PURPOSE_TEST};
    tw_stream_open(stream, &key);
}

static uint32_t *subset(struct tw_stream *stream, uint32_t d, uint32_t k)
{
    uint32_t *indices = calloc(k + 1U, sizeof *indices), *scratch = calloc(d / 32 + 1, 4);
    if (!indices || !scratch)
        ck_abort_msg("out of memory");
    tw_stream_subset(stream, d, k, scratch, indices);
    free(scratch);
    return indices;
}

/* Bits of an index when every place is taken with chance p: a geometric gap, R + 1 + E⌊gap/2^R⌋,
 * and E⌊gap/2^R⌋ = Σ_{j≥1} q^(j·2^R). */
static double expected_bits(int rice, double q)
{
    double s = pow(q, ldexp(1.0, rice));
    return rice + 1 + s / (1 - s);
}

/* 9, 6, 4, 2 at 0.1, 1, 5 and 20 %; elsewhere no neighbour has fewer expected bits, and the formula
 * with logarithms says the same (p/1e6 is never at a switch). */
START_TEST(test_parameter)
{
    static const double golden = 0.6180339887498949;
    ck_assert_int_eq(tw_codec_rice(1000, 1000000), 9);
    ck_assert_int_eq(tw_codec_rice(10000, 1000000), 6);
    ck_assert_int_eq(tw_codec_rice(50000, 1000000), 4);
    ck_assert_int_eq(tw_codec_rice(200000, 1000000), 2);
    ck_assert_int_eq(tw_codec_rice(7, 7), 0);
    ck_assert_int_eq(tw_codec_rice(0, 0), 0);
    ck_assert_int_eq(tw_codec_rice(1, UINT32_MAX), 31);
    for (uint64_t k = 1; k < 1000000; k += 1 + k / 50) {
        double q = 1 - (double)k / 1e6, kiely = 1 + floor(log2(log(golden) / log(q)));
        int rice = tw_codec_rice(k, 1000000);
        ck_assert_msg(rice == (kiely > 0 ? (int)kiely : 0), "k = %d: R = %d", (int)k, rice);
        ck_assert(expected_bits(rice, q) <= expected_bits(rice + 1, q) * (1 + 1e-12));
        ck_assert(rice == 0 || expected_bits(rice, q) <= expected_bits(rice - 1, q) * (1 + 1e-12));
    }
}
END_TEST

/* 2^20 places: measured length per index against the expectation, 5 standard errors apart at most.
 * A gap's quotient is geometric with s = q^(2^R) ≤ .62, of variance s/(1−s)² ≤ 4.3. */
START_TEST(test_length)
{
    static const double shares[] = {0.001, 0.01, 0.05, 0.2};
    struct tw_stream stream;
    stream_for(&stream, 1);
    for (int i = 0; i < 4; i++) {
        uint32_t d = 1U << 20, k = (uint32_t)(shares[i] * d);
        uint32_t *indices = subset(&stream, d, k);
        unsigned char *wire = malloc(tw_codec_index_B(TW_INDEX_RICE, k, d));
        double bits = 8.0 * (double)tw_codec_put(TW_INDEX_RICE, k, d, indices, wire) / k;
        double wanted = expected_bits(tw_codec_rice(k, d), 1 - shares[i]);
        ck_assert_msg(fabs(bits - wanted) < 5 * sqrt(4.3 / k) + 8.0 / k, "seed %u: %g bits, not %g",
                      SEED, bits, wanted);
        free(wire);
        free(indices);
    }
}
END_TEST

/* The bits of a Rice list, written out once more. */
static uint64_t rice_bits(const uint32_t *indices, uint64_t k, int rice)
{
    uint64_t bits = 0, least = 0;
    for (uint64_t i = 0; i < k; i++) {
        bits += ((indices[i] - least) >> rice) + 1 + (unsigned)rice;
        least = indices[i] + 1U;
    }
    return bits;
}

/* Reads the list; 0 when the reader refuses it. out has room for count. */
static int reads(enum tw_index index, uint64_t count, uint64_t d, const unsigned char *wire,
                 uint64_t size_B, uint32_t *out)
{
    struct tw_codec_reader reader;
    tw_codec_open(&reader, index, count, d, wire, size_B);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t next = tw_codec_next(&reader);
        if (next == TW_CODEC_BAD)
            return 0;
        out[i] = (uint32_t)next;
    }
    return tw_codec_at_end(&reader);
}

/* Exact sizes in memory of their own, so that a sanitizer sees any byte too much. */
static void round_trip(enum tw_index index, const uint32_t *indices, uint32_t k, uint32_t d)
{
    uint64_t room_B = tw_codec_index_B(index, k, d);
    unsigned char *room = malloc(room_B + 1);
    uint32_t *back = calloc(k + 1U, sizeof *back);
    if (!room || !back)
        ck_abort_msg("out of memory");
    room[room_B] = 0xa5;
    uint64_t size_B = tw_codec_put(index, k, d, indices, room);
    uint64_t wanted_B =
        index == TW_INDEX_RICE ? (rice_bits(indices, k, tw_codec_rice(k, d)) + 7) / 8 : room_B;
    if (size_B != wanted_B || size_B > room_B || room[room_B] != 0xa5 ||
        room_B > tw_codec_index_most_B(index, d))
        ck_abort_msg("kind %d, %u of %u: %d bytes", (int)index, k, d, (int)size_B);
    if (!reads(index, k, d, room, size_B, back) || memcmp(back, indices, 4UL * k) != 0)
        ck_abort_msg("kind %d, %u of %u does not come back", (int)index, k, d);
    free(back);
    free(room);
}

START_TEST(test_round_trip)
{
    static const uint32_t sizes[] = {0, 1, 2, 7, 8, 9, 63, 64, 65, 1000, 70001};
    struct tw_stream stream;
    stream_for(&stream, 2);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int share = 0; share <= 8; share++) {
            uint32_t d = sizes[s], k = (uint32_t)((uint64_t)d * (unsigned)(share * share) / 64);
            uint32_t *indices = subset(&stream, d, k);
            for (int i = 0; i < 4; i++)
                round_trip(kinds[i], indices, k, d);
            free(indices);
        }
    /* one index at either end of the longest bucket: the gap is longer than a window */
    uint32_t first = 0, last = 99999;
    for (int i = 0; i < 4; i++) {
        round_trip(kinds[i], &first, 1, 100000);
        round_trip(kinds[i], &last, 1, 100000);
    }
}
END_TEST

/* Whatever bytes come: the reader refuses them, or they are the very bytes that a sender of what it
 * read writes. size_B is right for lists of fixed length, as the reader's callers check. */
static int is_refused_or_genuine(enum tw_index index, uint64_t k, uint64_t d,
                                 const unsigned char *wire, uint64_t size_B)
{
    uint32_t indices[64];
    unsigned char again[600];
    if (!reads(index, k, d, wire, size_B, indices))
        return 1;
    for (uint64_t i = 0; i < k; i++)
        if (indices[i] >= d || (i > 0 && indices[i] <= indices[i - 1]))
            return 0;
    return tw_codec_put(index, k, d, indices, again) == size_B && memcmp(wire, again, size_B) == 0;
}

/* Every bit wrong once, and for Rice lists every length. The bytes lie in memory of their own. */
START_TEST(test_damage)
{
    struct tw_stream stream;
    stream_for(&stream, 3);
    for (int i = 0; i < 4; i++)
        for (uint32_t k = 1; k <= 64; k *= 4) {
            uint32_t d = 301, *indices = subset(&stream, d, k);
            unsigned char whole[600];
            uint64_t size_B = tw_codec_put(kinds[i], k, d, indices, whole);
            unsigned char *wire = malloc(size_B);
            for (uint64_t bit = 0; bit < 8 * size_B; bit++) {
                memcpy(wire, whole, size_B);
                wire[bit / 8] ^= (unsigned char)(1U << bit % 8);
                if (!is_refused_or_genuine(kinds[i], k, d, wire, size_B))
                    ck_abort_msg("kind %d, k = %u, bit %d", (int)kinds[i], k, (int)bit);
            }
            free(wire);
            for (uint64_t cut = 0; kinds[i] == TW_INDEX_RICE && cut < size_B; cut++) {
                wire = malloc(cut + 1);
                memcpy(wire, whole, cut);
                ck_assert(!reads(kinds[i], k, d, wire, cut, indices));
                free(wire);
            }
            free(indices);
        }
}
END_TEST

START_TEST(test_noise)
{
    struct tw_stream stream;
    unsigned char wire[40];
    stream_for(&stream, 4);
    int taken = 0;
    for (int trial = 0; trial < 20000; trial++) {
        uint64_t size_B = gsl_rng_uniform_int(&stream.gsl, 9), k = 1 + (unsigned)trial % 5;
        for (uint64_t b = 0; b < size_B; b++)
            wire[b] = (unsigned char)gsl_rng_uniform_int(&stream.gsl, 256);
        unsigned char *alone = malloc(size_B + 1);
        memcpy(alone, wire, size_B);
        uint32_t out[8];
        uint64_t d = 8 * size_B + 3;
        taken += reads(TW_INDEX_RICE, k, d, alone, size_B, out);
        if (!is_refused_or_genuine(TW_INDEX_RICE, k, d, alone, size_B) ||
            (size_B > 0 &&
             !is_refused_or_genuine(TW_INDEX_BITMAP, k, 8 * size_B - 1, alone, size_B)))
            ck_abort_msg("seed %u, trial %d", SEED, trial);
        free(alone);
    }
    ck_assert_int_gt(taken, 100); /* the test sees both answers */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("codec");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_parameter);
    tcase_add_test(tcase, test_length);
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_damage);
    tcase_add_test(tcase, test_noise);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
