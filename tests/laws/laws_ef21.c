/* links: tw_train */
/* The theorems of EF21 (Richtárik, Sokolov, Fatkhullin, arXiv 2106.05203), for every compressor
 * with a proven contraction by being listed, and for EF21+ where nothing is drawn.
 *
 * With E‖C(x) − x‖² ≤ (1 − α)‖x‖², θ = 1 − √(1 − α), β = (1 − α)/(1 − √(1 − α)), L the smoothness
 * of the mean and L̃² the mean of the ranks' squared, G = mean ‖g_i − ∇f_i(x)‖²:
 *
 *     E G^(t+1) ≤ (1 − θ) E G^t + β L̃² E‖x^(t+1) − x^t‖²                              (lemma 1)
 *     γ ≤ 1/(L + L̃√(β/θ)):              mean of E‖∇f(x^t)‖², t < T ≤ 2(f(x^0) − f*)/(γT) + G^0/(θT)
 *     μ, γ ≤ min{1/(L + L̃√(2β/θ)), θ/(2μ)}:   E Ψ^t ≤ (1 − γμ)^t Ψ^0,  Ψ = f − f* + (γ/θ)·G
 *
 * Of members that draw nothing every run obeys, for any C with ‖C(x) − x‖² ≤ (1 − α)‖x‖² at each x;
 * of those that draw the mean over seeds does, within five of its standard errors. */
#include <unistd.h>
#include "compressor_cases.h"
#include "unit/train_problems.h"
#include "train/pace.h"
#include "workload/quadratics.h"

enum { WIDTH = 24, TALL = 5, FEATURES = 12, RUNS = 40, LONG = 150, SHORT = 40 };
static const double MU = 0.01;

struct constants {
    double alpha, theta, beta, rate;
};

static int wrong, tried;

static void complain(const char *what, const struct problem_run *p, const char *options, double is,
                     double bound)
{
    fprintf(stderr, "%s: %s [%s] + %s, %d ranks, seed %llu: %g above %g\n", what,
            p->r.setup.compressor->member.name, options, p->r.setup.feedback->member.name,
            p->r.setup.ranks, (unsigned long long)p->r.setup.seed, is, bound);
    wrong++;
}

/* α is asked for the shapes of the run; −1: nothing is proven of these options and ranks. */
static struct constants constants_of(const struct toy_group *g, double L, double L_mean, double mu)
{
    const struct tw_instance *method = &g->group.method[0];
    struct constants c = {.alpha = method->ops->delta ? method->ops->delta(&method->problem) : -1};
    const double root = sqrt(1 - c.alpha);
    c.theta = 1 - root;
    c.beta = c.alpha < 1 ? (1 - c.alpha) / (1 - root) : 0;
    c.rate = 1 / (L + L_mean * sqrt((mu > 0 ? 2 : 1) * c.beta / c.theta));
    if (mu > 0)
        c.rate = fmin(c.rate, c.theta / (2 * mu));
    return c;
}

/* ---- strongly convex: ν_i/4·tridiag(−1, 2, −1) + a shift, whose largest eigenvalue is
 * diagonal_i + 2|off_i|·cos(π/(d + 1)) for ν_i > 0, and the least of the mean is μ = λ ---- */

static void smoothness(const struct tw_quadratics *q, double *L, double *L_mean)
{
    const double turn = cos(acos(-1) / (WIDTH + 1));
    const int ranks = q->setup.ranks;
    double sum = 0;
    for (int r = 0; r < ranks; r++) {
        const double own = q->diagonal[r] + 2 * fabs(q->off[r]) * turn;
        sum += own * own / ranks;
    }
    *L = q->mean_diagonal + 2 * fabs(q->mean_off) * turn;
    *L_mean = sqrt(sum);
}

struct state {
    double w[WIDTH], gap, off; /* f − f*, G */
};

/* w are the weights before the last step, g_i the memory behind it. */
static void look(const struct toy_group *g, struct state *s)
{
    const struct tw_workload *ops = g->shape.setup->workload;
    const int ranks = g->shape.setup->ranks;
    const uint64_t stride = (uint64_t)g->shape.setup->feedback->rank_vectors * WIDTH;
    const double *memory = (const double *)(const void *)g->group.rank_memory;
    double gradient[WIDTH], accuracy;
    struct tw_err err = {0};
    s->off = 0;
    for (int r = 0; r < ranks; r++) {
        if (ops->gradient(g->workload, r, 0, s->w, gradient, &err) != TW_OK)
            ck_abort_msg("%s", err.text);
        for (int j = 0; j < WIDTH; j++)
            s->off += pow(memory[(uint64_t)r * stride + (uint64_t)j] - gradient[j], 2) / ranks;
    }
    if (ops->loss(g->workload, s->w, &s->gap, &accuracy, &err) != TW_OK)
        ck_abort_msg("%s", err.text);
}

