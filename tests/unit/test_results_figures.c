/* links: tw_results tw_base */
/* Figures: the numbers they draw, the panels they cut, and pictures where gnuplot is installed. */
#include <math.h>
#include <sys/stat.h>
#include "results/csv_read.h"
#include "results_case.h"

static FILE *points, *steps;
static int point_count;

static void start_csv(const char *further)
{
    points = fopen(in_scratch("points.csv"), "w");
    steps = fopen(in_scratch("steps.csv"), "w");
    ck_assert(points && steps);
    fprintf(points,
            "key,scenario,method,network,nodes,ranks,bandwidth_Bps,latency_s,ratio,rep,status,"
            "step_time_s,compute_s,compress_s,exposed_s,wait_s,target_loss,total_time_s,island,"
            "sent_B_per_rank,final_loss,time_to_target_s%s\n",
            further);
    fputs("key,step,time_s,loss,accuracy,distance,gradient_norm2\n", steps);
    point_count = 0;
}

/* A point whose step is half compute, a quarter each of compress and exposed. */
static void add_point(const char *method, int nodes, double bandwidth_Bps, const char *ratio,
                      int rep, double step_time_s, const char *further)
{
    double t = step_time_s;
    fprintf(points,
            "k%d,s,%s,maxplus:ideal,%d,%d,%g,2.5e-5,%s,%d,ok,%.17g,%.17g,%.17g,%.17g,0,0.6,"
            "%.17g,1,1000,0.5,7%s\n",
            point_count++, method, nodes, nodes, bandwidth_Bps, ratio, rep, t, t / 2, t / 4, t / 4,
            20 * t, further);
}

/* A value at an evaluated step of the point added last. */
static void add_step(int step, double time_s, double loss, double accuracy)
{
    fprintf(steps, "k%d,%d,%.17g,%.17g,%.17g,%.17g,%.17g\n", point_count - 1, step, time_s, loss,
            accuracy, loss, loss);
}

static void end_csv(void)
{
    ck_assert_int_eq(fclose(points), 0);
    ck_assert_int_eq(fclose(steps), 0);
}

static int has_gnuplot(void)
{
    return system("gnuplot -V >/dev/null 2>&1") == 0;
}

/* Draws without gnuplot: what is tested are the numbers. */
static tw_status draw_numbers(const char *type, const char *baseline, struct tw_err *err)
{
    char path[4096];
    int drawn = -1;
    snprintf(path, sizeof path, "%s", getenv("PATH"));
    ck_assert_int_eq(setenv("PATH", "/nonexistent", 1), 0);
    tw_status status = tw_figure_draw(scratch, type, NULL, NULL, baseline, &drawn, err);
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    ck_assert_int_eq(drawn, 0);
    return status;
}

static void read_numbers(const char *type, struct tw_table *table)
{
    struct tw_err err = {0};
    char name[80];
    snprintf(name, sizeof name, "plots/%s.csv", type);
    CHECK_OK(tw_table_read(in_scratch(name), table, &err));
}

/* The value of a column in the first row of a method, panel and x; fails when there is none. */
static double value_of(const struct tw_table *table, int panel, const char *method, double x,
                       const char *column)
{
    int m = tw_table_column(table, "method"), p = tw_table_column(table, "panel");
    int c = tw_table_column(table, column);
    ck_assert_int_ge(c, 0);
    for (int r = 0; r < table->rows; r++)
        if (!strcmp(tw_table_text(table, r, m), method) && tw_table_real(table, r, p) == panel &&
            (isnan(x) || tw_table_real(table, r, 2) == x))
            return tw_table_real(table, r, c);
    ck_abort_msg("no row of %s in panel %d at %g", method, panel, x);
    return NAN;
}

START_TEST(step_times_are_means_over_repetitions_only)
{
    struct tw_err err = {0};
    struct tw_table table;
    start_csv("");
    add_point("b", 8, 1.25e9, "0.01", 0, .5, "");
    add_point("a", 8, 1.25e8, "", 0, 2, "");
    add_point("a", 8, 1.25e8, "", 1, 4, "");
    add_point("a", 8, 1.25e8, "", 2, 3, "");
    end_csv();
    CHECK_OK(draw_numbers("time-vs-bandwidth", NULL, &err));
    read_numbers("time-vs-bandwidth", &table);
    ck_assert_int_eq(table.rows, 2);
    ck_assert_str_eq(tw_table_text(&table, 0, tw_table_column(&table, "method")), "b");
    ck_assert(value_of(&table, 0, "a", 1.25e8, "step_time_s") == 3);
    ck_assert(value_of(&table, 0, "a", 1.25e8, "step_time_min_s") == 2);
    ck_assert(value_of(&table, 0, "a", 1.25e8, "step_time_max_s") == 4);
    ck_assert(value_of(&table, 0, "a", 1.25e8, "repetitions") == 3);
    tw_table_free(&table);
    ck_assert_int_eq(access(in_scratch("plots/time-vs-bandwidth.gp"), F_OK), 0);
    ck_assert_int_ne(access(in_scratch("plots/time-vs-bandwidth.png"), F_OK), 0);
}
END_TEST

