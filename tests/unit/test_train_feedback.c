/* links: tw_train */
/* What the rules promise: nothing is lost (EF14), the estimate contracts (EF21), the published
 * example in which naive compression diverges and feedback does not, and the tight worst case. */
#include "train_toys.h"

static void sparse(struct toy_run *r, int index, double ratio)
{
    const struct tw_member *member = &tw_compressor_at(index, r->setup.precision)->member;
    char options[64] = "";
    if (toy_has_option(member, "ratio"))
        snprintf(options, sizeof options, "ratio=%g", ratio);
    toy_compressor(r, member->name, options);
}

/* ---- EF14: Σ_t C(x) + e = Σ_t γ'∇ for every rank, γ' = 1 outside, γ inside ---- */

struct ledger {
    double sent[3][128], met[3][128];
};

static void add_step(struct ledger *ledger, struct toy_group *g, const struct toy *toy,
                     uint32_t step, double factor, const double *w)
{
    double gradient[128];
    for (int r = 0; r < 3; r++) {
        toy_quadratic(toy, r, step, w, gradient);
        for (int b = 0; b < g->shape.cut.count; b++) {
            const struct tw_bucket *bucket = &g->shape.cut.buckets[b];
            struct tw_instance *method = &g->group.method[b];
            double own[128] = {0};
            struct tw_work work = {0};
            method->ops->own(method->shared, method->own[r], r, 1, own, &work);
            tw_work_free(&work);
            for (int i = 0; i < bucket->count; i++)
                for (uint64_t n = 0; n < tw_tensor_size(&bucket->tensors[i]); n++) {
                    uint64_t at = g->group.starts[b] + bucket->tensors[i].offset + n;
                    ledger->sent[r][at] += own[bucket->tensors[i].offset + n];
                    ledger->met[r][at] += factor * gradient[bucket->source[i] + n];
                }
        }
    }
}

static void check_telescoping(int index, const char *options, double factor)
{
    struct toy toy = toy_mixed();
    static struct toy_run r; /* too large for the stack, all three */
    static struct toy_group g;
    static struct ledger ledger;
    g = (struct toy_group){0};
    memset(&ledger, 0, sizeof ledger);
    double w[128];
    toy_setup(&r, TW_FP64, &toy);
    r.setup.bucket_B = 156;
    sparse(&r, index, 0.2);
    toy_feedback(&r, "ef14", options);
    toy_optimizer(&r, "rate=0.125 momentum=0.5");
    toy_group_open(&g, &r);
    for (uint32_t t = 0; t < 60; t++) {
        memcpy(w, g.group.weights, toy.dimension * sizeof *w);
        toy_group_step(&g, t);
        add_step(&ledger, &g, &toy, t, factor, w);
    }
    const double *memory = (const double *)(const void *)g.group.rank_memory;
    for (int rank = 0; rank < 3; rank++) {
        double off = 0, scale = 0;
        for (uint64_t i = 0; i < toy.dimension; i++) {
            double e = memory[(uint64_t)rank * toy.dimension + i];
            off = fmax(off, fabs(ledger.sent[rank][i] + e - ledger.met[rank][i]));
            scale = fmax(scale, fabs(ledger.met[rank][i]));
        }
        ck_assert_msg(off <= 1e-13 * scale, "%s %s: off by %g of %g",
                      r.setup.compressor->member.name, options, off, scale);
    }
    toy_group_close(&g);
}

START_TEST(ef14_loses_nothing)
{
    for (int i = 0; i < tw_compressor_count(); i++) {
        check_telescoping(i, "rate=outside", 1);
        check_telescoping(i, "rate=inside", 0.125);
    }
}
END_TEST

/* With a constant rate the two forms are the same iteration, scaled. */
START_TEST(ef14_inside_and_outside_agree)
{
    struct toy toy = toy_mixed();
    struct toy_run r;
    double *paths[2];
    for (int inside = 0; inside < 2; inside++) {
        toy_setup(&r, TW_FP64, &toy);
        toy_compressor(&r, "topk", "ratio=0.2");
        toy_feedback(&r, "ef14", inside ? "rate=inside" : "rate=outside");
        toy_optimizer(&r, "rate=0.125"); /* a power of two: exact */
        paths[inside] = toy_path(&r, &toy);
    }
    ck_assert_int_eq(memcmp(paths[0], paths[1], 21 * toy.dimension * sizeof **paths), 0);
    free(paths[0]);
    free(paths[1]);
}
END_TEST

