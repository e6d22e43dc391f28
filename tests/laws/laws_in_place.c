/* links: tw_base tw_compressors */
/* own() may be given the very x of the step: what an error-feedback rule that keeps no second
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
    suite_add_tcase(suite, laws);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
