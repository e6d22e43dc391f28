/* links: tw_train */
/* Optimizers by hand, learning rates, clipping; and a plan says what each does. */
#include "train_toys.h"

#include "train/pace.h"

/* Gradient 1 + w_0/4 on both values of every rank. */
static void slope(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    (void)step;
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = 1 + w[0] / 4;
}

static void optimizer(struct toy_run *r, const char *name, const char *options)
{
    r->setup.optimizer = tw_optimizer_find(name, r->setup.precision);
    ck_assert_ptr_nonnull(r->setup.optimizer);
    toy_options(&r->setup.optimizer->member, options, r->optimizer);
}

static double *path_of(enum tw_precision precision, const char *name, const char *options,
                       uint32_t steps)
{
    struct toy toy = {.gradient = slope, .loss = toy_half_norm2};
    static struct toy_run r;
    toy_add(&toy, 1, 2);
    toy_setup(&r, precision, &toy);
    r.setup.ranks = 2;
    r.setup.steps = steps;
    toy_compressor(&r, "none", "");
    toy_feedback(&r, "none", "");
    optimizer(&r, name, options);
    return toy_path(&r, &toy);
}

/* Each against its formula, written out in double. */
enum { STEPS = 30 };

static void check_path(const char *name, const char *options, const double *expected)
{
    for (int precision = TW_FP32; precision <= TW_FP64; precision++) {
        double *path = path_of(precision, name, options, STEPS);
        for (int t = 0; t <= STEPS; t++)
            ck_assert_msg(fabs(path[2 * t + 1] - expected[t]) <= (precision ? 1e-13 : 1e-5),
                          "%s %s, fp%d, step %d: %.17g, not %.17g", name, options,
                          precision ? 64 : 32, t, path[2 * t + 1], expected[t]);
        free(path);
    }
}

START_TEST(nesterov_by_hand)
{
    double w[STEPS + 1] = {0}, v = 0;
    for (int t = 0; t < STEPS; t++) {
        const double g = 1 + w[t] / 4;
        v = 0.5 * v + g;
        w[t + 1] = w[t] - 0.25 * (g + 0.5 * v);
    }
    check_path("sgd", "rate=0.25 momentum=0.5 nesterov=yes", w);
    ck_assert_double_eq(w[1], -0.375); /* ¼(1 + ½) */
}
END_TEST

static void adam_by_hand(double *w, double inside, double outside, int freeze)
{
    double m = 0, v = 0;
    for (int t = 0; t < STEPS; t++) {
        const double g = 1 + w[t] / 4 + inside * w[t];
        const int moves = !freeze || t < freeze, count = moves ? t + 1 : freeze;
        m = 0.8 * m + 0.2 * g;
        if (moves)
            v = 0.9 * v + 0.1 * g * g;
        w[t + 1] =
            w[t] - 0.05 * (m / (1 - pow(0.8, t + 1)) / (sqrt(v / (1 - pow(0.9, count))) + 1e-3) +
                           outside * w[t]);
    }
}

