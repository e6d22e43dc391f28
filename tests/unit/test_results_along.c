/* links: tw_results tw_base */
/* Figures of a value along nodes, islands and bandwidths, and of curves against steps: the numbers
 * they draw. */
#include <math.h>
#include "results/csv_read.h"
#include "results_case.h"

static FILE *points, *steps;

static void start_csv(void)
{
    points = fopen(in_scratch("points.csv"), "w");
    steps = fopen(in_scratch("steps.csv"), "w");
    ck_assert(points && steps);
    fputs("key,scenario,method,network,nodes,ranks,island,bandwidth_Bps,rep,status,step_time_s,"
          "sent_B_per_rank,final_loss,target_loss,time_to_target_s,total_time_s\n",
          points);
    fputs("key,step,time_s,loss,accuracy,distance,gradient_norm2\n", steps);
}

/* A run of four evaluated steps of 50, whose loss is `loss` at the third and thrice that at the
 * fourth; it reaches its target when the loss is below 1. */
static void add_run(int number, const char *method, int nodes, int island, int rep, double loss)
{
    fprintf(points, "k%d,s,%s,maxplus:ideal,%d,%d,%d,1.25e9,%d,ok,%d,%d,%.17g,1,", number, method,
            nodes, 8 * nodes, island, rep, nodes + rep, 100 * nodes, 3 * loss);
    if (3 * loss < 1)
        fputs("0.5", points);
    fputs(",200\n", points);
    for (int e = 1; e <= 4; e++)
        fprintf(steps, "k%d,%d,%d,%.17g,,%d,%d\n", number, 50 * e, e,
                e < 3 ? 1000 : (e == 3 ? loss : 3 * loss), 10 - e, 100 - e);
}

static void draw(const char *type, struct tw_table *table)
{
    struct tw_err err = {0};
    char path[4096], name[80];
    int drawn = -1;
    ck_assert_int_eq(fclose(points) | fclose(steps), 0);
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0); /* numbers, no pictures */
    CHECK_OK(tw_figure_draw(scratch, type, NULL, NULL, NULL, &drawn, &err));
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    snprintf(name, sizeof name, "plots/%s.csv", type);
    CHECK_OK(tw_table_read(in_scratch(name), table, &err));
}

/* The value of a column in the first row of a method at x; NAN when there is none. */
static double value_of(const struct tw_table *table, const char *method, double x,
                       const char *column)
{
    int m = tw_table_column(table, "method"), c = tw_table_column(table, column);
    ck_assert_int_ge(c, 0);
    for (int r = 0; r < table->rows; r++)
        if (!strcmp(tw_table_text(table, r, m), method) && tw_table_real(table, r, 2) == x)
            return tw_table_real(table, r, c);
    return NAN;
}

static void add_sweep(void)
{
    int number = 0;
    start_csv();
    for (int nodes = 2; nodes <= 4; nodes *= 2)
        for (int rep = 0; rep < 2; rep++) {
            add_run(number++, "a", nodes, 1, rep, 0.25 / nodes);
            add_run(number++, "b", nodes, 1, rep, 8.0 / nodes + rep);
        }
}

/* Ranks go with nodes, so they make no panels of their own; nodes + rep has mean nodes + ½. */
START_TEST(a_sweep_of_nodes_is_one_line_per_method)
{
    static const struct {
        const char *type, *column;
        double expected[2]; /* of method b on 2 and 4 nodes, mean of two repetitions */
    } cases[] = {{"time-vs-nodes", "step_time_s", {2.5, 4.5}},
                 {"bytes-vs-nodes", "sent_B_per_rank", {200, 400}},
                 {"loss-vs-nodes", "final_loss", {13.5, 7.5}}, /* 3·(8/n + ½) */
                 {"floor-vs-nodes", "floor", {9, 5}}};         /* (1 + 3)/2·(8/n + ½) */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tw_table table;
        add_sweep();
        draw(cases[i].type, &table);
        ck_assert_int_eq(table.rows, 4);
        for (int j = 0; j < 2; j++)
            ck_assert_msg(value_of(&table, "b", 2 * (j + 1), cases[i].column) ==
                              cases[i].expected[j],
                          "%s", cases[i].type);
        ck_assert(value_of(&table, "b", 2, "repetitions") == 2);
        tw_table_free(&table);
    }
}
END_TEST

START_TEST(islands_are_an_axis)
{
    static const char *const types[] = {"time-vs-island", "loss-vs-island"};
    static const char *const columns[] = {"step_time_s", "final_loss"};
    static const double expected[] = {4, 1.5};
    for (int i = 0; i < 2; i++) {
        struct tw_table table;
        start_csv();
        add_run(0, "a", 4, 1, 0, 1);
        add_run(1, "a", 4, 8, 0, .5);
        draw(types[i], &table);
        ck_assert_int_eq(table.rows, 2);
        ck_assert(value_of(&table, "a", 8, columns[i]) == expected[i]);
        tw_table_free(&table);
    }
}
END_TEST

/* A method that never comes to its target has no line, not one at 0. */
START_TEST(targets_not_reached_are_left_out)
{
    struct tw_table table;
    start_csv();
    add_run(0, "a", 4, 1, 0, .1);
    add_run(1, "b", 4, 1, 0, 5);
    draw("target-vs-bandwidth", &table);
    ck_assert_int_eq(table.rows, 1);
    ck_assert(value_of(&table, "a", 1.25e9, "time_to_target_s") == .5);
    tw_table_free(&table);
}
END_TEST

START_TEST(curves_go_by_steps)
{
    static const struct {
        const char *type, *column;
        double expected; /* at step 150 */
    } cases[] = {{"loss-vs-step", "loss", .25},
                 {"distance-vs-step", "distance", 7},
                 {"gradient-vs-step", "gradient_norm2", 97}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tw_table table;
        start_csv();
        add_run(0, "a", 4, 1, 0, .25);
        draw(cases[i].type, &table);
        ck_assert_int_eq(table.rows, 4);
        ck_assert(value_of(&table, "a", 150, cases[i].column) == cases[i].expected);
        tw_table_free(&table);
    }
}
END_TEST

/* Of 10,001 steps about 300 are drawn, the first and the last among them. */
START_TEST(long_curves_are_thinned)
{
    struct tw_table table;
    start_csv();
    fputs("k0,s,a,maxplus:ideal,4,4,1,1.25e9,0,ok,1,1,1,,,10000\n", points);
    for (int s = 0; s <= 10000; s++)
        fprintf(steps, "k0,%d,%d,%d,,,\n", s, s, 20000 - s);
    draw("loss-vs-step", &table);
    ck_assert_int_ge(table.rows, 295);
    ck_assert_int_le(table.rows, 301);
    ck_assert(value_of(&table, "a", 0, "loss") == 20000);
    ck_assert(value_of(&table, "a", 10000, "loss") == 10000);
    tw_table_free(&table);
}
END_TEST

RUN_SUITE("results_along", a_sweep_of_nodes_is_one_line_per_method, islands_are_an_axis,
          targets_not_reached_are_left_out, curves_go_by_steps, long_curves_are_thinned)
