/* links: tw_results */
/* Figures of some methods only, and of points that share a key. */
#include "results_case.h"

static const char points[] = "key,method,nodes,bandwidth_Bps,rep,step_time_s\n"
                             "ka,a,8,125000000,0,1\n"
                             "kb,b,8,125000000,0,2\n"
                             "kc,c,8,125000000,0,3\n";

/* It has files of its own, its methods, and the baseline in any case. */
START_TEST(a_part_holds_its_methods_and_the_baseline)
{
    static const char *const methods[] = {"b"};
    const struct tw_figure_part part = {"some", methods, 1};
    struct tw_err err = {0};
    int drawn;
    put_text(in_scratch("points.csv"), points);
    CHECK_OK(
        tw_figure_draw_part(scratch, "speedup-vs-bandwidth", &part, NULL, NULL, "a", &drawn, &err));
    char *script = text_of(in_scratch("plots/some.gp"));
    ck_assert_ptr_nonnull(strstr(script, "some.csv"));
    ck_assert_ptr_nonnull(strstr(script, "'b'"));
    ck_assert_ptr_eq(strstr(script, "'c'"), NULL);
    free(script);
}
END_TEST

START_TEST(an_unknown_method_is_named)
{
    static const char *const methods[] = {"b", "d"};
    const struct tw_figure_part part = {"some", methods, 2};
    struct tw_err err = {0};
    int drawn;
    put_text(in_scratch("points.csv"), points);
    ck_assert_int_eq(
        tw_figure_draw_part(scratch, "time-vs-bandwidth", &part, NULL, NULL, "a", &drawn, &err),
        TW_UNKNOWN);
    ck_assert_ptr_nonnull(strstr(err.text, "'d' has no row"));
}
END_TEST

/* Dense has no ratio: one key, a point for each value of the axis, and a curve in each panel. */
START_TEST(a_shared_key_is_drawn_in_every_panel)
{
    struct tw_err err = {0};
    int drawn, lines = 0;
    put_text(in_scratch("points.csv"), "key,method,nodes,bandwidth_Bps,rep,total_time_s,rho\n"
                                       "kd,dense,8,125000000,0,9,0.01\n"
                                       "k1,topk,8,125000000,0,9,0.01\n"
                                       "kd,dense,8,125000000,0,9,0.05\n"
                                       "k2,topk,8,125000000,0,9,0.05\n");
    put_text(in_scratch("steps.csv"), "key,step,time_s,loss\nkd,0,0,2\nkd,1,9,1\nk1,0,0,2\n"
                                      "k1,1,9,1\nk2,0,0,2\nk2,1,9,1\n");
    CHECK_OK(tw_figure_draw(scratch, "loss-vs-time", NULL, NULL, NULL, &drawn, &err));
    char *data = text_of(in_scratch("plots/loss-vs-time.csv"));
    for (const char *at = data; (at = strstr(at, ",dense\n")); at++)
        lines++;
    free(data);
    ck_assert_int_eq(lines, 4); /* two steps in each of two panels */
}
END_TEST

RUN_SUITE("results_part", a_shared_key_is_drawn_in_every_panel,
          a_part_holds_its_methods_and_the_baseline, an_unknown_method_is_named)
