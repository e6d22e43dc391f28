/* links: tw_train */
/* Rules against their algorithms written out apart, in double, with a Top-K of four lines; what
 * they are equal to when everything is sent. */
#include "unit/train_paths.h"

enum { RANKS = 3, D = 40, KEPT = 4, STEPS = 40 };
static const double rate = 0.1;

/* c = the KEPT largest |x|, ties to the lower index; returns ‖c − x‖². */
static double top(const double *x, double *c)
{
    double dropped = 0;
    for (int i = 0; i < D; i++) {
        int larger = 0;
        for (int j = 0; j < D; j++)
            larger += fabs(x[j]) > fabs(x[i]) || (fabs(x[j]) == fabs(x[i]) && j < i);
        c[i] = larger < KEPT ? x[i] : 0;
        dropped += (x[i] - c[i]) * (x[i] - c[i]);
    }
    return dropped;
}

/* Vectors of a rank; what they are depends on the rule. */
struct rank {
    double g[D], u[D], v[D];
};

/* One step of a rank: state and gradient in, what the server adds to its sum (EF21 family) or takes
 * as it is (others) out. */
typedef void rank_step(struct rank *r, uint32_t step, const double *gradient, double *sent);

static void dm_ema(struct rank *r, uint32_t step, const double *gradient, double *sent)
{
    double x[D];
    for (int i = 0; i < D; i++) {
        r->v[i] = step ? 0.7 * r->v[i] + 0.3 * gradient[i] : gradient[i];
        r->u[i] = step ? 0.7 * r->u[i] + 0.3 * r->v[i] : r->v[i];
        x[i] = r->u[i] - r->g[i];
    }
    (void)top(x, sent);
    for (int i = 0; i < D; i++)
        r->g[i] += sent[i];
}

static void dm_heavy(struct rank *r, uint32_t step, const double *gradient, double *sent)
{
    double x[D];
    (void)step;
    for (int i = 0; i < D; i++) {
        r->v[i] = 0.5 * r->v[i] + gradient[i];
        r->u[i] = 0.5 * r->u[i] + r->v[i];
        x[i] = r->u[i] - r->g[i];
    }
    (void)top(x, sent);
    for (int i = 0; i < D; i++)
        r->g[i] += sent[i];
}

static void plus(struct rank *r, uint32_t step, const double *gradient, double *sent)
{
    double x[D], whole[D], change[D];
    (void)step;
    for (int i = 0; i < D; i++)
        x[i] = gradient[i] - r->g[i];
    const int better = top(gradient, whole) < top(x, change);
    for (int i = 0; i < D; i++) {
        sent[i] = better ? whole[i] - r->g[i] : change[i]; /* as the server sees it */
        r->g[i] += sent[i];
        r->u[i] += better;
    }
}

static void control(struct rank *r, uint32_t step, const double *gradient, double *sent)
{
    double x[D];
    (void)step;
    for (int i = 0; i < D; i++)
        x[i] = 0.2 * r->u[i] + gradient[i] - r->g[i];
    (void)top(x, sent);
    for (int i = 0; i < D; i++) {
        r->u[i] += gradient[i] - r->g[i] - sent[i];
        r->g[i] += sent[i];
    }
}

static void deep(struct rank *r, const double *gradient, double *sent, int nesterov, int masking)
{
    for (int i = 0; i < D; i++) {
        r->u[i] = 0.6 * r->u[i] + gradient[i];
        r->v[i] += nesterov ? 0.6 * r->u[i] + gradient[i] : r->u[i];
    }
    (void)top(r->v, sent);
    for (int i = 0; i < D; i++) {
        if (sent[i] == 0)
            continue;
        r->v[i] = 0;
        if (masking)
            r->u[i] = 0;
    }
}

static void dgc(struct rank *r, uint32_t step, const double *gradient, double *sent)
{
    (void)step;
    deep(r, gradient, sent, 0, 1);
}

static void dgc_nesterov(struct rank *r, uint32_t step, const double *gradient, double *sent)
{
    (void)step;
    deep(r, gradient, sent, 1, 0);
}

static const struct {
    const char *rule, *options;
    rank_step *step;
    int sums; /* 1: the direction is the sum of all that was sent */
} rules[] = {
    {"ef21dm", "momentum=ema eta=0.3 start=zero", dm_ema, 1},
    {"ef21dm", "momentum=heavy beta=0.5 start=zero", dm_heavy, 1},
    {"ef21plus", "start=zero", plus, 1},
    {"econtrol", "eta=0.2 start=zero", control, 1},
    {"dgc", "momentum=0.6", dgc, 0},
    {"dgc", "momentum=0.6 nesterov=yes masking=no", dgc_nesterov, 0},
};
enum { RULES = sizeof rules / sizeof rules[0] };