/* 0: no α is proven. */
static int open_convex(struct problem_run *p, struct toy_group *g, const char *options,
                       struct constants *c)
{
    double L, L_mean;
    *g = (struct toy_group){0};
    toy_group_open(g, &p->r);
    smoothness(g->workload, &L, &L_mean);
    *c = constants_of(g, L, L_mean, MU);
    if (c->alpha < 0) {
        toy_group_close(g);
        return 0;
    }
    if (!(c->alpha > 0 && c->alpha <= 1 && c->rate > 0))
        complain("alpha", p, options, c->alpha, 1);
    ((struct tw_pace *)(void *)p->r.optimizer)->rate = c->rate;
    return 1;
}

static void convex_setup(struct problem_run *p, const char *member, const char *options,
                         const char *rule, const char *start, int ranks)
{
    problem_setup(p, "quadratic", "dimension=24 columns=4 lambda=0.01 s=0.1 loss=gap", ranks, 1);
    problem_method(p, member, options, rule, start, "rate=1");
}

/* Lemma 1 and the Lyapunov inequality at every step of one run. */
static void every_step(const char *member, const char *options, const char *rule, const char *start,
                       int ranks)
{
    static struct problem_run p;
    static struct toy_group g;
    struct constants c;
    struct state now = {0}, before = {0};
    double first = 0, factor = 1, L, L_mean;
    convex_setup(&p, member, options, rule, start, ranks);
    if (!open_convex(&p, &g, options, &c))
        return;
    smoothness(g.workload, &L, &L_mean);
    for (uint32_t t = 0; t < LONG; t++, before = now) {
        memcpy(now.w, g.group.weights, sizeof now.w);
        toy_group_step(&g, t);
        look(&g, &now);
        const double psi = now.gap + c.rate / c.theta * now.off;
        double moved = 0;
        for (int j = 0; j < WIDTH; j++)
            moved += pow(now.w[j] - before.w[j], 2);
        const double next = (1 - c.theta) * before.off + c.beta * L_mean * L_mean * moved;
        if (t > 0 && now.off > next * (1 + 1e-9) + 1e-22 * first)
            complain("lemma 1", &p, options, now.off, next);
        first = t == 0 ? psi : first;
        if (psi > factor * first * (1 + 1e-9) + 1e-15)
            complain("Lyapunov", &p, options, psi, factor * first);
        factor *= 1 - c.rate * MU;
    }
    tried++;
    toy_group_close(&g);
}

/* The mean of Ψ^t − (1 − γμ)^t Ψ^0 over seeds, at every step. */
static void on_average(const char *member, const char *options, int ranks)
{
    static struct problem_run p;
    static struct toy_group g;
    struct constants c;
    double sum[SHORT] = {0}, square[SHORT] = {0}, scale = 0;
    convex_setup(&p, member, options, "ef21", "start=zero", ranks);
    for (int s = 0; s < RUNS; s++) {
        struct state now = {0};
        double first = 0, factor = 1;
        p.r.setup.seed = 20260101U + (uint64_t)s;
        if (!open_convex(&p, &g, options, &c))
            return;
        for (uint32_t t = 0; t < SHORT; t++) {
            memcpy(now.w, g.group.weights, sizeof now.w);
            toy_group_step(&g, t);
            look(&g, &now);
            const double psi = now.gap + c.rate / c.theta * now.off;
            first = t == 0 ? psi : first;
            sum[t] += (psi - factor * first) / RUNS;
            square[t] += (psi - factor * first) * (psi - factor * first) / RUNS;
            factor *= 1 - c.rate * MU;
        }
        scale = first;
        toy_group_close(&g);
    }
    for (int t = 0; t < SHORT; t++) {
        const double error = sqrt(fmax(square[t] - sum[t] * sum[t], 0) / (RUNS - 1));
        if (sum[t] > 5 * error + 1e-9 * scale)
            complain("Lyapunov on average", &p, options, sum[t], 5 * error);
    }
    tried++;
}

static int draws(const char *member, const char *options)
{
    return AMONG(member, drawing) || rotates(options);
}

/* Rules whose theorem is the same. EF21+ picks by a trial of one rank alone, which says nothing of
 * a choice that ranks make together; those have no α with several ranks either. */
static const char *const rules[] = {"ef21", "ef21plus"};

static void try_convex(const char *member, const char *options)
{
    const struct tw_compressor *ops = tw_compressor_find(member, TW_FP64);
    for (int k = 0; k < 2; k++) {
        const int ranks = k ? 5 : 1;
        if (!toy_goes_together(tw_feedback_find("ef21", TW_FP64), ops) || !ops->delta)
            return;
        if (draws(member, options)) {
            on_average(member, options, ranks);
            continue;
        }
        for (int i = 0; i < 2; i++) {
            every_step(member, options, rules[i], "start=zero", ranks);
            every_step(member, options, rules[i], "start=dense", ranks);
        }
    }
}

