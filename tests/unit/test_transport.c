/* links: tw_base tw_collective */
/* The transport in memory: each kind's answer, one rounding, agreement, and steady memory. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collective/transport.h"

static struct tw_transport transport;
static struct tw_answer answer, inboxes[4];
static struct tw_err err;

static void open_ranks(int ranks)
{
    ck_assert_int_eq(tw_transport_memory(&transport, ranks, &err), TW_OK);
    ck_assert(transport.ranks == ranks && transport.first == 0 && transport.mine == ranks);
}

static struct tw_request request_for(enum tw_request_kind kind, enum tw_element element,
                                     uint64_t count, const void *data, const uint64_t *counts)
{
    return (struct tw_request){kind, element, TW_COMBINE_SUM, count, data, 0, counts, 0};
}

static tw_status ask(const struct tw_request *requests)
{
    return transport.exchange(&transport, requests, &answer, inboxes, &err);
}

static void close_ranks(void)
{
    transport.close(&transport);
}

/* ---- SUM ---- */

/* 1e16 + 1 − 1e16 in rank order is 0 in double (1 is lost at 1e16), 1 in any exact arithmetic;
 * 2^24 + 1 + 1 is 2^24 + 2 in double, but 2^24 when every addition is rounded to f32. */
START_TEST(sums_in_rank_order_and_rounds_once)
{
    open_ranks(3);
    const double wide[3] = {1e16, 1, -1e16};
    const float narrow[3] = {0x1p24F, 1, 1};
    struct tw_request requests[3];
    for (int r = 0; r < 3; r++)
        requests[r] = request_for(TW_SUM, TW_ELEMENT_F64, 1, &wide[r], NULL);
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert(answer.kind == TW_SUM && answer.element == TW_ELEMENT_F64);
    ck_assert(answer.ranks == 3 && answer.count == 1 && answer.starts == NULL);
    ck_assert(*(const double *)answer.data == 0);
    for (int r = 0; r < 3; r++)
        requests[r] = request_for(TW_SUM, TW_ELEMENT_F32, 1, &narrow[r], NULL);
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert(*(const float *)answer.data == 16777218.0F);
    close_ranks();
}
END_TEST

/* A sum starts from +0, so the sum of −0s is +0. */
START_TEST(sum_of_negative_zeros_is_positive)
{
    open_ranks(2);
    const float zero = -0.0F;
    const struct tw_request request = {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_SUM, 1, &zero, 0, NULL,
                                       0};
    const struct tw_request requests[] = {request, request};
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert(!signbit(*(const float *)answer.data));
    close_ranks();
}
END_TEST

static uint16_t half_sum(enum tw_element element, uint16_t a, uint16_t b, uint16_t c)
{
    const uint16_t values[] = {a, b, c};
    struct tw_request requests[3];
    for (int r = 0; r < 3; r++)
        requests[r] = request_for(TW_SUM, element, 1, &values[r], NULL);
    ck_assert_int_eq(ask(requests), TW_OK);
    return *(const uint16_t *)answer.data;
}

#define bf16_sum(a, b, c) half_sum(TW_ELEMENT_BF16, a, b, c)

/* bf16 is the upper half of an f32: 1 is 3f80, one unit in the last place of it 2^-7.
 * 2^-8 is 3b80, 2^-40 is 2b80. Ties go to even; a tie broken by 2^-40 goes up, although that is
 * below an f32's last place (rounding to f32 on the way would lose it). */