static struct toy flat_toy(void)
{
    struct toy toy = {.gradient = toy_quadratic, .loss = toy_half_norm2};
    toy_add(&toy, 1, D);
    return toy;
}

START_TEST(rules_are_their_algorithms)
{
    struct toy toy = flat_toy();
    static struct toy_run r;
    static struct rank ranks[RANKS];
    double w[D] = {0}, direction[D] = {0}, gradient[D], sent[D], off = 0, replaced = 0;

    toy_setup(&r, TW_FP64, &toy);
    r.setup.steps = STEPS;
    toy_compressor(&r, "topk", "ratio=0.1");
    toy_feedback(&r, rules[_i].rule, rules[_i].options);
    toy_optimizer(&r, "rate=0.1");
    double *path = toy_path(&r, &toy);
    for (uint32_t t = 0; t < STEPS; t++) {
        for (int i = 0; i < D; i++)
            direction[i] *= rules[_i].sums;
        for (int k = 0; k < RANKS; k++) {
            toy_quadratic(&toy, k, t, path + (size_t)t * D, gradient);
            rules[_i].step(&ranks[k], t, gradient, sent);
            for (int i = 0; i < D; i++)
                direction[i] += sent[i] / RANKS;
            replaced += ranks[k].u[0];
        }
        for (int i = 0; i < D; i++) {
            w[i] -= rate * direction[i];
            off = fmax(off, fabs(w[i] - path[(size_t)(t + 1) * D + (size_t)i]));
        }
    }
    ck_assert_msg(off < 1e-12, "%s %s: off by %g", rules[_i].rule, rules[_i].options, off);
    if (rules[_i].step == plus)
        ck_assert_double_gt(replaced, 0); /* the better choice was the gradient itself at times */
    free(path);
}
END_TEST

/* ---- everything sent ---- */

/* m in the optimizer and m in the ranks are the same where nothing is held back; masking forgets
 * the momentum at once. */
static const struct {
    const char *compressor, *ratio, *rule, *options, *optimizer, *dense;
} whole[] = {
    {"topk", "ratio=1", "ef21plus", "", "rate=0.1", "rate=0.1"},
    {"randk", "ratio=1", "ef21plus", "start=zero", "rate=0.1", "rate=0.1"},
    {"topk", "ratio=1", "econtrol", "", "rate=0.1", "rate=0.1"},
    {"arctopk", "ratio=1", "econtrol", "start=zero eta=1", "rate=0.1", "rate=0.1"},
    {"topk", "ratio=1", "ef21dm", "eta=1", "rate=0.1", "rate=0.1"},
    {"topk", "ratio=1", "ef21dm", "momentum=heavy beta=0", "rate=0.1", "rate=0.1"},
    {"topk", "ratio=1", "dgc", "momentum=0.5 masking=no", "rate=0.1", "rate=0.1 momentum=0.5"},
    {"topk", "ratio=1", "dgc", "momentum=0.5", "rate=0.1", "rate=0.1"},
    {"none", "", "dgc", "momentum=0.5 warmup=100", "rate=0.1", "rate=0.1 momentum=0.5"},
    {"randk", "ratio=1", "residual", "", "rate=0.1", "rate=0.1"},
    {"arctopk", "ratio=1", "residual", "", "rate=0.1 momentum=0.5", "rate=0.1 momentum=0.5"},
    {"none", "", "residual", "", "rate=0.1", "rate=0.1"},
};
enum { WHOLE = sizeof whole / sizeof whole[0] };

START_TEST(everything_sent_is_dense_sgd)
{
    struct toy toy = toy_mixed();
    for (int precision = TW_FP32; precision <= TW_FP64; precision++) {
        double *dense = path_of(precision, "none", "", "none", "", whole[_i].dense, &toy);
        double *own = path_of(precision, whole[_i].compressor, whole[_i].ratio, whole[_i].rule,
                              whole[_i].options, whole[_i].optimizer, &toy);
        double off = difference(own, dense, &toy, 20);
        ck_assert_msg(off <= (precision ? 1e-12 : 1e-5), "%s %s, %s %s, fp%d: off by %g",
                      whole[_i].compressor, whole[_i].ratio, whole[_i].rule, whole[_i].options,
                      precision ? 64 : 32, off);
        free(dense);
        free(own);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("rules");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, rules_are_their_algorithms, 0, RULES);
    tcase_add_loop_test(tcase, everything_sent_is_dense_sgd, 0, WHOLE);
    return toy_main(tcase, "train rules");
}