/* ---- EF21 on a constant gradient ---- */

static void constant(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)step;
    (void)w;
    toy_noise(toy->seed, rank, 0, out, toy->dimension);
}

static void equal_sizes(const struct toy *toy, int rank, uint32_t step, const double *w,
                        double *out)
{
    (void)step;
    (void)w;
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = (i + (uint64_t)rank) % 2 ? 3 : -3;
}

/* ‖g_i − ∇F_i‖² of a rank after a step; bucket order is layer order here: one tensor. */
static double estimate_error(const struct toy_group *g, const struct toy *toy, int rank)
{
    const double *memory = (const double *)(const void *)g->group.rank_memory;
    double gradient[128], sum = 0;
    uint64_t vectors = (uint64_t)g->shape.setup->feedback->rank_vectors;
    toy->gradient(toy, rank, 0, NULL, gradient);
    for (uint64_t i = 0; i < toy->dimension; i++) {
        double error = memory[(uint64_t)rank * vectors * toy->dimension + i] - gradient[i];
        sum += error * error;
    }
    return sum;
}

static void open_ef21(struct toy_group *g, struct toy_run *r, struct toy *toy, const char *feedback)
{
    toy_add(toy, 1, 40);
    toy_setup(r, TW_FP64, toy);
    toy_compressor(r, "topk", "ratio=0.1"); /* 4 of 40: δ = 1/10 */
    toy_feedback(r, feedback, "start=zero");
    toy_optimizer(r, "rate=0.1");
    *g = (struct toy_group){0};
    toy_group_open(g, r);
}

/* ‖g_T − ∇‖² ≤ (1 − δ)^T ‖∇‖² for every T, and exactly 0 once every value has been sent. */
START_TEST(ef21_contracts)
{
    const char *const rules[] = {"ef21", "ef21m"}; /* a constant gradient's ema is itself */
    for (int k = 0; k < 2; k++) {
        struct toy toy = {.gradient = constant, .loss = toy_half_norm2};
        struct toy_run r;
        struct toy_group g;
        double start[3] = {0}, gradient[128];
        open_ef21(&g, &r, &toy, rules[k]);
        for (int rank = 0; rank < 3; rank++) {
            constant(&toy, rank, 0, NULL, gradient);
            for (uint64_t i = 0; i < toy.dimension; i++)
                start[rank] += gradient[i] * gradient[i];
        }
        double factor = 1;
        for (uint32_t t = 0; t < 12; t++) {
            toy_group_step(&g, t);
            factor *= 1 - 0.1;
            for (int rank = 0; rank < 3; rank++) {
                double error = estimate_error(&g, &toy, rank);
                ck_assert_double_le(error, factor * start[rank] + 1e-28);
                ck_assert(t >= 9 ? error < 1e-28 : error > 0);
            }
        }
        toy_group_close(&g);
    }
}
END_TEST

/* All values of one size: Top-K keeps exactly k/d of the energy, the bound is met with equality at
 * the first step: 9·36 of 9·40. */
START_TEST(ef21_bound_is_tight_at_first)
{
    struct toy toy = {.gradient = equal_sizes, .loss = toy_half_norm2};
    struct toy_run r;
    struct toy_group g;
    open_ef21(&g, &r, &toy, "ef21");
    toy_group_step(&g, 0);
    for (int rank = 0; rank < 3; rank++)
        ck_assert_double_eq(estimate_error(&g, &toy, rank), 324);
    toy_group_close(&g);
}
END_TEST

/* The server's G stays the mean of the ranks' g_i, for every compressor that averages own. */
START_TEST(server_keeps_the_mean)
{
    const char *const rules[] = {"ef21", "ef21m"};
    for (int i = 0; i < 2 * tw_compressor_count(); i++) {
        struct toy toy = toy_mixed();
        struct toy_run r;
        struct toy_group g = {0};
        toy_setup(&r, TW_FP64, &toy);
        sparse(&r, i / 2, 0.2);
        toy_feedback(&r, rules[i % 2], "");
        toy_optimizer(&r, "rate=0.1");
        if (r.setup.feedback->member.needs & ~r.setup.compressor->member.traits)
            continue;
        toy_group_open(&g, &r);
        for (uint32_t t = 0; t < 30; t++)
            toy_group_step(&g, t);
        const double *memory = (const double *)(const void *)g.group.rank_memory;
        const double *server = (const double *)(const void *)g.group.server_memory;
        uint64_t stride = (uint64_t)r.setup.feedback->rank_vectors * toy.dimension;
        for (uint64_t n = 0; n < toy.dimension; n++) {
            double mean = (memory[n] + memory[stride + n] + memory[2 * stride + n]) / 3;
            ck_assert_double_eq_tol(server[n], mean, 1e-12);
        }
        toy_group_close(&g);
    }
}
END_TEST