START_TEST(what_varies_gets_a_panel)
{
    struct tw_err err = {0};
    struct tw_table table;
    start_csv(",rho,bw");
    for (int nodes = 16; nodes >= 8; nodes -= 8) {
        add_point("dense", nodes, 1.25e8, "", 0, 8, ",0.01,1Gbps");
        add_point("arc", nodes, 1.25e8, "0.01", 0, nodes, ",0.01,1Gbps");
        add_point("arc", nodes, 1.25e8, "0.05", 0, 2 * nodes, ",0.05,1Gbps");
    }
    end_csv();
    CHECK_OK(draw_numbers("time-vs-bandwidth", NULL, &err));
    read_numbers("time-vs-bandwidth", &table);
    /* nodes ascending × rho: 4 panels; the dense one, whose rho does not vary, is in each */
    ck_assert_int_eq(table.rows, 8);
    ck_assert(value_of(&table, 0, "arc", NAN, "step_time_s") == 8);
    ck_assert(value_of(&table, 1, "arc", NAN, "step_time_s") == 16);
    ck_assert(value_of(&table, 3, "arc", NAN, "step_time_s") == 32);
    for (int panel = 0; panel < 4; panel++)
        ck_assert(value_of(&table, panel, "dense", NAN, "step_time_s") == 8);
    ck_assert_str_eq(tw_table_text(&table, 7, tw_table_column(&table, "shown")),
                     "16 nodes, rho = 0.05");
    tw_table_free(&table);
}
END_TEST

START_TEST(points_that_nothing_tells_apart_are_refused)
{
    struct tw_err err = {0};
    start_csv("");
    add_point("a", 8, 1.25e8, "", 0, 2, "");
    add_point("a", 8, 1.25e8, "", 0, 3, "");
    end_csv();
    ck_assert_int_eq(draw_numbers("time-vs-bandwidth", NULL, &err), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "time-vs-bandwidth: points k"));
    ck_assert_ptr_nonnull(strstr(err.text, "k0"));
    ck_assert_ptr_nonnull(strstr(err.text, "k1"));
    ck_assert_int_ne(access(in_scratch("plots"), F_OK), 0); /* nothing half made */
}
END_TEST

START_TEST(too_many_panels_are_refused)
{
    struct tw_err err = {0};
    start_csv("");
    for (int nodes = 1; nodes <= 30; nodes++)
        add_point("a", nodes, 1.25e8, "", 0, 2, "");
    fflush(points);
    CHECK_OK(draw_numbers("time-vs-bandwidth", NULL, &err));
    add_point("a", 31, 1.25e8, "", 0, 2, "");
    end_csv();
    ck_assert_int_eq(draw_numbers("time-vs-bandwidth", NULL, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "30 panels"));
}
END_TEST

START_TEST(speedups_are_against_the_named_baseline)
{
    struct tw_err err = {0};
    struct tw_table table;
    start_csv("");
    add_point("base", 8, 1.25e8, "", 0, 2, "");
    add_point("base", 8, 1.25e8, "", 1, 4, "");
    add_point("base", 8, 1.25e9, "", 0, 1, "");
    add_point("arc", 8, 1.25e8, "", 0, .5, "");
    add_point("arc", 8, 1.25e8, "", 1, 2, "");
    add_point("arc", 8, 1.25e8, "", 2, 9, ""); /* the baseline has no such repetition */
    add_point("arc", 8, 6.25e9, "", 0, 1, ""); /* nor this bandwidth */
    end_csv();
    CHECK_OK(draw_numbers("speedup-vs-bandwidth", "base", &err));
    read_numbers("speedup-vs-bandwidth", &table);
    ck_assert_int_eq(table.rows, 1);
    /* (2 + 4) ÷ (0.5 + 2) = 2.4, between 4 ÷ 2 = 2 and 2 ÷ 0.5 = 4 */
    ck_assert(value_of(&table, 0, "arc", 1.25e8, "speedup") == 2.4);
    ck_assert(value_of(&table, 0, "arc", 1.25e8, "speedup_min") == 2);
    ck_assert(value_of(&table, 0, "arc", 1.25e8, "speedup_max") == 4);
    tw_table_free(&table);
    char *script = text_of(in_scratch("plots/speedup-vs-bandwidth.gp"));
    ck_assert_ptr_nonnull(strstr(script, "step time of base ÷ step time of the method"));
    free(script);
    ck_assert_int_eq(draw_numbers("speedup-vs-bandwidth", "bse", &err), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "'bse' has no row"));
    ck_assert_ptr_nonnull(strstr(err.hint, "base arc"));
    ck_assert_int_eq(draw_numbers("speedup-vs-bandwidth", NULL, &err), TW_INPUT);
}
END_TEST

