/* links: tw_base tw_compressors */
/* add() is an addition: law: x has the bits of a loop that adds, and the step after it sends the
 * bytes, and keeps and reports what it would without.
 * own() may be given the very x of the step: what an error-feedback rule that keeps no second
 * vector does (y = x, scale −1). Law: the bits are those of a copy of x. */
#include "compressor_cases.h"

#define RANKS 3

static int wrong;

static void compare(struct group *group, int rank, const char *member, const char *options)
{
    void *own_state;
    struct tw_instance *instance = instance_of(group, rank, &own_state);
    size_t bytes = group->problem.dimension * tw_precision_B(group->precision);
    void *copy = vector_of(group->precision, group->problem.dimension);
    memcpy(copy, group->x[rank], bytes);
    group->ops->own(instance->shared, own_state, rank, -1.0, copy, &group->own_work);
    group->ops->own(instance->shared, own_state, rank, -1.0, group->x[rank], &group->own_work);
    if (memcmp(copy, group->x[rank], bytes) != 0) {
        fprintf(stderr, "%s [%s] fp%d rank %d, seed %u\n", member, options,
                group->precision == TW_FP64 ? 64 : 32, rank, SEED);
        wrong++;
    }
    free(copy);
}

static void visit(const char *member, const char *options)
{
    for (int p = 0; p < 2; p++) {
        struct group group;
        group_start(&group, member, p ? TW_FP64 : TW_FP32, options, RANKS, SEED);
        add_tensor(&group, 12, 17, 0);
        add_tensor(&group, 1, 29, 1);
        group_open(&group, 0);
        for (int r = 0; r < RANKS; r++) {
            struct tw_stream_key key = {SEED, 0, (uint32_t)r, 0, 0, TW_PURPOSE_TEST};
            struct tw_stream stream;
            tw_stream_open(&stream, &key);
            group.x[r] = vector_of(group.precision, group.problem.dimension);
            for (uint64_t i = 0; i < group.problem.dimension; i++)
                set(group.x[r], group.precision, i, gsl_ran_gaussian(&stream.gsl, 1.0));
        }
        ck_assert_int_eq(group_step(&group, 0), TW_OK);
        for (int r = 0; r < RANKS; r++)
            compare(&group, r, member, options);
        for (int r = 0; r < RANKS; r++)
            free(group.x[r]);
        group_close(&group);
    }
}

/* A group of three ranks whose vectors are memory + gradient. */
static void draw_vectors(struct group *group, void **gradients)
{
    for (int r = 0; r < RANKS; r++) {
        struct tw_stream_key key = {SEED, 0, (uint32_t)r, 0, 0, TW_PURPOSE_TEST};
        struct tw_stream stream;
        tw_stream_open(&stream, &key);
        group->x[r] = vector_of(group->precision, group->problem.dimension);
        gradients[r] = vector_of(group->precision, group->problem.dimension);
        for (uint64_t i = 0; i < group->problem.dimension; i++) {
            set(group->x[r], group->precision, i, gsl_ran_gaussian(&stream.gsl, 1.0));
            set(gradients[r], group->precision, i, gsl_ran_gaussian(&stream.gsl, 1.0));
        }
    }
}

/* Adds up by the member (which may be asked before begin(), as every rank adds before it), or not.
 */
static void add_up(struct group *group, void **gradients, int by_member)
{
    enum tw_precision precision = group->precision;
    for (int r = 0; r < RANKS; r++) {
        void *own_state;
        struct tw_instance *instance = instance_of(group, r, &own_state);
        if (by_member)
            group->ops->add(instance->shared, own_state, gradients[r], group->x[r]);
        for (uint64_t i = 0; !by_member && i < group->problem.dimension; i++)
            if (precision == TW_FP64)
                ((double *)group->x[r])[i] += ((double *)gradients[r])[i];
            else
                ((float *)group->x[r])[i] += ((float *)gradients[r])[i];
    }
}

static uint64_t step_of(const char *member, const char *options, enum tw_precision precision,
                        int by_member, double *sums)
{
    struct group group;
    void *gradients[RANKS];
    group_start(&group, member, precision, options, RANKS, SEED);
    add_tensor(&group, 12, 17, 0);
    add_tensor(&group, 1, 29, 1);
    group_open(&group, 0);
    draw_vectors(&group, gradients);
    uint64_t hash = 0;
    for (uint32_t s = 0; s < 2; s++) {
        add_up(&group, gradients, by_member);
        ck_assert_int_eq(group_step(&group, s), TW_OK);
        hash = hash * 31 + group.sent_hash;
        hash = hash * 31 + (uint64_t)group.local[0].count;
    }
    for (int r = 0; r < RANKS; r++) {
        for (uint64_t i = 0; i < group.problem.dimension; i++) {
            *sums++ = get(group.x[r], precision, i);
            *sums++ = get(group.own[r], precision, i);
        }
        free(gradients[r]);
        free(group.x[r]);
    }
    group_close(&group);
    return hash;
}

static int adding;

static void visit_add(const char *member, const char *options)
{
    static double with[2 * RANKS * (12 * 17 + 29)], without[2 * RANKS * (12 * 17 + 29)];
    for (int p = 0; p < 2; p++) {
        enum tw_precision precision = p ? TW_FP64 : TW_FP32;
        if (!tw_compressor_find(member, precision)->add)
            continue;
        uint64_t one = step_of(member, options, precision, 1, with);
        int differ = one != step_of(member, options, precision, 0, without);
        for (size_t i = 0; i < sizeof with / sizeof *with; i++)
            differ |= with[i] != without[i];
        adding++;
        wrong += differ;
        if (differ)
            fprintf(stderr, "%s [%s] fp%d adds otherwise, seed %u\n", member, options, p ? 64 : 32,
                    SEED);
    }
}

START_TEST(adding_is_an_addition)
{
    wrong = 0;
    each_setting(visit_add);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(adding, 0);
}
END_TEST

START_TEST(own_may_be_taken_off_x_itself)
{
    each_setting(visit);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("own in place");
    TCase *laws = tcase_create("laws");
    tcase_set_timeout(laws, 30);
    tcase_add_test(laws, own_may_be_taken_off_x_itself);
    tcase_add_test(laws, adding_is_an_addition);
    suite_add_tcase(suite, laws);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