/* ---- three quadratics on which naive Top-1 diverges (Beznosikov et al., arXiv 2002.12410) ----
 * f_i = ⟨a_i, x⟩² + ¼‖x‖², a = (−3,2,2), (2,−3,2), (2,2,−3), x^0 = (1,1,1). At x = c·(1,1,1):
 * ⟨a_i, x⟩ = c, ∇f_i = 2c·a_i + c/2 = c·(−5.5, 4.5, 4.5) turned by i; Top-1 keeps the −5.5, and the
 * mean over i is −(11/6)c in every coordinate: x is multiplied by exactly 1 + 11γ/6 each step.
 * γ = 0.01, 100 steps: (1 + 0.11/6)^100 = 6.15171187.
 * The norms under feedback are those of the same iteration written out apart, in decimals of 60
 * digits. They hold to 1e-9, down to what the server's sum keeps of the rounding of its first
 * values, of size 1: a few 1e-16. */
static void three_quadratics(const struct toy *toy, int rank, uint32_t step, const double *w,
                             double *out)
{
    double a[3] = {2, 2, 2}, inner = 0;
    (void)toy;
    (void)step;
    a[rank] = -3;
    for (int i = 0; i < 3; i++)
        inner += a[i] * w[i];
    for (int i = 0; i < 3; i++)
        out[i] = 2 * inner * a[i] + w[i] / 2;
}

static double *quadratic_path(const char *feedback, uint32_t steps)
{
    static const double start[3] = {1, 1, 1};
    struct toy toy = {.gradient = three_quadratics, .loss = toy_half_norm2, .start = start};
    struct toy_run r;
    toy_add(&toy, 1, 3);
    toy_setup(&r, TW_FP64, &toy);
    r.setup.steps = steps;
    toy_compressor(&r, "topk", "ratio=0.34"); /* max(1, ⌊1.02⌋) = 1 of 3 */
    toy_feedback(&r, feedback, "");
    toy_optimizer(&r, "rate=0.01");
    return toy_path(&r, &toy);
}

