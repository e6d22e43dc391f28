/* links: tw_train */
/* Laws that every feedback rule and optimizer keeps by being listed, with every compressor it may
 * be used with. Random gradients come from fixed seeds, named on failure. */
#include "train_toys.h"

enum { SEED = 20260101, STEPS = 12 };

/* ∇F_i is noise, whatever the weights: what a rule does to gradients then shows in the weights. */
static void noise(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)w;
    toy_noise(SEED, rank, step, out, toy->dimension);
}

static void constant(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)w;
    (void)step;
    toy_noise(SEED, rank, 7, out, toy->dimension);
}

static void scaled_noise(const struct toy *toy, int rank, uint32_t step, const double *w,
                         double *out)
{
    noise(toy, rank, step, w, out);
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = 1024 * (toy->precision == TW_FP32 ? (double)(float)out[i] : out[i]);
}

static void nothing(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    (void)step;
    (void)w;
    memset(out, 0, toy->dimension * sizeof *out);
}

static void alike(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    noise(toy, 0, step, w, out);
}

/* One combination of the lists at a time; 0 when the rule cannot go with the compressor. */
struct combination {
    int compressor, feedback;
    enum tw_precision precision;
};

static int combinations(void)
{
    return 2 * tw_compressor_count() * tw_feedback_count();
}

static int combine(struct combination *c, int i)
{
    c->precision = i % 2 ? TW_FP64 : TW_FP32;
    c->feedback = i / 2 % tw_feedback_count();
    c->compressor = i / 2 / tw_feedback_count();
    return toy_goes_together(tw_feedback_at(c->feedback, c->precision),
                             tw_compressor_at(c->compressor, c->precision));
}

/* The compressor is one of a list that ends with NULL. */
static int is_of(const struct combination *c, const char *const *names)
{
    const char *name = tw_compressor_at(c->compressor, c->precision)->member.name;
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return 1;
    return 0;
}

/* Compressors whose ranks draw for themselves: equal ranks send different things (qsgd at s = 1 may
 * make ‖x‖ of a value on one rank and 0 of it on the other). */
static const char *const drawing[] = {"rtopk", "qsgd", "natural", "terngrad", "global_qsgd", NULL};
/* Blocks end with slices, of which there are as many as ranks: other ranks, other scales. */
static const char *const slicing[] = {"quant_reduce", NULL};
/* Votes of ±1: no size (C(1024x) = C(x)), no zero (C(0) = ±1), and what the vote drops no memory
 * knows. */
static const char *const voting[] = {"majority", NULL};
/* C(x) − x may be larger than x: a memory around it grows. majority: of x = .1 it leaves .9;
 * terngrad without its clip: of n values m beside one of √n·m it leaves n(√n − 1)·m² on average,
 * more than the 2n·m² that are there from n = 10 on. */
static const char *const expanding[] = {"majority", "terngrad", NULL};

/* Indices for all ranks by what single ranks hold, not by their sum: memories of 9 and −9 at one
 * index and of 1 and 1 at another choose the first for ever (chunk_norm: 162 against 2), whose mean
 * is 0, and the rule `residual` takes nothing off either. */
static const char *const choosing_alone[] = {"chunk_norm", "leader_topk", NULL};

/* A memory that is cleared where something was sent forgets what these rounded, projected away or
 * kept of others' there. */
static int forgets(const struct combination *c)
{
    static const char *const rounding[] = {"sign",         "onebit", "global_qsgd",
                                           "powersgd",     "acpsgd", "gtopk",
                                           "quant_reduce", "scaled", NULL};
    return strcmp(tw_feedback_at(c->feedback, c->precision)->member.name, "dgc") == 0 &&
           is_of(c, rounding);
}

static void setup(struct toy_run *r, struct toy *toy, const struct combination *c)
{
    const struct tw_member *member = &tw_compressor_at(c->compressor, c->precision)->member;
    toy_setup(r, c->precision, toy);
    r->setup.steps = STEPS;
    toy_compressor(r, member->name,
                   toy_has_option(member, "ratio")  ? "ratio=0.3"
                   : toy_has_option(member, "kept") ? "kept=0.3"
                                                    : "");
    toy_feedback(r, tw_feedback_at(c->feedback, c->precision)->member.name, "");
    toy_optimizer(r, "rate=0.5");
}

static const char *name_of(const struct combination *c)
{
    static char text[128];
    snprintf(text, sizeof text, "%s + %s, fp%d, seed %d",
             tw_compressor_at(c->compressor, c->precision)->member.name,
             tw_feedback_at(c->feedback, c->precision)->member.name,
             c->precision == TW_FP64 ? 64 : 32, SEED);
    return text;
}

static struct toy toy_of(void (*gradient)(const struct toy *, int, uint32_t, const double *,
                                          double *))
{
    struct toy toy = toy_mixed();
    toy.gradient = gradient;
    return toy;
}

