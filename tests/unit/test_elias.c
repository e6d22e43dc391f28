/* links: tw_base tw_compressors */
/* Elias codes: lengths, messages written out by hand, all ways back, damage; and qsgd on top. */
#include "coded_case.h"
#include "elias.h"

/* ω(k) by hand: 1 = 0; 2 = 10 0; 4 = 10 100 0; 8 = 11 1000 0; 16 = 10 100 10000 0; 2^32: 33 bits, 6
 * for 32, 3 for 5, 2 for 2 and the 0. */
START_TEST(test_lengths)
{
    static const struct {
        uint64_t k;
        unsigned length;
    } rows[] = {{1, 1},  {2, 3},   {3, 3},   {4, 6},    {7, 6},    {8, 7},
                {15, 7}, {16, 11}, {32, 12}, {127, 13}, {256, 16}, {UINT64_C(1) << 32, 45}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        ck_assert_uint_eq(tw_elias_length(rows[r].k), rows[r].length);
    for (uint64_t k = 1; k < 70000; k++) /* what tw_elias_most_B builds on, at its tightest */
        if (tw_elias_length(k) > tw_elias_length(k + 1) || tw_elias_length(k) + 2 > 3 * k)
            ck_abort_msg("length of %llu", (unsigned long long)k);
}
END_TEST

/* Levels 0 0 −1 3 0 0 0 5: gap 3, minus, 1; gap 1, plus, 3; gap 4, plus, 5. As sent, a group's one
 * first, then its other bits from the lowest:
 *     ω(3) = 11 0,  1,  ω(1) = 0     110 1 0
 *     ω(1) = 0,  0,  ω(3) = 11 0     0 0 110
 *     ω(4) = 10 100 0,  0,  ω(5) = 10 110 0 (5 = 101: its one, then 1, then 0)
 * 5 + 5 + 13 = 23 bits, packed from the lowest bit of a byte. */
static const uint16_t levels_by_hand[] = {7, 7, 6, 10, 7, 7, 7, 12};
static const char bits_by_hand[] = "11010"
                                   "00110"
                                   "101000"
                                   "0"
                                   "101100";

START_TEST(test_by_hand)
{
    unsigned char wire[64], expected[8 + 3] = {23};
    struct tw_elias_writer writer;
    uint16_t codes[8];
    struct tw_elias_reader reader;
    for (int b = 0; bits_by_hand[b]; b++)
        expected[8 + b / 8] |= (unsigned char)((bits_by_hand[b] == '1') << b % 8);
    tw_elias_write(&writer, wire);
    tw_elias_put(&writer, levels_by_hand, 3, 7);
    tw_elias_put(&writer, levels_by_hand + 3, 5, 7);
    ck_assert_uint_eq(tw_elias_end(&writer), 11);
    ck_assert_uint_eq(writer.entries, 3);
    ck_assert_mem_eq(wire, expected, 11);
    ck_assert_int_eq(tw_elias_read(&reader, 8, 7, wire, 11), 1);
    ck_assert_int_eq(tw_elias_take(&reader, codes, 5), 1);
    ck_assert_int_eq(tw_elias_take(&reader, codes + 5, 3), 1);
    ck_assert_mem_eq(codes, levels_by_hand, sizeof codes);
}
END_TEST

/* Gaps and levels of every length, in pieces of every size: what goes in comes out, within the most
 * bytes. */
START_TEST(test_there_and_back)
{
    enum { N = 70000, MOST = 32767 };
    static uint16_t codes[N], back[N];
    static unsigned char wire[8 + 3 * N];
    for (uint64_t gap = 1, at = 0; at < N; gap = gap * 3 / 2 + 1, at += gap)
        codes[at] = (uint16_t)(1 + at * 2654435761U % MOST);
    for (int i = 0; i < N; i++)
        codes[i] = (uint16_t)(MOST + (i % 2 ? codes[i] : -codes[i]));
    for (uint64_t n = 1; n < N; n = 3 * n + 1) {
        struct tw_elias_writer writer;
        struct tw_elias_reader reader;
        uint64_t piece = n < 1000 ? n : 1000;
        tw_elias_write(&writer, wire);
        tw_elias_put(&writer, codes, n, MOST);
        uint64_t bytes = tw_elias_end(&writer);
        ck_assert_uint_le(bytes, tw_elias_most_B(n, MOST));
        ck_assert_int_eq(tw_elias_read(&reader, n, MOST, wire, bytes), 1);
        for (uint64_t first = 0; first < n; first += piece)
            if (!tw_elias_take(&reader, back + first, n - first < piece ? n - first : piece))
                ck_abort_msg("%llu values do not come back", (unsigned long long)n);
        ck_assert_mem_eq(back, codes, n * sizeof *codes);
        ck_assert_int_eq(tw_elias_read(&reader, n, MOST, wire, bytes - 1), 0);
        ck_assert_int_eq(tw_elias_read(&reader, n, MOST, wire, 7), 0);
    }
}
END_TEST

/* The worst case of its bound: every level the largest. 24 bits each for 32767: 1, 1, |ω| = 22. */
START_TEST(test_most)
{
    static uint16_t codes[1000];
    static unsigned char wire[4000];
    struct tw_elias_writer writer;
    for (int i = 0; i < 1000; i++)
        codes[i] = 65534;
    tw_elias_write(&writer, wire);
    tw_elias_put(&writer, codes, 1000, 32767);
    ck_assert_uint_eq(tw_elias_end(&writer), 3008);
    ck_assert_uint_eq(tw_elias_most_B(1000, 32767), 3008);
}
END_TEST

static int reads(const char *bits, uint64_t d, uint16_t most)
{
    unsigned char wire[8 + 16] = {0};
    uint16_t codes[64];
    struct tw_elias_reader reader;
    uint64_t count = strlen(bits);
    memcpy(wire, &count, 8);
    for (uint64_t b = 0; b < count; b++)
        wire[8 + b / 8] |= (unsigned char)((bits[b] == '1') << b % 8);
    return tw_elias_read(&reader, d, most, wire, 8 + (count + 7) / 8) &&
           tw_elias_take(&reader, codes, d);
}

START_TEST(test_damage)
{
    ck_assert_int_eq(reads("", 4, 1), 1);
    ck_assert_int_eq(reads("000", 4, 1), 1);
    ck_assert_int_eq(reads("000000000000", 4, 1), 1);    /* four values */
    ck_assert_int_eq(reads("000000000000000", 4, 1), 0); /* five */
    ck_assert_int_eq(reads("00", 4, 1), 0);              /* no level */
    ck_assert_int_eq(reads("0", 4, 1), 0);               /* no sign */
    ck_assert_int_eq(reads("1", 4, 1), 0);               /* half a gap */
    ck_assert_int_eq(reads("00100", 4, 1), 0);           /* level 2 of 1 */
    ck_assert_int_eq(reads("00100", 4, 2), 1);
    ck_assert_int_eq(reads("10100000", 4, 1), 1); /* a gap of 4 */
    ck_assert_int_eq(reads("10110000", 4, 1), 0); /* 5 */
    ck_assert_int_eq(reads("11111111111111111111" /* a number beyond 2^32 */
                           "11111111111111111111"
                           "11111111111111111111"
                           "11111111111111111111",
                           4, 1),
                     0);
}
END_TEST

/* wire=elias is another way to send the same: means and C(x) are those of wire=int, bit for bit. */
START_TEST(test_same_values)
{
    enum { N = 3000 };
    static double x[3 * N];
    static struct group plain, coded;
    static const char *const options[][2] = {{"levels=1", "levels=1 wire=elias"},
                                             {"bucket=70", "bucket=70 wire=elias"}};
    for (int i = 0; i < 3 * N; i++)
        x[i] = (i % 3 - 1) * (0.1 + (i * 7919 % 1000) * 0.37);
    for (int o = 0; o < 2; o++) {
        coded_open(&plain, "qsgd", TW_FP32, options[o][0], 3, N, x);
        coded_open(&coded, "qsgd", TW_FP32, options[o][1], 3, N, x);
        ck_assert_int_eq(group_step(&plain, 3), TW_OK);
        ck_assert_int_eq(group_step(&coded, 3), TW_OK);
        ck_assert_mem_eq(plain.mean[0], coded.mean[0], N * sizeof(float));
        for (int r = 0; r < 3; r++)
            ck_assert_mem_eq(plain.own[r], coded.own[r], N * sizeof(float));
        coded_close(&plain);
        coded_close(&coded);
    }
}
END_TEST

/* Equal magnitudes in buckets of 512 at s = 1: a value is not 0 with chance p = 1/√512, so gaps are
 * geometric and an entry takes E|ω(gap)| + 1 + 1 bits, summed here over the gaps: 0.50 bits per
 * value in all, a quarter of wire=int's 2. Of 2^17 values some 5793 entries: within 5 % (their
 * number varies by 1.3 %), norms and head apart. */
START_TEST(test_shorter)
{
    enum { N = 1 << 17 };
    static double x[N];
    static struct group group;
    double p = 1 / sqrt(512), chance = p, entry = 2, head = 8 + 4 * (N / 512);
    for (uint64_t gap = 1; gap < 4000; gap++, chance *= 1 - p)
        entry += chance * tw_elias_length(gap);
    for (int i = 0; i < N; i++)
        x[i] = i % 2 ? 1 : -1;
    coded_open(&group, "qsgd", TW_FP32, "levels=1 wire=elias", 1, N, x);
    ck_assert_int_eq(group_step(&group, 0), TW_OK);
    double bytes = (double)group.request[0].count - head;
    ck_assert_double_eq_tol(bytes / (N * p * entry / 8), 1, 0.05);
    ck_assert_double_lt(bytes * 8 / N, 0.55);
    ck_assert_uint_lt(group.request[0].count, sent("qsgd", TW_FP32, "levels=1", 1, N) / 3);
    struct tw_plan plan = {0};
    ck_assert_int_eq(group.ops->plan(&group.problem, &plan), TW_REFUSED);
    ck_assert_ptr_null(plan.phases);
    coded_close(&group);
}
END_TEST

RUN_TESTS("elias", test_lengths, test_by_hand, test_there_and_back, test_most, test_damage,
          test_same_values, test_shorter)