START_TEST(bars_add_up_to_the_step)
{
    struct tw_err err = {0};
    struct tw_table table;
    start_csv("");
    for (int i = 0; i < 5;
         i++) { /* five bandwidths: the first, the middle and the last are shown */
        add_point("a", 8, 1.25e8 * (1 << i), "", 0, 2, "");
        add_point("a", 8, 1.25e8 * (1 << i), "", 1, 4, "");
    }
    end_csv();
    CHECK_OK(draw_numbers("breakdown", NULL, &err));
    read_numbers("breakdown", &table);
    ck_assert_int_eq(table.rows, 3);
    ck_assert(value_of(&table, 2, "a", NAN, "step_time_s") == 3);
    ck_assert(value_of(&table, 2, "a", NAN, "compute_s") == 1.5);
    ck_assert(value_of(&table, 2, "a", NAN, "compress_s") == .75);
    ck_assert(value_of(&table, 2, "a", NAN, "exposed_s") == .75);
    ck_assert(value_of(&table, 2, "a", NAN, "wait_s") == 0);
    ck_assert_str_eq(tw_table_text(&table, 1, tw_table_column(&table, "shown")), "4 Gbps");
    tw_table_free(&table);
    char *script = text_of(in_scratch("plots/breakdown.gp"));
    ck_assert_ptr_nonnull(strstr(script, "3 of 5 bandwidths shown"));
    free(script);
}
END_TEST

START_TEST(curves_join_steps_and_end_with_the_first_repetition)
{
    struct tw_err err = {0};
    struct tw_table table;
    start_csv("");
    add_point("a", 8, 1.25e8, "", 0, 1, "");
    add_step(10, 10, 1, .5);
    add_step(0, 0, 2, .25); /* order in the file does not matter */
    add_step(20, 20, .5, .75);
    add_point("a", 8, 1.25e8, "", 1, 2, "");
    add_step(0, 0, 4, .25);
    add_step(10, 30, 2, .25); /* and here it ends: step 20 has no mean */
    end_csv();
    CHECK_OK(draw_numbers("loss-vs-time", NULL, &err));
    read_numbers("loss-vs-time", &table);
    ck_assert_int_eq(table.rows, 2);
    ck_assert(value_of(&table, 0, "a", 0, "loss") == 3);
    ck_assert(value_of(&table, 0, "a", 20, "loss") == 1.5); /* time (10 + 30) ÷ 2 */
    ck_assert(value_of(&table, 0, "a", 20, "loss_min") == 1);
    ck_assert(value_of(&table, 0, "a", 20, "loss_max") == 2);
    tw_table_free(&table);
    char *script = text_of(in_scratch("plots/loss-vs-time.gp"));
    ck_assert_ptr_nonnull(strstr(script, "'target 0.6'"));
    free(script);
    CHECK_OK(draw_numbers("accuracy-vs-time", NULL, &err));
    read_numbers("accuracy-vs-time", &table);
    ck_assert(value_of(&table, 0, "a", 20, "accuracy") == .375);
    tw_table_free(&table);
}
END_TEST

START_TEST(what_is_missing_is_named)
{
    struct tw_err err = {0};
    int drawn;
    ck_assert_int_eq(tw_figure_draw(scratch, "time-vs-bandwith", NULL, NULL, NULL, &drawn, &err),
                     TW_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(err.hint, "did you mean 'time-vs-bandwidth'?"));
    ck_assert_int_eq(tw_figure_draw(scratch, "breakdown", NULL, NULL, NULL, &drawn, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.file, "points.csv"));
    start_csv("");
    end_csv();
    ck_assert_int_eq(draw_numbers("time-vs-bandwidth", NULL, &err), TW_INPUT);
    start_csv("");
    add_point("a", 8, 1.25e8, "", 0, 1, "");
    end_csv();
    ck_assert_int_eq(draw_numbers("loss-vs-time", NULL, &err), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "no value of loss"));
    put_text(in_scratch("points.csv"), "key,method,step_time_s\nk,a,1\nl,b,nan4769\n");
    ck_assert_int_eq(draw_numbers("breakdown", NULL, &err), TW_CORRUPT);
    ck_assert_int_eq(err.line, 3);
    ck_assert_ptr_nonnull(strstr(err.text, "'nan4769' is not a number"));
    put_text(in_scratch("points.csv"), "key,method\nk,a\n");
    ck_assert_int_eq(draw_numbers("breakdown", NULL, &err), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "no column"));
}
END_TEST

static long size_of(const char *type, const char *suffix)
{
    char name[80];
    struct stat about;
    snprintf(name, sizeof name, "plots/%s.%s", type, suffix);
    return stat(in_scratch(name), &about) ? -1 : (long)about.st_size;
}