static double norm_at(const double *path, uint32_t step)
{
    const double *x = path + (size_t)3 * step;
    return sqrt(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
}

START_TEST(naive_top1_diverges)
{
    double *path = quadratic_path("none", 100), growth = 1;
    for (uint32_t t = 0; t <= 100; t++, growth *= 1 + 11 * 0.01 / 6)
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq_tol(path[3 * t + (uint32_t)i] / growth, 1, 1e-12);
    ck_assert_double_eq_tol(path[300], 6.15171187, 5e-9);
    free(path);
}
END_TEST

START_TEST(feedback_cures_it)
{
    static const struct {
        const char *rule;
        double norms[3];
    } expected[] = {{"ef14", {.5527285156, .004641617627, 8.627798209e-11}},
                    {"ef21", {.5288169169, .004587675116, 8.527530342e-11}}};
    const uint32_t steps[] = {100, 500, 2000};
    for (int k = 0; k < 2; k++) {
        double *path = quadratic_path(expected[k].rule, 2000);
        for (int i = 0; i < 3; i++)
            ck_assert_double_eq_tol(norm_at(path, steps[i]), expected[k].norms[i],
                                    1e-9 * expected[k].norms[i] + 1e-15);
        free(path);
    }
}
END_TEST

/* ---- tight worst case in one dimension (Thomsen, Taylor, Dieuleveut: tight analyses of error
 * feedback; code DanielBergThomsen/error-feedback-tight) ----
 * f = ½Hx², H = L or μ, C(u) = (1 ∓ √ε)u, one rank. A step of the rule is a linear map M of
 * (x, memory); the Lyapunov function is a quadratic form V. The worst V(Mz)/V(z) is the larger root
 * ρ of det(MᵀVM − ρV) = 0, and equals √ε + ¼(1+√ε)(L−μ)λ at the best γ. */
struct scaled {
    double factor;
    const double *x;
};

static void add_scaled(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    const struct scaled *c = own->context;
    (void)work;
    *(double *)y += scale * c->factor * *c->x;
}

/* EF14 with the rate inside: (x, e) → (x − C, e + γ∇ − C), C = C(e + γ∇). */
static void step_ef14(double H, double rate, double factor, const double in[2], double out[2])
{
    const struct tw_feedback *rule = tw_feedback_find("ef14", TW_FP64);
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    toy_options(&rule->member, "rate=inside", params);
    double e = in[1], gradient = H * in[0], x = 0;
    void *const memory[] = {&e};
    struct tw_work work = {0};
    struct tw_feedback_step at = {.step = 1, .rate = rate, .count = 1, .params = params};
    rule->before(&at, memory, &gradient, &x, &work);
    double mean = factor * x, kept = x;
    struct scaled context = {factor, &kept};
    struct tw_own own = {add_scaled, &context};
    rule->after(&at, memory, &x, &own, &mean, &work);
    rule->direction(&at, NULL, &mean, &work);
    out[0] = in[0] - rate * mean;
    out[1] = e;
    tw_work_free(&work);
}

/* EF21: (x, d) → (x⁺, d + C(∇f(x⁺) − d)) with x⁺ = x − γd. */
static void step_ef21(double H, double rate, double factor, const double in[2], double out[2])
{
    const struct tw_feedback *rule = tw_feedback_find("ef21", TW_FP64);
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    toy_options(&rule->member, "start=zero", params);
    double g = in[1], server = in[1], x = 0;
    out[0] = in[0] - rate * in[1];
    double gradient = H * out[0];
    void *const memory[] = {&g}, *const shared[] = {&server};
    struct tw_work work = {0};
    struct tw_feedback_step at = {.step = 1, .rate = rate, .count = 1, .params = params};
    rule->before(&at, memory, &gradient, &x, &work);
    double mean = factor * x, kept = x;
    struct scaled context = {factor, &kept};
    struct tw_own own = {add_scaled, &context};
    rule->after(&at, memory, &x, &own, &mean, &work);
    rule->direction(&at, shared, &mean, &work);
    ck_assert_double_eq_tol(mean, g, 1e-15 * fabs(g));
    out[1] = mean;
    tw_work_free(&work);
}

typedef void (*step_function)(double, double, double, const double[2], double[2]);

/* Larger root of det(MᵀVM − ρV) = 0 for symmetric 2 × 2 forms. */
static double worst_factor(step_function step, double H, double rate, double factor,
                           const double V[3])
{
    double a[2], b[2];
    step(H, rate, factor, (const double[]){1, 0}, a);
    step(H, rate, factor, (const double[]){0, 1}, b);
    double W[3] = {V[0] * a[0] * a[0] + 2 * V[1] * a[0] * a[1] + V[2] * a[1] * a[1],
                   V[0] * a[0] * b[0] + V[1] * (a[0] * b[1] + a[1] * b[0]) + V[2] * a[1] * b[1],
                   V[0] * b[0] * b[0] + 2 * V[1] * b[0] * b[1] + V[2] * b[1] * b[1]};
    double A = V[0] * V[2] - V[1] * V[1];
    double B = W[0] * V[2] + V[0] * W[2] - 2 * W[1] * V[1];
    double C = W[0] * W[2] - W[1] * W[1];
    return (B + sqrt(B * B - 4 * A * C)) / (2 * A);
}

START_TEST(tight_rate)
{
    static const struct {
        double epsilon, kappa, rho;
    } rows[] = {{.25, 2, .632556}, {.25, 10, .884808}, {.5, 2, .794109},
                {.5, 10, .939368}, {.9, 2, .965491},   {.9, 10, .990469}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double root = sqrt(rows[i].epsilon), L = rows[i].kappa, mu = 1;
        double rate = 2 / (L + mu) * (1 - root) / (1 + root), ef14 = 0, ef21 = 0;
        for (int k = 0; k < 4; k++) {
            double H = k & 1 ? L : mu, factor = k & 2 ? 1 + root : 1 - root;
            /* V = x² − 2xe + (1 + 1/√ε)e²;  V = (1 + √ε)(Hx)² − 2(Hx)d + d² */
            const double V14[] = {1, -1, 1 + 1 / root}, V21[] = {(1 + root) * H * H, -H, 1};
            ef14 = fmax(ef14, worst_factor(step_ef14, H, rate, factor, V14));
            ef21 = fmax(ef21, worst_factor(step_ef21, H, rate, factor, V21));
        }
        ck_assert_double_eq_tol(ef14, rows[i].rho, 6e-7);
        ck_assert_double_eq_tol(ef21, rows[i].rho, 6e-7);
        double spread = sqrt((L - mu) * (L - mu) + 16 * L * mu * root / ((1 + root) * (1 + root)));
        double lambda = rate / (L + mu) * ((1 - root) * (L - mu) + (1 + root) * spread);
        ck_assert_double_eq_tol(ef14, root + (1 + root) * (L - mu) * lambda / 4, 1e-12);
        ck_assert_double_eq_tol(ef21, ef14, 1e-12);
    }
}
END_TEST

/* ---- momentum against gradient noise, in small (the full statement is in tests/slow) ----
 * f = ½‖x‖² in R², Top-1, noise √(3σ²/10)·{(2,0), (0,1), (−2,−1)}, each with probability 1/3: mean
 * zero, variance (3/10)(4+1+5)/3 σ² = σ² (Fatkhullin, Tyurin, Richtárik 2023, arXiv 2305.15155). */
static void three_way_noise(const struct toy *toy, int rank, uint32_t step, const double *w,
                            double *out)
{
    static const double way[3][2] = {{2, 0}, {0, 1}, {-2, -1}};
    struct tw_stream stream;
    const struct tw_stream_key key = {
        .seed = toy->seed, .rank = (uint32_t)rank, .step = step, .purpose = TW_PURPOSE_NOISE};
    tw_stream_open(&stream, &key);
    unsigned long draw = gsl_rng_uniform_int(&stream.gsl, 3);
    for (int i = 0; i < 2; i++)
        out[i] = w[i] + sqrt(0.3) * way[draw][i];
}

/* Mean ‖∇f‖² over the last half of 20000 steps, over `seeds` seeds. */
static double noise_floor(const char *compressor, const char *options, const char *feedback,
                          const char *feedback_options, int seeds)
{
    static const double start[2] = {0, -.01};
    const uint32_t steps = 20000;
    double sum = 0;
    for (int s = 0; s < seeds; s++) {
        struct toy toy = {.gradient = three_way_noise, .loss = toy_half_norm2, .start = start};
        struct toy_run r;
        toy_add(&toy, 1, 2);
        toy_setup(&r, TW_FP64, &toy);
        r.setup.ranks = 1;
        r.setup.seed = (uint64_t)s + 1;
        r.setup.steps = steps;
        toy_compressor(&r, compressor, options);
        toy_feedback(&r, feedback, feedback_options);
        toy_optimizer(&r, "rate=0.001");
        double *path = toy_path(&r, &toy);
        for (uint32_t t = steps / 2; t < steps; t++)
            sum += path[2 * t] * path[2 * t] + path[2 * t + 1] * path[2 * t + 1];
        free(path);
    }
    return sum / seeds / (steps / 2);
}

/* 200 seeds give SGD 5.1e-4, EF21 5.6e-3, EF21M 5.1e-4; four seeds scatter by some 20 %. */
START_TEST(momentum_is_needed_under_noise)
{
    double sgd = noise_floor("none", "", "none", "", 4);
    double ef21 = noise_floor("topk", "ratio=0.5", "ef21", "", 4);
    double ef21m = noise_floor("topk", "ratio=0.5", "ef21m", "eta=0.001", 4);
    ck_assert_msg(sgd > 3e-4 && sgd < 8e-4, "SGD %g (seeds 1 to 4)", sgd);
    ck_assert_msg(ef21 > 5 * sgd && ef21 < 20 * sgd, "EF21 %g, SGD %g (seeds 1 to 4)", ef21, sgd);
    ck_assert_msg(ef21m < 1.5 * sgd, "EF21M %g, SGD %g (seeds 1 to 4)", ef21m, sgd);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("feedback");
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, ef14_loses_nothing);
    tcase_add_test(tcase, ef14_inside_and_outside_agree);
    tcase_add_test(tcase, ef21_contracts);
    tcase_add_test(tcase, ef21_bound_is_tight_at_first);
    tcase_add_test(tcase, server_keeps_the_mean);
    tcase_add_test(tcase, naive_top1_diverges);
    tcase_add_test(tcase, feedback_cures_it);
    tcase_add_test(tcase, tight_rate);
    tcase_add_test(tcase, momentum_is_needed_under_noise);
    return toy_main(tcase, "train feedback");
}
