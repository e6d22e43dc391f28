/* links: tw_base tw_collective */
/* What every schedule of list.def must compute: the serial answer, the same bits on every rank. */
#include <math.h>
#include <stdio.h>

#include "laws/schedule_case.h"

static void gives_the_serial_answer(struct schedule_case *c)
{
    if (!case_has_arrays(c))
        return;
    case_fill(c);
    struct tw_err err = {0};
    tw_status status = tw_execute_memory(c->algorithm, &c->layout, c->combine, c->buffers, &err);
    int wrong = status == TW_OK ? case_wrong_rank(c) : -1;
    if (status != TW_OK || wrong >= 0)
        ck_abort_msg("%s %s, %d ranks, %llu elements of %s: rank %d is wrong; %s",
                     tw_request_name(c->layout.kind), c->algorithm->member.name, c->layout.ranks,
                     (unsigned long long)c->layout.count, tw_element_name(c->layout.element), wrong,
                     err.text);
}

START_TEST(results_equal_the_serial_answer)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    static const enum tw_element summed[] = {TW_ELEMENT_F32, TW_ELEMENT_F64, TW_ELEMENT_U32,
                                             TW_ELEMENT_U64};
    for (size_t e = 0; e < sizeof summed / sizeof *summed; e++) {
        case_check_all(algorithm, summed[e], TW_COMBINE_SUM, gives_the_serial_answer);
        case_check_all(algorithm, summed[e], TW_COMBINE_MAX, gives_the_serial_answer);
    }
    if (algorithm->kind == TW_SUM || algorithm->kind == TW_REDUCE_SCATTER ||
        algorithm->kind == TW_MERGE)
        return; /* what these combine must have a sum */
    case_check_all(algorithm, TW_ELEMENT_BF16, TW_COMBINE_SUM, gives_the_serial_answer);
    case_check_all(algorithm, TW_ELEMENT_F16, TW_COMBINE_SUM, gives_the_serial_answer);
    case_check_all(algorithm, TW_ELEMENT_BYTE, TW_COMBINE_SUM, gives_the_serial_answer);
}
END_TEST

START_TEST(many_ranks_agree)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    int many = case_many_ranks(algorithm), power = 1;
    while (2 * power < many)
        power *= 2; /* for those that know only powers of two */
    enum spread spread = algorithm->kind == TW_MERGE ? SPREAD_EVEN : SPREAD_UNEVEN;
    case_check_one(algorithm, TW_ELEMENT_U64, TW_COMBINE_SUM, many, 1500, spread,
                   gives_the_serial_answer);
    case_check_one(algorithm, TW_ELEMENT_U64, TW_COMBINE_SUM, power, 1500, spread,
                   gives_the_serial_answer);
}
END_TEST

/* Sums of random reals depend on the order of the additions, but not on who asks. */
static void gives_one_answer(struct schedule_case *c)
{
    int wide = c->layout.element == TW_ELEMENT_F64;
    if (!case_has_arrays(c))
        return;
    for (int r = 0; r < c->layout.ranks; r++) {
        for (uint64_t i = 0; i < c->n; i++) {
            /* 53 random bits, over six orders of magnitude, both signs */
            uint64_t hash = case_hash((uint64_t)r, i);
            double value = ldexp((double)(hash >> 11) - 0x1p52, -52 - (int)(hash % 20));
            if (wide)
                ((double *)c->buffers[r])[i] = value;
            else
                ((float *)c->buffers[r])[i] = (float)value;
        }
    }
    tw_status status = tw_execute_memory(c->algorithm, &c->layout, c->combine, c->buffers, NULL);
    size_t bytes = (size_t)c->n * c->layout.element_B;
    for (int r = 0; r < c->layout.ranks; r++)
        if (status != TW_OK || memcmp(c->buffers[r], c->buffers[0], bytes) != 0)
            ck_abort_msg("%s %s, %d ranks, %llu elements: rank %d differs from rank 0",
                         tw_request_name(c->layout.kind), c->algorithm->member.name,
                         c->layout.ranks, (unsigned long long)c->layout.count, r);
}

START_TEST(ranks_agree_bit_by_bit)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    if (algorithm->kind == TW_REDUCE_SCATTER || algorithm->kind == TW_ALL_TO_ALL)
        return; /* no two ranks end with the same */
    case_check_all(algorithm, TW_ELEMENT_F32, TW_COMBINE_SUM, gives_one_answer);
    case_check_all(algorithm, TW_ELEMENT_F64, TW_COMBINE_SUM, gives_one_answer);
    case_check_all(algorithm, TW_ELEMENT_F32, TW_COMBINE_MAX, gives_one_answer);
}
END_TEST

START_TEST(one_rank_takes_no_step)
{
    struct schedule_case c = {0};
    ck_assert(case_open(&c, tw_algorithm_at(_i), TW_ELEMENT_U64, 1, 5, SPREAD_EVEN));
    ck_assert_int_eq(c.algorithm->steps(&c.layout), 0);
    ck_assert(c.algorithm->cost(&c.layout, 1, 1, 1) == 0);
    case_close(&c);
}
END_TEST

START_TEST(members_are_described)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    ck_assert_ptr_eq(tw_algorithm_find(algorithm->kind, algorithm->member.name), algorithm);
    ck_assert_uint_eq(algorithm->member.requests, 1U << algorithm->kind);
    ck_assert_uint_gt(strlen(algorithm->member.summary), 0);
    ck_assert_uint_gt(strlen(algorithm->member.source), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws_schedules");
    TCase *tcase = tcase_create("list");
    int count = tw_algorithm_count();
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, members_are_described, 0, count);
    tcase_add_loop_test(tcase, one_rank_takes_no_step, 0, count);
    tcase_add_loop_test(tcase, results_equal_the_serial_answer, 0, count);
    tcase_add_loop_test(tcase, many_ranks_agree, 0, count);
    tcase_add_loop_test(tcase, ranks_agree_bit_by_bit, 0, count);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