/* Two methods with names and labels that a careless script would stumble over. */
static json_t *odd_run(void)
{
    start_csv("");
    for (int rep = 0; rep < 2; rep++)
        for (int m = 0; m < 2; m++) {
            add_point(m ? "top_k^2" : "dense", 8, 1.25e8, "", rep, 1 + m + rep, "");
            for (int t = 0; t <= 20; t += 10)
                add_step(t, t * (1 + m), 2.0 / (1 + t), .02 * t);
        }
    end_csv();
    return json_pack("{s:s, s:s}", "dense", "it's \"dense\" 100% `touch hacked` @x", "top_k^2",
                     "Top-K {/Bold 1 %}, ü\nnext");
}

START_TEST(every_figure_is_drawn_and_drawn_again_by_hand)
{
    json_t *labels = odd_run();
    char command[256], name[80];
    int gnuplot = has_gnuplot();
    for (int i = 0; i < tw_figure_count(); i++) {
        struct tw_err err = {0};
        int drawn;
        const char *type = tw_figure_name(i);
        ck_assert(tw_figure_summary(i) && *tw_figure_summary(i));
        CHECK_OK(tw_figure_draw(scratch, type, "Is it's\n  `title` 100 % \"safe\"?\n", labels,
                                "dense", &drawn, &err));
        ck_assert_int_eq(drawn, gnuplot);
        ck_assert_int_gt(size_of(type, "gp"), 500);
        ck_assert_int_gt(size_of(type, "csv"), 60);
        snprintf(name, sizeof name, "plots/%s.gp", type);
        char *script = text_of(in_scratch(name));
        ck_assert_ptr_nonnull(strstr(script, "'Is it''s `title` 100 % \"safe\"?'"));
        free(script);
        if (!gnuplot)
            continue;
        ck_assert_int_gt(size_of(type, "svg"), 2000);
        ck_assert_int_gt(size_of(type, "png"), 5000);
        snprintf(name, sizeof name, "plots/%s.svg", type);
        char *before = text_of(in_scratch(name));
        snprintf(command, sizeof command,
                 "cd %s/plots && rm -f %s.svg %s.png && gnuplot -d %s.gp >said 2>&1", scratch, type,
                 type, type);
        ck_assert_int_eq(system(command), 0);
        char *said = text_of(in_scratch("plots/said"));
        ck_assert_str_eq(said, "");
        ck_assert_int_gt(size_of(type, "png"), 5000);
        char *after = text_of(in_scratch(name));
        ck_assert_str_eq(before, after);
        free(said);
        free(before);
        free(after);
    }
    ck_assert_int_ne(access(in_scratch("plots/hacked"), F_OK), 0);
    json_decref(labels);
}
END_TEST

START_TEST(a_failing_gnuplot_is_quoted)
{
    struct tw_err err = {0};
    int drawn;
    char path[4096];
    json_decref(odd_run());
    ck_assert_int_eq(mkdir(in_scratch("bin"), 0777), 0);
    put_text(in_scratch("bin/gnuplot"), "#!/bin/sh\necho half >breakdown.png\n"
                                        "echo '  ^' >&2; echo 'no fonts here' >&2\nexit 3\n");
    ck_assert_int_eq(chmod(in_scratch("bin/gnuplot"), 0755), 0);
    snprintf(path, sizeof path, "%s", in_scratch("bin"));
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    ck_assert_int_eq(tw_figure_draw(scratch, "breakdown", NULL, NULL, NULL, &drawn, &err), TW_IO);
    ck_assert_int_eq(drawn, 0);
    ck_assert_str_eq(err.text, "gnuplot failed: no fonts here");
    ck_assert_ptr_nonnull(strstr(err.file, "breakdown.gp"));
    ck_assert_int_eq(size_of("breakdown", "png"), -1); /* half a picture is none */
    ck_assert_int_gt(size_of("breakdown", "gp"), 500);
    /* one that says nothing and makes nothing */
    put_text(in_scratch("bin/gnuplot"), "#!/bin/sh\nexit 0\n");
    ck_assert_int_eq(tw_figure_draw(scratch, "breakdown", NULL, NULL, NULL, &drawn, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "made no picture"));
    ck_assert_int_eq(drawn, 0);
}
END_TEST

RUN_SUITE("results_figures", step_times_are_means_over_repetitions_only, what_varies_gets_a_panel,
          points_that_nothing_tells_apart_are_refused, too_many_panels_are_refused,
          speedups_are_against_the_named_baseline, bars_add_up_to_the_step,
          curves_join_steps_and_end_with_the_first_repetition, what_is_missing_is_named,
          every_figure_is_drawn_and_drawn_again_by_hand, a_failing_gnuplot_is_quoted)