START_TEST(bf16_sums_round_once)
{
    open_ranks(3);
    ck_assert_uint_eq(bf16_sum(0x3f80, 0x3b80, 0), 0x3f80);      /* 1 + 2^-8: tie, to even */
    ck_assert_uint_eq(bf16_sum(0x3f81, 0x3b80, 0), 0x3f82);      /* 1 + 3·2^-8: tie, to even */
    ck_assert_uint_eq(bf16_sum(0x3f80, 0x3b80, 0x2b80), 0x3f81); /* just above the tie */
    ck_assert_uint_eq(bf16_sum(0x3f80, 0x3b80, 0xab80), 0x3f80); /* just below it */
    ck_assert_uint_eq(bf16_sum(0x3f81, 0x3b80, 0xab80), 0x3f81); /* just below the other */
    ck_assert_uint_eq(bf16_sum(0xbf80, 0xbb80, 0xab80), 0xbf81); /* negative likewise */
    ck_assert_uint_eq(bf16_sum(0x7f7f, 0x7f7f, 0), 0x7f80);      /* too large: infinity */
    ck_assert_uint_eq(bf16_sum(0xff7f, 0xff7f, 0), 0xff80);
    ck_assert_uint_eq(bf16_sum(0x7f7f, 0x7b00, 0), 0x7f80);      /* half a unit above the largest */
    ck_assert_uint_eq(bf16_sum(0x0001, 0x0001, 0x0001), 0x0003); /* subnormals are exact */
    ck_assert_uint_eq(bf16_sum(0x7f80, 0x3f80, 0), 0x7f80);
    ck_assert_uint_gt(bf16_sum(0x7f80, 0xff80, 0) & 0x7fff, 0x7f80); /* ∞ − ∞ is a NaN */
    close_ranks();
}
END_TEST

/* f16: 1 is 3c00, 2^-10, the last place of it, 1400, 2^-11 1000, 2^-24 0001; 65504 is 7bff, 16
 * 4c00, 15 4b80. In order: ties to even, by 2^-24 above and below one; less than half a unit above
 * the largest, half a unit (infinity), large only on the way, subnormals. */
