/* links: tw_train */
/* What the rules promise: nothing is lost (EF14), the estimate contracts (EF21), the published
 * example in which naive compression diverges and feedback does not, the kernels they report. */
#include "train_noise.h"

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

/* ef14 with x in a place of its own, so that own() can still be asked after the step. */
static const struct tw_feedback *apart(const struct tw_feedback *rule)
{
    static struct tw_feedback copy;
    copy = *rule;
    copy.in_place = 0;
    return &copy;
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
    ck_assert(r.setup.feedback->in_place);
    r.setup.feedback = apart(r.setup.feedback);
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
            /* sums round relative to their terms: where C(x) − x is larger than x, the memory
             * outgrows what was met */
            scale = fmax(scale, fmax(fabs(ledger.met[rank][i]), fabs(e)));
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

/* ---- momentum against gradient noise, in small: tests/slow has the full statement ---- */

/* 200 seeds give SGD 5.1e-4, EF21 5.6e-3, EF21M 5.1e-4; four seeds scatter by some 20 %. */
START_TEST(momentum_is_needed_under_noise)
{
    double sgd = noise_floor(1, "none", "", "none", "", 4);
    double ef21 = noise_floor(1, "topk", "ratio=0.5", "ef21", "", 4);
    double ef21m = noise_floor(1, "topk", "ratio=0.5", "ef21m", "eta=0.001", 4);
    ck_assert_msg(sgd > 3e-4 && sgd < 8e-4, "SGD %g (seeds 1 to 4)", sgd);
    ck_assert_msg(ef21 > 5 * sgd && ef21 < 20 * sgd, "EF21 %g, SGD %g (seeds 1 to 4)", ef21, sgd);
    ck_assert_msg(ef21m < 1.5 * sgd, "EF21M %g, SGD %g (seeds 1 to 4)", ef21m, sgd);
}
END_TEST

/* ---- what the rules report ---- */

static void own_of_5(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    (void)own;
    (void)scale;
    (void)y;
    tw_work_add(work, TW_KERNEL_SCATTER, 5, 5);
}

/* Kernels of one rule in one step, as letters: a add, c copy, s the compressor's scatter; stages
 * before / after / direction. Passes over the vector, counted by hand in each rule's file. */
START_TEST(reported_kernels)
{
    static const struct {
        const char *rule, *options;
        uint32_t step;
        const char *kernels;
    } rows[] = {{"none", "", 1, "//"},
                {"ef14", "rate=outside", 0, "a/s/"},
                {"ef14", "rate=inside", 7, "a/s/c"},
                {"ef21", "start=dense", 0, "a/s/ac"},
                {"ef21", "start=zero", 3, "a/s/ac"},
                {"ef21m", "momentum=ema", 0, "ca/s/ac"},
                {"ef21m", "momentum=ema", 1, "aa/s/ac"},
                {"ef21m", "momentum=heavy", 1, "aa/s/ac"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tw_feedback *rule = tw_feedback_find(rows[i].rule, TW_FP32);
        _Alignas(16) unsigned char params[TW_PARAMS_MAX];
        toy_options(&rule->member, rows[i].options, params);
        struct tw_feedback_step at = {
            .step = rows[i].step, .rate = 1, .count = 77, .params = params};
        struct tw_own own = {own_of_5, NULL};
        struct tw_work work = {0};
        int ends[3];
        char found[32] = "";
        rule->before(&at, NULL, NULL, NULL, &work);
        ends[0] = work.count;
        rule->after(&at, NULL, NULL, &own, NULL, &work);
        ends[1] = work.count;
        rule->direction(&at, NULL, NULL, &work);
        for (int k = 0, stage = 0, n = 0; k <= work.count; k++) {
            for (; stage < 2 && k == ends[stage]; stage++)
                found[n++] = '/';
            if (k == work.count)
                break;
            enum tw_kernel kernel = work.items[k].kernel;
            found[n++] = kernel == TW_KERNEL_ADD ? 'a' : kernel == TW_KERNEL_COPY ? 'c' : 's';
            ck_assert_uint_eq(work.items[k].elements, kernel == TW_KERNEL_SCATTER ? 5 : 77);
        }
        ck_assert_msg(strcmp(found, rows[i].kernels) == 0, "%s %s step %u: %s, not %s",
                      rows[i].rule, rows[i].options, rows[i].step, found, rows[i].kernels);
        tw_work_free(&work);
    }
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
    tcase_add_test(tcase, reported_kernels);
    tcase_add_test(tcase, momentum_is_needed_under_noise);
    return toy_main(tcase, "train feedback");
}
