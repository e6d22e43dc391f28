/* links: tw_results tw_base */
/* Which rows of points.csv are pairs, and what is left out and counted. */
#include <math.h>
#include "results/compare.h"
#include "results_case.h"

#define HEAD                                                                     \
    "key,method,scenario,network,nodes,ranks,bandwidth_Bps,latency_s,dimension," \
    "compute_source,data_source,target_loss,ratio,island,rep,seed,status,final_loss,rho,rate\n"
/* key and method, then nodes, ratio, rep, status, loss, rho, rate */
#define ROW(key, method, nodes, ratio, rep, status, loss, rho, rate)                              \
    key "," method ",s,n," nodes ",8,1e9,0,10,model,real,," ratio ",1," rep ",7," status "," loss \
        "," rho "," rate "\n"

static tw_status compare_text(const char *text, const char *baseline, const char *tuned,
                              struct tw_table *table, struct tw_compare *compare,
                              struct tw_err *err)
{
    struct tw_compare_request request = {baseline, "final_loss", tuned, 0.95};
    *table = (struct tw_table){0};
    *compare = (struct tw_compare){0};
    *err = (struct tw_err){0};
    ck_assert_int_eq(tw_table_parse(text, strlen(text), "points.csv", table, err), TW_OK);
    return tw_compare_make(table, &request, compare, err);
}

static void drop(struct tw_table *table, struct tw_compare *compare)
{
    tw_compare_free(compare);
    tw_table_free(table);
}

START_TEST(pairs_are_of_one_repetition)
{
    /* the baseline's rows stand in another order: 3 − 1, 5 − 2 */
    static const char text[] = HEAD ROW("a", "m", "4", "0.1", "0", "ok", "3", "", "")
        ROW("b", "m", "4", "0.1", "1", "ok", "5", "", "")
            ROW("c", "base", "4", "", "1", "ok", "2", "", "")
                ROW("d", "base", "4", "", "0", "ok", "1", "", "")
                    ROW("e", "base", "8", "", "0", "ok", "9", "", "");
    struct tw_table table;
    struct tw_compare compare;
    struct tw_err err;
    ck_assert_int_eq(compare_text(text, "base", NULL, &table, &compare, &err), TW_OK);
    ck_assert_int_eq(compare.count, 1);
    ck_assert_int_eq(compare.list[0].paired.pairs, 2);
    ck_assert(fabs(compare.list[0].paired.difference - 2.5) < 1e-12); /* (2 + 3) / 2 */
    /* ratios 3 and 2.5: their geometric mean */
    ck_assert(fabs(compare.list[0].paired.ratio - sqrt(7.5)) < 1e-12);
    drop(&table, &compare);
}
END_TEST

START_TEST(what_is_left_out_is_counted)
{
    static const char text[] = HEAD ROW("a", "m", "4", "", "0", "diverged", "", "", "")
        ROW("b", "m", "4", "", "1", "ok", "", "", "") ROW("c", "m", "4", "", "2", "ok", "5", "", "")
            ROW("d", "m", "4", "", "3", "ok", "5", "", "")
                ROW("e", "base", "4", "", "0", "ok", "1", "", "")
                    ROW("f", "base", "4", "", "1", "ok", "1", "", "")
                        ROW("g", "base", "4", "", "2", "failed_link", "4", "", "");
    struct tw_table table;
    struct tw_compare compare;
    struct tw_err err;
    ck_assert_int_eq(compare_text(text, "base", NULL, &table, &compare, &err), TW_OK);
    const struct tw_comparison *one = &compare.list[0];
    ck_assert_int_eq(one->repetitions, 4);
    ck_assert_int_eq(one->own_failed, 1);
    ck_assert_int_eq(one->own_missed, 1);
    ck_assert_int_eq(one->base_failed, 1);
    ck_assert_int_eq(one->base_missed, 0);
    ck_assert_int_eq(one->lonely, 1);
    ck_assert_int_eq(one->paired.pairs, 0);
    ck_assert_int_eq(one->paired.kind, TW_PAIRED_NONE);
    drop(&table, &compare);
}
END_TEST

