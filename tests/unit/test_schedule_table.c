/* links: tw_collective */
/* A schedule from a table: ports, cost, and the proof that it computes what it says. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "collective/table.h"

/* Two ranks, one block: rank 1 gives, rank 0 adds and gives back. */
static const struct tw_step_piece pieces[] = {{1, TW_TABLE_COMBINE, 0, 1},
                                              {1, TW_TABLE_SEND, 0, 1},
                                              {0, TW_TABLE_SEND, 0, 1},
                                              {0, TW_TABLE_COPY, 0, 1}};
static const uint32_t starts[] = {0, 1, 2, 3, 4};
static const struct tw_step_table there_and_back = {.kind = TW_SUM,
                                                    .ranks = 2,
                                                    .steps = 2,
                                                    .blocks = 1,
                                                    .pieces_max = 1,
                                                    .one_port = 1,
                                                    .starts = starts,
                                                    .pieces = pieces};

START_TEST(a_right_table_is_an_algorithm)
{
    struct tw_err err = {0};
    const struct tw_algorithm *algorithm = tw_table_algorithm(&there_and_back);
    struct tw_layout layout = {.kind = TW_SUM,
                               .element = TW_ELEMENT_F32,
                               .element_B = 4,
                               .ranks = 2,
                               .count = 100,
                               .table = &there_and_back};
    ck_assert_msg(tw_table_verify(&there_and_back, &err) == TW_OK, "%s", err.text);
    ck_assert_int_eq(algorithm->one_port, 1);
    ck_assert_int_eq(tw_layout_for(algorithm, &layout, &err), TW_OK);
    ck_assert_uint_eq(layout.blocks, 1);
    /* two steps of 400 B, one of which adds */
    ck_assert_double_eq_tol(algorithm->cost(&layout, 1, 1e-2, 1e-3), 2 * (1 + 4) + .4, 1e-12);
    layout.ranks = 3;
    ck_assert_int_eq(tw_layout_for(algorithm, &layout, &err), TW_REFUSED);
    layout.ranks = 2;
    layout.table = NULL;
    ck_assert_int_eq(tw_layout_for(algorithm, &layout, &err), TW_REFUSED);
}
END_TEST

/* Each piece in turn is changed: another action, another peer, another block. */
START_TEST(wrong_tables_are_refused)
{
    for (int i = 0; i < 4; i++)
        for (int how = 0; how < 3; how++) {
            struct tw_step_piece wrong[4];
            struct tw_step_table table = there_and_back;
            struct tw_err err = {0};
            memcpy(wrong, pieces, sizeof pieces);
            table.pieces = wrong;
            if (how == 0)
                wrong[i].action =
                    wrong[i].action == TW_TABLE_COPY ? TW_TABLE_COMBINE : TW_TABLE_COPY;
            else if (how == 1)
                wrong[i].peer = 2;
            else
                wrong[i].block = 1;
            ck_assert_int_ne(tw_table_verify(&table, &err), TW_OK);
            ck_assert_int_ne((int)err.text[0], 0);
        }
}
END_TEST

START_TEST(other_kinds_have_no_algorithm)
{
    struct tw_step_table table = there_and_back;
    table.kind = TW_ALL_TO_ALL;
    ck_assert_ptr_null(tw_table_algorithm(&table));
    table.kind = TW_REDUCE_SCATTER;
    table.one_port = 0;
    ck_assert_int_eq(tw_table_algorithm(&table)->one_port, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule table");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, a_right_table_is_an_algorithm);
    tcase_add_test(tcase, wrong_tables_are_refused);
    tcase_add_test(tcase, other_kinds_have_no_algorithm);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