START_TEST(f16_sums_round_once)
{
    static const uint16_t rows[][4] = {
        {0x3c00, 0x1000, 0, 0x3c00},      {0x3c01, 0x1000, 0, 0x3c02},
        {0x3c00, 0x1000, 0x0001, 0x3c01}, {0xbc01, 0x9000, 0x0001, 0xbc01},
        {0x7bff, 0x4b80, 0, 0x7bff},      {0x7bff, 0x4c00, 0, 0x7c00},
        {0x7bff, 0x7bff, 0xfbff, 0x7bff}, {0x0001, 0x0001, 0x0001, 0x0003}};
    open_ranks(3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_uint_eq(half_sum(TW_ELEMENT_F16, rows[i][0], rows[i][1], rows[i][2]), rows[i][3]);
    ck_assert_uint_gt(half_sum(TW_ELEMENT_F16, 0x7c00, 0xfc00, 0) & 0x7fff, 0x7c00); /* ∞ − ∞ */
    close_ranks();
}
END_TEST

/* Against the definition, over stretches that are not multiples of anything. */
START_TEST(long_sums_equal_the_definition)
{
    enum { RANKS = 4, COUNT = 5003 };
    open_ranks(RANKS);
    static float values[RANKS][COUNT];
    struct tw_request requests[RANKS];
    uint32_t state = 12345;
    for (int r = 0; r < RANKS; r++) {
        for (int i = 0; i < COUNT; i++) {
            state = state * 1664525U + 1013904223U;
            values[r][i] = (float)(int32_t)state * 0x1p-20F;
        }
        requests[r] = request_for(TW_SUM, TW_ELEMENT_F32, COUNT, values[r], NULL);
    }
    ck_assert_int_eq(ask(requests), TW_OK);
    const float *sums = answer.data;
    for (int i = 0; i < COUNT; i++) {
        double sum = 0;
        for (int r = 0; r < RANKS; r++)
            sum += (double)values[r][i];
        if (sums[i] != (float)sum)
            ck_abort_msg("element %d (linear congruential generator, seed 12345)", i);
    }
    for (int r = 0; r < RANKS; r++)
        requests[r].combine = TW_COMBINE_MAX;
    ck_assert_int_eq(ask(requests), TW_OK);
    sums = answer.data;
    for (int i = 0; i < COUNT; i++) {
        float most = fmaxf(fmaxf(values[0][i], values[1][i]), fmaxf(values[2][i], values[3][i]));
        if (sums[i] != most)
            ck_abort_msg("maximum %d (linear congruential generator, seed 12345)", i);
    }
    close_ranks();
}
END_TEST

START_TEST(whole_numbers_are_exact_and_wrap)
{
    open_ranks(2);
    const uint64_t wide[2][2] = {{0x1p63, 3}, {0x1p63, (1ULL << 60) + 1}};
    const uint32_t narrow[2][2] = {{0xffffffffU, 7}, {2, 9}};
    struct tw_request requests[2];
    for (int r = 0; r < 2; r++)
        requests[r] = request_for(TW_SUM, TW_ELEMENT_U64, 2, wide[r], NULL);
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert_uint_eq(((const uint64_t *)answer.data)[0], 0);
    ck_assert_uint_eq(((const uint64_t *)answer.data)[1], (1ULL << 60) + 4);
    for (int r = 0; r < 2; r++)
        requests[r] = request_for(TW_SUM, TW_ELEMENT_U32, 2, narrow[r], NULL);
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert_uint_eq(((const uint32_t *)answer.data)[0], 1);
    ck_assert_uint_eq(((const uint32_t *)answer.data)[1], 16);
    for (int r = 0; r < 2; r++)
        requests[r].combine = TW_COMBINE_MAX;
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert_uint_eq(((const uint32_t *)answer.data)[0], 0xffffffffU);
    ck_assert_uint_eq(((const uint32_t *)answer.data)[1], 9);
    close_ranks();
}
END_TEST

START_TEST(a_nan_wins_every_maximum)
{
    open_ranks(2);
    const float values[2][4] = {{NAN, 1, 0.0F, -INFINITY}, {1, NAN, -0.0F, -3}};
    struct tw_request requests[2];
    for (int r = 0; r < 2; r++)
        requests[r] =
            (struct tw_request){TW_SUM, TW_ELEMENT_F32, TW_COMBINE_MAX, 4, values[r], 0, NULL, 0};
    ck_assert_int_eq(ask(requests), TW_OK);
    const float *most = answer.data;
    ck_assert(isnan(most[0]) && isnan(most[1]) && !signbit(most[2]) && most[3] == -3);
    close_ranks();
}
END_TEST

/* ---- the other kinds ---- */

START_TEST(gather_keeps_every_rank_apart)
{
    open_ranks(3);
    const unsigned char bytes[] = "abcde";
    const struct tw_request requests[] = {
        {TW_GATHER, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 2, bytes, 0, NULL, 0},
        {TW_GATHER, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 0, NULL, 0, NULL, 0},
        {TW_GATHER, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 3, bytes + 2, 0, NULL, 0},
    };
    ck_assert_int_eq(ask(requests), TW_OK);
    static const uint64_t starts[] = {0, 2, 2, 5};
    ck_assert_uint_eq(answer.count, 5);
    ck_assert(memcmp(answer.starts, starts, sizeof starts) == 0);
    ck_assert(memcmp(answer.data, "abcde", 5) == 0);
    close_ranks();
}
END_TEST

START_TEST(broadcast_gives_the_roots_data)
{
    open_ranks(2);
    const uint32_t values[] = {7, 8};
    const struct tw_request requests[] = {
        {TW_BROADCAST, TW_ELEMENT_U32, TW_COMBINE_SUM, 2, NULL, 1, NULL, 0},
        {TW_BROADCAST, TW_ELEMENT_U32, TW_COMBINE_SUM, 2, values, 1, NULL, 0},
    };
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert_uint_eq(answer.count, 2);
    ck_assert(memcmp(answer.data, values, sizeof values) == 0);
    close_ranks();
}
END_TEST

/* Rank r sends r·10 + q to rank q, and q of them to make the inboxes unequal. */
START_TEST(all_to_all_hands_out_inboxes_by_sender)
{
    open_ranks(3);
    static const uint32_t data[3][3] = {{1, 2, 2}, {11, 12, 12}, {21, 22, 22}};
    static const uint64_t counts[] = {0, 1, 2};
    struct tw_request requests[3];
    for (int r = 0; r < 3; r++)
        requests[r] = request_for(TW_ALL_TO_ALL, TW_ELEMENT_U32, 3, data[r], counts);
    answer.count = 99;
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert_uint_eq(answer.count, 99); /* untouched */
    static const uint32_t second[] = {1, 11, 21}, third[] = {2, 2, 12, 12, 22, 22};
    static const uint64_t third_starts[] = {0, 2, 4, 6};
    ck_assert_uint_eq(inboxes[0].count, 0);
    ck_assert_uint_eq(inboxes[1].count, 3);
    ck_assert(memcmp(inboxes[1].data, second, sizeof second) == 0);
    ck_assert_uint_eq(inboxes[2].count, 6);
    ck_assert(memcmp(inboxes[2].data, third, sizeof third) == 0);
    ck_assert(memcmp(inboxes[2].starts, third_starts, sizeof third_starts) == 0);
    ck_assert_int_eq(inboxes[2].kind, TW_ALL_TO_ALL);
    close_ranks();
}
END_TEST

START_TEST(reduce_scatter_hands_out_sums)
{
    open_ranks(3);
    static const float data[3][4] = {{1, 2, 3, 4}, {10, 20, 30, 40}, {100, 200, 300, 400}};
    static const uint64_t counts[] = {1, 0, 3};
    struct tw_request requests[3];
    for (int r = 0; r < 3; r++)
        requests[r] = request_for(TW_REDUCE_SCATTER, TW_ELEMENT_F32, 4, data[r], counts);
    ck_assert_int_eq(ask(requests), TW_OK);
    static const float last[] = {222, 333, 444};
    ck_assert_uint_eq(inboxes[0].count, 1);
    ck_assert(*(const float *)inboxes[0].data == 111);
    ck_assert_uint_eq(inboxes[1].count, 0);
    ck_assert_uint_eq(inboxes[2].count, 3);
    const float *sums = inboxes[2].data;
    ck_assert(sums[0] == last[0] && sums[1] == last[1] && sums[2] == last[2]);
    ck_assert_ptr_null(inboxes[2].starts);
    close_ranks();
}
END_TEST

/* ---- refusals ---- */

/* Rank 0 asks for `kind` of four f32; rank 1 for `own`, which differs in one thing. */
START_TEST(requests_must_agree)
{
    static const float data[4] = {1, 2, 3, 4};
    static const uint64_t counts[] = {2, 2}, others[] = {1, 3};
    static const struct {
        enum tw_request_kind kind;
        struct tw_request own;
        const char *word;
    } rows[] = {
        {TW_SUM, {TW_GATHER, TW_ELEMENT_F32, TW_COMBINE_SUM, 4, data, 0, counts, 0}, "kind"},
        {TW_GATHER, {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_SUM, 4, data, 0, counts, 0}, "kind"},
        {TW_SUM, {TW_SUM, TW_ELEMENT_U32, TW_COMBINE_SUM, 4, data, 0, counts, 0}, "element"},
        {TW_GATHER, {TW_GATHER, TW_ELEMENT_U32, TW_COMBINE_SUM, 4, data, 0, counts, 0}, "element"},
        {TW_SUM, {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_SUM, 3, data, 0, counts, 0}, "count"},
        {TW_BROADCAST, {TW_BROADCAST, TW_ELEMENT_F32, 0, 3, data, 0, counts, 0}, "count"},
        {TW_SUM, {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_MAX, 4, data, 0, counts, 0}, "combine"},
        {TW_REDUCE_SCATTER,
         {TW_REDUCE_SCATTER, 0, TW_COMBINE_MAX, 4, data, 0, counts, 0},
         "combine"},
        {TW_BROADCAST, {TW_BROADCAST, TW_ELEMENT_F32, 0, 4, data, 1, counts, 0}, "root"},
        {TW_REDUCE_SCATTER, {TW_REDUCE_SCATTER, 0, 0, 4, data, 0, others, 0}, "reduce for rank 0"},
        {TW_SUM, {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_SUM, 4, NULL, 0, counts, 0}, "no data"},
        {TW_ALL_TO_ALL, {TW_ALL_TO_ALL, TW_ELEMENT_F32, 0, 4, NULL, 0, counts, 0}, "no data"},
        {TW_ALL_TO_ALL, {TW_ALL_TO_ALL, TW_ELEMENT_F32, 0, 4, data, 0, NULL, 0}, "without counts"},
    };
    open_ranks(2);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct tw_request first = request_for(rows[i].kind, TW_ELEMENT_F32, 4, data, counts);
        struct tw_request requests[] = {first, first};
        ck_assert_int_eq(ask(requests), TW_OK);
        requests[1] = rows[i].own;
        ck_assert_int_eq(ask(requests), TW_INTERNAL);
        ck_assert_msg(strstr(err.text, rows[i].word) != NULL, "row %zu: '%s' does not say '%s'", i,
                      err.text, rows[i].word);
    }
    close_ranks();
}
END_TEST