/* ---- what a member says of itself ---- */

static void check_member(const struct tw_member *member)
{
    _Alignas(16) unsigned char params[TW_PARAMS_MAX] = {0};
    struct tw_err err = {0};
    ck_assert(member->name && member->name[0] && member->summary && member->summary[0]);
    ck_assert_ptr_nonnull(member->source);
    ck_assert_uint_le(member->params_size, TW_PARAMS_MAX);
    ck_assert_int_eq(tw_options_defaults(member->options, member->option_count, params, &err),
                     TW_OK);
    for (size_t i = 0; i < member->option_count; i++) {
        const struct tw_option *row = &member->options[i];
        ck_assert(row->help && row->help[0] && row->unit);
        ck_assert_uint_lt(row->offset, member->params_size);
        if (!row->fallback)
            continue;
        ck_assert_msg(tw_options_set(member->options, member->option_count, params, row->name,
                                     row->fallback, &err) == TW_OK,
                      "default of %s %s: %s", member->name, row->name, err.text);
    }
}

START_TEST(members_are_whole)
{
    const uint32_t of_compressors = TW_UNBIASED | TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT |
                                    TW_NEEDS_MATRIX | TW_AVERAGES_OWN | TW_DATA_SIZED;
    for (int i = 0; i < 2 * tw_feedback_count(); i++) {
        enum tw_precision precision = i % 2 ? TW_FP64 : TW_FP32;
        const struct tw_feedback *rule = tw_feedback_at(i / 2, precision);
        check_member(&rule->member);
        ck_assert_ptr_eq(tw_feedback_find(rule->member.name, precision), rule);
        ck_assert_int_eq(rule->precision, precision);
        ck_assert_uint_eq(rule->member.needs & ~of_compressors, 0);
        ck_assert(rule->rank_vectors >= 0 && rule->shared_vectors >= 0);
        ck_assert(rule->dense_steps && rule->before && rule->after && rule->direction);
    }
    ck_assert_ptr_null(tw_feedback_find("no such rule", TW_FP32));
    for (int i = 0; i < 2 * tw_optimizer_count(); i++) {
        enum tw_precision precision = i % 2 ? TW_FP64 : TW_FP32;
        const struct tw_optimizer *optimizer = tw_optimizer_at(i / 2, precision);
        check_member(&optimizer->member);
        ck_assert_ptr_eq(tw_optimizer_find(optimizer->member.name, precision), optimizer);
        ck_assert_int_eq(optimizer->precision, precision);
        ck_assert(optimizer->vectors && optimizer->rate && optimizer->update);
    }
    ck_assert_ptr_null(tw_optimizer_find("no such optimizer", TW_FP64));
}
END_TEST

/* ---- laws ---- */

/* Same setup, same bits. */
START_TEST(a_run_is_a_pure_function)
{
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(toy_quadratic);
        struct toy_run r;
        if (!combine(&c, i))
            continue;
        setup(&r, &toy, &c);
        double *once = toy_path(&r, &toy), *twice = toy_path(&r, &toy);
        size_t bytes = (STEPS + 1) * toy.dimension * sizeof *once;
        ck_assert_msg(memcmp(once, twice, bytes) == 0, "%s", name_of(&c));
        ck_assert_msg(memcmp(once, once + toy.dimension, toy.dimension * sizeof *once) != 0,
                      "%s: the weights do not move", name_of(&c));
        free(once);
        free(twice);
    }
}
END_TEST

/* Zero gradients move nothing and leave zero memory. */
START_TEST(zero_stays_zero)
{
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(nothing);
        struct toy_run r;
        struct toy_group g = {0};
        if (!combine(&c, i) || is_of(&c, voting))
            continue;
        setup(&r, &toy, &c);
        toy_group_open(&g, &r);
        for (uint32_t t = 0; t < 4; t++)
            toy_group_step(&g, t);
        const struct tw_feedback *rule = r.setup.feedback;
        for (uint64_t k = 0; k < toy.dimension; k++)
            ck_assert_msg(toy_read(&toy, g.group.weights, k) == 0, "%s", name_of(&c));
        for (uint64_t k = 0; k < toy.dimension * 3 * (uint64_t)rule->rank_vectors; k++)
            ck_assert_msg(toy_read(&toy, g.group.rank_memory, k) == 0, "%s", name_of(&c));
        for (uint64_t k = 0; k < toy.dimension * (uint64_t)rule->shared_vectors; k++)
            ck_assert_msg(toy_read(&toy, g.group.server_memory, k) == 0, "%s", name_of(&c));
        toy_group_close(&g);
    }
}
END_TEST