START_TEST(adam_is_its_formula)
{
    static const struct {
        const char *name, *options;
        double inside, outside;
        int freeze;
    } rows[] = {{"adam", "", 0, 0, 0},
                {"adam", " weight_decay=0.3", 0.3, 0, 0},
                {"adam", " freeze=4", 0, 0, 4},
                {"adamw", " weight_decay=0.3", 0, 0.3, 0},
                {"adamw", "", 0, 0.01, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double w[STEPS + 1] = {0};
        char options[128];
        snprintf(options, sizeof options, "rate=0.05 beta1=0.8 beta2=0.9 epsilon=0.001%s",
                 rows[i].options);
        adam_by_hand(w, rows[i].inside, rows[i].outside, rows[i].freeze);
        check_path(rows[i].name, options, w);
    }
}
END_TEST

/* Adam's first step has the size γ/(1 + ε/|g|), whatever the gradient's: 1e-8 is lost of 1. */
START_TEST(adam_first_step)
{
    double *path = path_of(TW_FP64, "adam", "rate=0.25", 1);
    ck_assert_double_eq_tol(path[2], -0.25, 1e-8);
    free(path);
}
END_TEST

/* ‖(g, g)‖ = g√2, scaled to 1 where longer: −γ/√2 on each value. */
START_TEST(clipping_by_hand)
{
    double *path = path_of(TW_FP64, "sgd", "rate=0.5 clip=1", 2);
    ck_assert_double_eq_tol(path[2], -0.5 / sqrt(2), 1e-15);
    double *free_path = path_of(TW_FP64, "sgd", "rate=0.5 clip=2", 2);
    ck_assert_double_eq(free_path[2], -0.5);
    free(path);
    free(free_path);
}
END_TEST

/* ---- learning rates ---- */

static double rate_at(const char *options, uint32_t step)
{
    const struct tw_optimizer *sgd = tw_optimizer_find("sgd", TW_FP32);
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    struct tw_err err = {0};
    toy_options(&sgd->member, options, params);
    ck_assert_msg(sgd->check(params, &err) == TW_OK, "%s", err.text);
    return sgd->rate(params, step);
}

START_TEST(rates_by_hand)
{
    static const struct {
        const char *options;
        uint32_t step;
        double rate;
    } rows[] = {
        {"rate=2", 0, 2},
        {"rate=2", 123456, 2},
        {"rate=2 warmup=4", 0, 0.5}, /* (0 + 1)/4 */
        {"rate=2 warmup=4", 3, 2},
        {"rate=2 warmup=4", 4, 2},
        {"rate=2 schedule=step every=10 factor=0.5", 9, 2},
        {"rate=2 schedule=step every=10 factor=0.5", 10, 1},
        {"rate=2 schedule=step every=10 factor=0.5", 39, 0.25},
        {"rate=2 schedule=step every=10 factor=0.5 warmup=20", 14, 0.75}, /* 2·½·15/20 */
        {"rate=2 schedule=cosine horizon=100", 0, 2},
        {"rate=2 schedule=cosine horizon=100", 50, 1},
        {"rate=2 schedule=cosine horizon=3", 1, 1.5}, /* (1 + cos 60°)/2 = ¾ */
        {"rate=2 schedule=cosine horizon=3", 2, 0.5}, /* (1 + cos 120°)/2 = ¼ */
        {"rate=2 schedule=cosine horizon=3", 999, 0.5},
        {"rate=2 schedule=cosine horizon=100 floor=0.5", 50, 1.5},
        {"rate=2 schedule=cosine horizon=3 floor=0.5", 2, 1.25}, /* ½ + ½·¼ */
        {"rate=2 schedule=cosine horizon=3 floor=0.5", 3, 1},    /* the floor, and there it stays */
        {"rate=2 schedule=cosine horizon=3 floor=0.5", 999, 1},
        {"rate=2 schedule=cosine horizon=100 floor=0.01", 100, 0.02},
        {"rate=2 schedule=cosine horizon=1 floor=1", 7, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        ck_assert_double_eq_tol(rate_at(rows[i].options, rows[i].step), rows[i].rate, 1e-15);
    ck_assert_double_gt(rate_at("rate=2 schedule=cosine horizon=100", 100), 0);
}
END_TEST

/* The rule is told the rate of its step: EF14 with the rate inside divides by it again. */
START_TEST(rates_reach_weights_and_rules)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    static const char *const rules[][2] = {{"none", ""}, {"ef14", "rate=inside"}};
    double *paths[2];
    for (int k = 0; k < 2; k++) {
        toy_setup(&r, TW_FP64, &toy);
        toy_compressor(&r, "none", "");
        toy_feedback(&r, rules[k][0], rules[k][1]);
        optimizer(&r, "sgd", "rate=0.2 schedule=cosine horizon=15 warmup=5");
        paths[k] = toy_path(&r, &toy);
    }
    for (uint64_t i = 0; i < 21 * toy.dimension; i++)
        ck_assert_double_eq_tol(paths[0][i], paths[1][i], 1e-12);
    /* and against the first steps by hand: w¹ = −.2·(1/5)·mean gradient */
    double mean[128] = {0}, gradient[128], w[128] = {0};
    for (int rank = 0; rank < 3; rank++) {
        toy_quadratic(&toy, rank, 0, w, gradient);
        for (uint64_t i = 0; i < toy.dimension; i++)
            mean[i] += gradient[i] / 3;
    }
    for (uint64_t i = 0; i < toy.dimension; i++)
        ck_assert_double_eq_tol(paths[0][toy.dimension + i], -0.04 * mean[i], 1e-14);
    free(paths[0]);
    free(paths[1]);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    static const char *const rows[][3] = {{"sgd", "rate=1 schedule=step", "every"},
                                          {"adam", "rate=1 schedule=cosine", "horizon"},
                                          {"adamw", "rate=1 schedule=step", "every"},
                                          {"sgd", "rate=1 nesterov=yes", "momentum"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct toy toy = toy_mixed();
        static struct toy_run r;
        toy_setup(&r, TW_FP32, &toy);
        toy_compressor(&r, "none", "");
        toy_feedback(&r, "none", "");
        optimizer(&r, rows[i][0], rows[i][1]);
        ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_RANGE);
        ck_assert_msg(strstr(r.err.text, rows[i][2]), "%s", r.err.text);
        tw_run_free(&r.run);
    }
}
END_TEST

/* ---- work ---- */

/* The update's record without numbers is the real one's, and is counted in compute. */
START_TEST(plan_equals_run)
{
    for (int i = 0; i < 2 * tw_optimizer_count(); i++) {
        struct toy toy = toy_mixed();
        static struct toy_run r;
        struct tw_run planned = {0};
        const struct tw_member *member = &tw_optimizer_at(i / 2, TW_FP32)->member;
        toy_setup(&r, i % 2 ? TW_FP64 : TW_FP32, &toy);
        toy_compressor(&r, "topk", "ratio=0.3");
        toy_feedback(&r, "ef14", "");
        optimizer(&r, member->name, "rate=0.1 clip=1 warmup=3");
        toy_train(&r);
        ck_assert_int_eq(tw_train_plan(&r.setup, &planned, &r.err), TW_OK);
        ck_assert_int_eq(r.run.trace.record_count, 1);
        ck_assert_int_eq(planned.trace.record_count, 1);
        ck_assert_int_eq(tw_trace_append(&r.run.trace, &planned.trace.records[0]), TW_OK);
        ck_assert_int_eq(r.run.trace.record_count, 1); /* it was found there */
        int updates = 0, norms = 0;
        const struct tw_record *record = &r.run.trace.records[0];
        for (int k = 0; k < record->count; k++)
            if (record->items[k].stage == TW_STAGE_UPDATE) {
                updates += record->items[k].work.kernel == TW_KERNEL_UPDATE;
                norms += record->items[k].work.kernel == TW_KERNEL_NORM;
            }
        ck_assert_int_eq(updates, 1);
        ck_assert_int_eq(norms, 1);
        tw_run_free(&planned);
        tw_run_free(&r.run);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("optimizers");
    tcase_add_test(tcase, nesterov_by_hand);
    tcase_add_test(tcase, adam_is_its_formula);
    tcase_add_test(tcase, adam_first_step);
    tcase_add_test(tcase, clipping_by_hand);
    tcase_add_test(tcase, rates_by_hand);
    tcase_add_test(tcase, rates_reach_weights_and_rules);
    tcase_add_test(tcase, what_does_not_fit_is_refused);
    tcase_add_test(tcase, plan_equals_run);
    return toy_main(tcase, "train optimizers");
}