START_TEST(what_cannot_be_done_is_said)
{
    open_ranks(1);
    const uint64_t value = 1;
    struct tw_request request = {TW_SUM, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 1, &value, 0, NULL, 0};
    ck_assert_int_eq(ask(&request), TW_INTERNAL);
    ck_assert_str_eq(err.text, "elements of type byte have no sum");
    request.kind = TW_MERGE;
    ck_assert_int_eq(ask(&request), TW_INTERNAL); /* no room for its one element */
    request.room = 1;
    ck_assert_int_eq(ask(&request), TW_REFUSED);
    request =
        (struct tw_request){TW_BROADCAST, TW_ELEMENT_U64, TW_COMBINE_SUM, 1, &value, 1, NULL, 0};
    ck_assert_int_eq(ask(&request), TW_INTERNAL); /* root 1 of 1 */
    request = request_for(TW_GATHER, TW_ELEMENT_U64, 1ULL << 62, &value, NULL);
    ck_assert_int_eq(ask(&request), TW_MEMORY);
    request = request_for(TW_GATHER, TW_ELEMENT_U64, 1, &value, NULL);
    ck_assert_int_eq(transport.exchange(&transport, &request, NULL, NULL, &err), TW_INTERNAL);
    ck_assert_int_eq(ask(&request), TW_OK); /* and it goes on working */
    close_ranks();
    ck_assert_int_eq(tw_transport_memory(&transport, 0, &err), TW_INTERNAL);
}
END_TEST

