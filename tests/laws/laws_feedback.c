/* links: tw_train */
/* Laws that every feedback rule and optimizer keeps by being listed, with every compressor it may
 * be used with. Random gradients come from fixed seeds, named on failure. */
#include "laws/feedback_combinations.h"

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

/* Two members know an absolute size. A vote of ±1 has one itself, and none for 0 (C(0) = ±1), but
 * not with scale=mean, which is what is asked for here. The bound of `hard` is one: scaled with the
 * gradients it makes the law hold. .5 keeps about half of normal numbers. */
static void sized(struct toy_run *r, const struct combination *c, double size)
{
    const char *name = tw_compressor_at(c->compressor, c->precision)->member.name;
    char options[32];
    snprintf(options, sizeof options, "threshold=%g", 0.5 * size);
    if (strcmp(name, "majority") == 0)
        toy_compressor(r, name, "scale=mean");
    if (strcmp(name, "hard") == 0)
        toy_compressor(r, name, options);
}

/* Zero gradients move nothing and leave zero memory. */
START_TEST(zero_stays_zero)
{
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(nothing);
        struct toy_run r;
        struct toy_group g = {0};
        if (!combine(&c, i))
            continue;
        setup(&r, &toy, &c);
        sized(&r, &c, 1);
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
        if (!combine(&c, i))
            continue;
        setup(&r, &toy, &c);
        sized(&r, &c, 1);
        double *path = toy_path(&r, &toy);
        setup(&r, &large, &c);
        sized(&r, &c, 1024);
        double *larger = toy_path(&r, &large);
        for (uint64_t k = 0; k < (STEPS + 1) * toy.dimension; k++)
            ck_assert_msg(larger[k] == 1024 * path[k], "%s: %g is not 1024 times %g", name_of(&c),
                          larger[k], path[k]);
        free(path);
        free(larger);
    }
}
END_TEST

/* A vote of ±1 has no size at all: gradients times 2^10 change nothing. */
START_TEST(votes_have_no_size)
{
    for (int p = 0; p < 2; p++) {
        struct toy toy = toy_of(noise), large = toy_of(scaled_noise);
        struct toy *const toys[] = {&toy, &large};
        static struct toy_run r;
        double *paths[2];
        for (int k = 0; k < 2; k++) {
            toy_setup(&r, (enum tw_precision)p, toys[k]);
            r.setup.steps = STEPS;
            toy_compressor(&r, "majority", "");
            toy_feedback(&r, "none", "");
            toy_optimizer(&r, "rate=0.5");
            paths[k] = toy_path(&r, toys[k]);
        }
        for (uint64_t k = 0; k < (STEPS + 1) * toy.dimension; k++)
            ck_assert_double_eq(paths[0][k], paths[1][k]);
        free(paths[0]);
        free(paths[1]);
    }
}
END_TEST

/* Compressors whose ranks draw for themselves: equal ranks send different things (qsgd at s = 1 may
 * make ‖x‖ of a value on one rank and 0 of it on the other). Their mean over ranks tends to E C(x),
 * which laws_compressors_draws.c has; one draw is not four. */
static const char *const drawing[] = {"rtopk", "qsgd", "natural", "terngrad", "global_qsgd", NULL};
/* Blocks end with slices, one for each rank: this is asked for on 256 values and blocks of 32, with
 * which slices of 64 and of 256 have the same blocks. And what the second stage drops stays with
 * the slice's owner: its memory is then another than its equals', whose sum alone is the one
 * rank's. So the law holds for rules without memory. */
static const char *const slicing[] = {"quant_reduce", NULL};

/* Four ranks with the same gradient are one rank: 4 is a power of two, so the mean is exact. */
START_TEST(equal_ranks_are_one_rank)
{
    for (int i = 0; i < combinations(); i++) {
        struct combination c;
        struct toy toy = toy_of(alike);
        struct toy_run r;
        if (!combine(&c, i) || is_of(&c, drawing))
            continue;
        const int slices = is_of(&c, slicing);
        if (slices && tw_feedback_at(c.feedback, c.precision)->rank_vectors > 0)
            continue;
        if (slices) {
            toy = (struct toy){.gradient = alike, .loss = toy_half_norm2};
            toy_add(&toy, 16, 16);
        }
        setup(&r, &toy, &c);
        if (slices)
            toy_compressor(&r, "quant_reduce", "block=32");
        r.setup.ranks = 1;
        double *one = toy_path(&r, &toy);
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
    tcase_add_test(tcase, votes_have_no_size);
    tcase_add_test(tcase, equal_ranks_are_one_rank);
    tcase_add_test(tcase, buckets_do_not_matter_to_a_rule);
    return toy_main(tcase, "laws of feedback");
}