START_TEST(lyapunov_never_rises)
{
    wrong = tried = 0;
    each_setting(try_convex);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(tried, 4 * 30); /* of some hundred settings more than thirty are proven */
}
END_TEST

/* ---- not convex: logistic regression with λ Σ w²/(1 + w²) ----
 * The logistic part has curvature at most ¼·mean ‖x‖² of a rank's samples, the regulariser
 * 2λ(1 − 3w²)/(1 + w²)³, which lies in [−λ/2, 2λ]. Both parts are at least 0, so f* ≥ 0, and
 * f(0) = log 2. The mean over ranks is as smooth as the mean of the L_i. */
static const double LAMBDA = 0.1;
static char path[] = "/tmp/laws_ef21_XXXXXX";
static double smooth[TALL]; /* L_i of a run with `split` contiguous: rank r has samples 8r … 8r+7 */

static void write_samples(void)
{
    int out = mkstemp(path);
    FILE *file = out < 0 ? NULL : fdopen(out, "w");
    if (!file)
        ck_abort_msg("%s cannot be written", path);
    for (int r = 0; r < TALL; r++) {
        double sum = 0, x[FEATURES];
        for (int i = 0; i < 8; i++) {
            toy_noise(20260101, r, (uint32_t)i, x, FEATURES);
            (void)fprintf(file, "%s", (i + r) % 3 ? "+1" : "-1");
            for (int j = 0; j < FEATURES; j++) {
                x[j] = round(1e6 * (x[j] + ((i + r) % 3 ? 0.5 : -0.5)) * (j < r ? 2 : 1)) / 1e6;
                (void)fprintf(file, " %d:%.6f", j + 1, x[j]);
                sum += x[j] * x[j] / 8;
            }
            (void)fprintf(file, "\n");
        }
        smooth[r] = sum / 4 + 2 * LAMBDA;
    }
    ck_assert_int_eq(fclose(file), 0);
}

static void nonconvex_setup(struct problem_run *p, const char *member, const char *options)
{
    char text[256];
    snprintf(text, sizeof text,
             "file=%s columns=4 gradient=full regularizer=nonconvex lambda=%g split=contiguous",
             path, LAMBDA);
    problem_setup(p, "logistic", text, TALL, LONG);
    problem_method(p, member, options, "ef21", "start=dense", "rate=1");
}

static void try_nonconvex(const char *member, const char *options)
{
    static struct problem_run p;
    static struct toy_group g;
    const struct tw_compressor *ops = tw_compressor_find(member, TW_FP64);
    double L = 0, L2 = 0, sum = 0;
    if (!toy_goes_together(tw_feedback_find("ef21", TW_FP64), ops) || !ops->delta ||
        draws(member, options))
        return;
    for (int r = 0; r < TALL; r++) {
        L += smooth[r] / TALL;
        L2 += smooth[r] * smooth[r] / TALL;
    }
    nonconvex_setup(&p, member, options);
    g = (struct toy_group){0};
    toy_group_open(&g, &p.r);
    const struct constants c = constants_of(&g, L, sqrt(L2), 0);
    toy_group_close(&g);
    if (c.alpha < 0)
        return;
    ((struct tw_pace *)(void *)p.r.optimizer)->rate = c.rate;
    toy_train(&p.r);
    ck_assert_double_eq_tol(p.r.run.curve[0].loss, log(2), 1e-12);
    for (int t = 0; t < LONG; t++) { /* a dense start: G^0 = 0 */
        sum += p.r.run.curve[t].gradient_norm2;
        const double bound = 2 * log(2) / (c.rate * (t + 1));
        if (!(sum / (t + 1) <= bound * (1 + 1e-9)))
            complain("mean of |grad|^2", &p, options, sum / (t + 1), bound);
    }
    if (p.r.run.curve[LONG].gradient_norm2 >= 0.5 * p.r.run.curve[0].gradient_norm2 &&
        c.alpha > 0.2)
        complain("no descent", &p, options, p.r.run.curve[LONG].gradient_norm2,
                 0.5 * p.r.run.curve[0].gradient_norm2);
    tried++;
    tw_run_free(&p.r.run);
}

START_TEST(gradients_vanish_as_proven)
{
    wrong = tried = 0;
    write_samples();
    each_setting(try_nonconvex);
    unlink(path);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(tried, 30);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("theorems");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, lyapunov_never_rises);
    tcase_add_test(tcase, gradients_vanish_as_proven);
    return toy_main(tcase, "laws of EF21");
}
