/* A line per comparison; its columns are in results/README.md. */
#include <math.h>
#include <string.h>
#include "compare_output.h"
#include "../results/results.h"

const char *tw_compare_method(const struct tw_compare *compare, int i)
{
    return tw_table_text(compare->points, compare->list[i].row,
                         tw_table_column(compare->points, "method"));
}

const struct tw_penalty *tw_compare_penalty(const struct tw_compare_said *said, int i)
{
    const char *method = tw_compare_method(said->compare, i);
    for (int p = 0; p < said->penalty_count; p++)
        if (!strcmp(said->penalties[p].method, method))
            return &said->penalties[p];
    return NULL;
}

const char *tw_compare_pays(const struct tw_compare_said *said, int i)
{
    const struct tw_paired *paired = &said->compare->list[i].paired;
    const struct tw_penalty *penalty = tw_compare_penalty(said, i);
    if (!penalty || isnan(paired->ratio))
        return "";
    if (paired->kind == TW_PAIRED_SINGLE)
        return "undecided";
    int exact = paired->kind == TW_PAIRED_EXACT;
    double low = exact ? paired->ratio : paired->ratio_low;
    double high = exact ? paired->ratio : paired->ratio_high;
    if (penalty->factor * high < 1)
        return "yes";
    return penalty->factor * low >= 1 ? "no" : "undecided";
}

static void real(FILE *to, double value)
{
    fputc(',', to);
    tw_csv_real(to, value);
}

static void text(FILE *to, const char *value)
{
    fputc(',', to);
    tw_csv_text(to, value);
}

static void write_header(const struct tw_compare *compare, FILE *to)
{
    fputs("metric,baseline,method", to);
    for (int c = 0; c < compare->column_count; c++)
        text(to, compare->points->cells[compare->columns[c]]);
    fputs(",repetitions,pairs,lonely,method_failed,baseline_failed,method_missed,baseline_missed,"
          "baseline_mean,method_mean,difference,difference_low,difference_high,relative,"
          "relative_low,relative_high,confidence,interval,verdict,break_even_steps,penalty,"
          "penalty_source,pays\n",
          to);
}

static void write_break_even(const struct tw_compare_said *said, int i, FILE *to)
{
    const struct tw_penalty *penalty = tw_compare_penalty(said, i);
    int is_time = !strcmp(said->request->metric, "step_time_s");
    real(to, is_time ? 1 / said->compare->list[i].paired.ratio : (double)NAN);
    real(to, penalty ? penalty->factor : (double)NAN);
    text(to, penalty ? said->penalty_source : NULL);
    text(to, tw_compare_pays(said, i));
}

static void write_one(const struct tw_compare_said *said, int i, FILE *to)
{
    const struct tw_compare *compare = said->compare;
    const struct tw_comparison *one = &compare->list[i];
    const struct tw_paired *paired = &one->paired;
    tw_csv_text(to, said->request->metric);
    text(to, said->request->baseline);
    text(to, tw_compare_method(compare, i));
    for (int c = 0; c < compare->column_count; c++)
        text(to, tw_table_text(compare->points, one->row, compare->columns[c]));
    fprintf(to, ",%d,%d,%d,%d,%d,%d,%d", one->repetitions, paired->pairs, one->lonely,
            one->own_failed, one->base_failed, one->own_missed, one->base_missed);
    const double numbers[] = {
        paired->base_mean,      paired->own_mean,        paired->difference,
        paired->difference_low, paired->difference_high, paired->ratio,
        paired->ratio_low,      paired->ratio_high,      said->request->confidence};
    for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++)
        real(to, numbers[n]);
    text(to, tw_paired_kind_name(paired->kind));
    text(to, tw_verdict_name(paired->verdict));
    write_break_even(said, i, to);
    fputc('\n', to);
}

void tw_compare_csv(const struct tw_compare_said *said, FILE *to)
{
    write_header(said->compare, to);
    for (int i = 0; i < said->compare->count; i++)
        write_one(said, i, to);
}