/* Exchanges no larger than the first live at its address: nothing was allocated anew. The inboxes
 * of an all-to-all are aligned apart, which makes it the largest here. */
START_TEST(memory_is_kept)
{
    open_ranks(2);
    static const double data[1000];
    const uint64_t counts[] = {500, 500};
    struct tw_request requests[2];
    for (int r = 0; r < 2; r++)
        requests[r] = request_for(TW_ALL_TO_ALL, TW_ELEMENT_F64, 1000, data, counts);
    ck_assert_int_eq(ask(requests), TW_OK);
    const void *first = inboxes[0].data;
    static const enum tw_request_kind kinds[] = {TW_SUM, TW_BROADCAST, TW_GATHER};
    for (int i = 0; i < 3; i++) {
        requests[0].kind = requests[1].kind = kinds[i];
        ck_assert_int_eq(ask(requests), TW_OK);
        ck_assert_ptr_eq(answer.data, first);
    }
    requests[0].kind = requests[1].kind = TW_REDUCE_SCATTER;
    ck_assert_int_eq(ask(requests), TW_OK);
    ck_assert_ptr_eq(inboxes[0].data, first);
    close_ranks();
    ck_assert_ptr_null(transport.state);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transport");
    TCase *tcase = tcase_create("memory");
    tcase_add_test(tcase, sums_in_rank_order_and_rounds_once);
    tcase_add_test(tcase, sum_of_negative_zeros_is_positive);
    tcase_add_test(tcase, bf16_sums_round_once);
    tcase_add_test(tcase, f16_sums_round_once);
    tcase_add_test(tcase, long_sums_equal_the_definition);
    tcase_add_test(tcase, whole_numbers_are_exact_and_wrap);
    tcase_add_test(tcase, a_nan_wins_every_maximum);
    tcase_add_test(tcase, gather_keeps_every_rank_apart);
    tcase_add_test(tcase, broadcast_gives_the_roots_data);
    tcase_add_test(tcase, all_to_all_hands_out_inboxes_by_sender);
    tcase_add_test(tcase, reduce_scatter_hands_out_sums);
    tcase_add_test(tcase, requests_must_agree);
    tcase_add_test(tcase, what_cannot_be_done_is_said);
    tcase_add_test(tcase, memory_is_kept);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