START_TEST(axes_decide_and_stand_ins_are_noted)
{
    /* base has rho 0.1 only and stands for 0.5 too; its rate is its own, as it is tuned */
    static const char text[] = HEAD ROW("a", "base", "4", "", "0", "ok", "1", "0.1", "3")
        ROW("b", "m", "4", "0.1", "0", "ok", "2", "0.1", "7")
            ROW("c", "m", "4", "0.5", "0", "ok", "4", "0.5", "9");
    struct tw_table table;
    struct tw_compare compare;
    struct tw_err err;
    int noted = 0;
    ck_assert_int_eq(compare_text(text, "base", "rate", &table, &compare, &err), TW_OK);
    ck_assert_int_eq(compare.count, 2);
    ck_assert(compare.list[1].paired.ratio == 4);
    for (int c = 0; c < compare.column_count; c++) {
        ck_assert_str_ne(table.cells[compare.columns[c]], "rate");
        noted += compare.stands[c] && !strcmp(table.cells[compare.columns[c]], "rho");
    }
    ck_assert_int_eq(noted, 1);
    drop(&table, &compare);

    /* with both values of its own, each meets its like */
    static const char both[] = HEAD ROW("a", "base", "4", "0.1", "0", "ok", "1", "0.1", "")
        ROW("d", "base", "4", "0.5", "0", "ok", "2", "0.5", "")
            ROW("b", "m", "4", "0.1", "0", "ok", "3", "0.1", "")
                ROW("c", "m", "4", "0.5", "0", "ok", "8", "0.5", "")
                    ROW("e", "m", "4", "0.9", "0", "ok", "8", "0.9", "");
    ck_assert_int_eq(compare_text(both, "base", NULL, &table, &compare, &err), TW_OK);
    ck_assert(compare.list[0].paired.ratio == 3);
    ck_assert(compare.list[1].paired.ratio == 4);
    ck_assert_int_eq(compare.list[2].lonely, 1); /* 0.9 is neither */
    drop(&table, &compare);
}
END_TEST

START_TEST(rows_of_one_key_are_one_point)
{
    /* rho changes nothing for the baseline: two rows, one key, and m has a third value */
    static const char text[] = HEAD ROW("a", "base", "4", "", "0", "ok", "1", "0.1", "")
        ROW("a", "base", "4", "", "0", "ok", "1", "0.5", "")
            ROW("b", "m", "4", "", "0", "ok", "2", "0.5", "");
    struct tw_table table;
    struct tw_compare compare;
    struct tw_err err;
    ck_assert_int_eq(compare_text(text, "base", NULL, &table, &compare, &err), TW_OK);
    ck_assert_int_eq(compare.list[0].paired.pairs, 1);
    drop(&table, &compare);
}
END_TEST

START_TEST(refusals_name_what_is_wrong)
{
    /* two points of the baseline that no axis tells apart */
    static const char twice[] = HEAD ROW("a", "base", "4", "0.1", "0", "ok", "1", "", "")
        ROW("b", "base", "4", "0.2", "0", "ok", "1", "", "")
            ROW("c", "m", "4", "", "0", "ok", "2", "", "");
    struct tw_table table;
    struct tw_compare compare;
    struct tw_err err;
    ck_assert_int_eq(compare_text(twice, "base", NULL, &table, &compare, &err), TW_INPUT);
    ck_assert_str_eq(err.text, "points a and b of the baseline 'base' both fit point c");
    drop(&table, &compare);
    ck_assert_int_eq(compare_text(twice, "bas", NULL, &table, &compare, &err), TW_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(err.hint, "base m"));
    drop(&table, &compare);
    ck_assert_int_eq(compare_text("key,method\na,b\n", "b", NULL, &table, &compare, &err),
                     TW_INPUT);
    ck_assert_str_eq(err.text, "points.csv has no column rep");
    drop(&table, &compare);
}
END_TEST

START_TEST(metrics_are_results)
{
    ck_assert(tw_compare_is_metric("step_time_s") && tw_compare_is_metric("steps_to_target"));
    ck_assert(!tw_compare_is_metric("step_time_sd_s") && !tw_compare_is_metric("target_loss"));
    ck_assert(!tw_compare_is_metric("nodes") && !tw_compare_is_metric("steps"));
    ck_assert(!tw_compare_is_metric("status") && !tw_compare_is_metric("nothing"));
}
END_TEST

RUN_SUITE("results_compare", pairs_are_of_one_repetition, what_is_left_out_is_counted,
          axes_decide_and_stand_ins_are_noted, rows_of_one_key_are_one_point,
          refusals_name_what_is_wrong, metrics_are_results)