/* Gradients times 2^10 give weights times 2^10, exactly: no rule knows an absolute size. */
START_TEST(rules_are_homogeneous)
{
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(noise), large = toy_of(scaled_noise);
        struct toy_run r;
        if (!combine(&c, i) || is_of(&c, voting))
            continue;
        if (strcmp(tw_compressor_at(c.compressor, c.precision)->member.name, "hard") == 0)
            continue; /* a fixed threshold is an absolute size */
        setup(&r, &toy, &c);
        double *path = toy_path(&r, &toy);
        setup(&r, &large, &c);
        double *larger = toy_path(&r, &large);
        for (uint64_t k = 0; k < (STEPS + 1) * toy.dimension; k++)
            ck_assert_msg(larger[k] == 1024 * path[k], "%s: %g is not 1024 times %g", name_of(&c),
                          larger[k], path[k]);
        free(path);
        free(larger);
    }
}
END_TEST

/* A rule with memory follows a constant gradient: over T steps its directions add to T times the
 * mean gradient, but for what is still held back, which does not grow with T. */
START_TEST(memory_follows_a_constant_gradient)
{
    const uint32_t T = 400;
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(constant);
        struct toy_run r;
        double gradient[128], mean[128] = {0}, off = 0, scale = 0;
        if (!combine(&c, i) || is_of(&c, expanding) || forgets(&c) ||
            tw_feedback_at(c.feedback, c.precision)->rank_vectors == 0)
            continue;
        setup(&r, &toy, &c);
        /* with what the mean lacks for a memory, differences between ranks grow for ever, and a
         * choice by the ranks' own values comes to see nothing else */
        if (strcmp(r.setup.feedback->member.name, "residual") == 0 && is_of(&c, choosing_alone))
            continue;
        if (strcmp(r.setup.feedback->member.name, "dgc") == 0)
            toy_feedback(&r, "dgc",
                         "momentum=0"); /* a momentum adds up to more than the gradient */
        r.setup.steps = T;
        double *path = toy_path(&r, &toy);
        for (int rank = 0; rank < 3; rank++) {
            constant(&toy, rank, 0, NULL, gradient);
            for (uint64_t k = 0; k < toy.dimension; k++)
                mean[k] += gradient[k] / 3;
        }
        for (uint64_t k = 0; k < toy.dimension; k++) {
            double average = -path[T * toy.dimension + k] / (0.5 * T);
            off += (average - mean[k]) * (average - mean[k]);
            scale += mean[k] * mean[k];
        }
        ck_assert_msg(off <= 0.03 * 0.03 * scale, "%s: off by %g", name_of(&c), sqrt(off / scale));
        free(path);
    }
}
END_TEST

/* Four ranks with the same gradient are one rank: 4 is a power of two, so the mean is exact. Not
 * for compressors whose ranks draw for themselves. */
START_TEST(equal_ranks_are_one_rank)
{
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(alike);
        struct toy_run r;
        if (!combine(&c, i) || is_of(&c, drawing) || is_of(&c, slicing))
            continue;
        setup(&r, &toy, &c);
        r.setup.ranks = 1;
        double *one = toy_path(&r, &toy);
        setup(&r, &toy, &c);
        r.setup.ranks = 4;
        double *four = toy_path(&r, &toy);
        ck_assert_msg(memcmp(one, four, (STEPS + 1) * toy.dimension * sizeof *one) == 0, "%s",
                      name_of(&c));
        free(one);
        free(four);
    }
}
END_TEST

/* Rules work value by value: without compression the bucket cut changes no bit. */
START_TEST(buckets_do_not_matter_to_a_rule)
{
    const uint64_t cuts[] = {1, 156, 400};
    for (int i = 0; i < 2 * tw_feedback_count(); i++) {
        struct combination c = {.feedback = i / 2, .precision = i % 2 ? TW_FP64 : TW_FP32};
        struct toy toy = toy_of(toy_quadratic);
        struct toy_run r;
        setup(&r, &toy, &c);
        toy_compressor(&r, "none", "");
        double *whole = toy_path(&r, &toy);
        for (int k = 0; k < 3; k++) {
            r.setup.bucket_B = cuts[k];
            double *cut = toy_path(&r, &toy);
            ck_assert_msg(memcmp(whole, cut, (STEPS + 1) * toy.dimension * sizeof *cut) == 0,
                          "%s, buckets of %d B", name_of(&c), (int)cuts[k]);
            free(cut);
        }
        free(whole);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("laws");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, members_are_whole);
    tcase_add_test(tcase, a_run_is_a_pure_function);
    tcase_add_test(tcase, zero_stays_zero);
    tcase_add_test(tcase, rules_are_homogeneous);
    tcase_add_test(tcase, memory_follows_a_constant_gradient);
    tcase_add_test(tcase, equal_ranks_are_one_rank);
    tcase_add_test(tcase, buckets_do_not_matter_to_a_rule);
    return toy_main(tcase, "laws of feedback");
}
