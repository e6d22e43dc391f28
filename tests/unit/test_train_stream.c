/* links: tw_train */
/* Runs bucket by bucket record what runs step by step do. */
#include <math.h>

#include "train_toys.h"

#define SHAPE "dimension=3000 layers=5 columns=30 groups=2 persistence=.5"

static _Alignas(16) unsigned char params[TW_PARAMS_MAX], rule_params[TW_PARAMS_MAX];
static const struct tw_workload *synthetic;
static struct tw_workload by_step, by_bucket;

/* ---- one value of layer 1 that is not finite, at step 2 ---- */

enum { LAYER = 1, LAYER_VALUES = 600, BAD_STEP = 2 };

static tw_status spoiled(void *state, int rank, uint32_t step, int first, uint64_t values,
                         void *out, struct tw_err *err)
{
    tw_status status = synthetic->tensors_gradient(state, rank, step, first, values, out, err);
    uint64_t from = (uint64_t)first * LAYER_VALUES;
    float *to = out;
    if (step == BAD_STEP && rank == 1 && from <= LAYER * LAYER_VALUES &&
        from + values > LAYER * LAYER_VALUES)
        to[LAYER * LAYER_VALUES - from] = INFINITY;
    return status;
}

static tw_status spoiled_whole(void *state, int rank, uint32_t step, const void *w, void *out,
                               struct tw_err *err)
{
    (void)w;
    return spoiled(state, rank, step, 0, 5 * (uint64_t)LAYER_VALUES, out, err);
}

/* ---- runs ---- */

static struct toy_run *setup_of(const char *compressor, const char *feedback)
{
    static struct toy_run r;
    static struct toy toy;
    toy = (struct toy){0};
    toy_setup(&r, TW_FP32, &toy);
    const struct tw_member *member = &tw_compressor_find(compressor, TW_FP32)->member;
    toy_compressor(&r, compressor, toy_has_option(member, "ratio") ? "ratio=0.3" : "");
    toy_feedback(&r, feedback, "");
    toy_optimizer(&r, "rate=0.1 momentum=0.5");
    toy_options(&synthetic->member, SHAPE, params);
    r.setup.workload_params = params;
    r.setup.ranks = 4;
    r.setup.bucket_B = 5000;
    r.setup.steps = 5;
    r.setup.evaluate = 2;
    return &r;
}

/* Records, steps and rows of b that are not those of a. */
static int differences(struct tw_run *a, const struct tw_run *b)
{
    int wrong =
        a->trace.record_count != b->trace.record_count || a->trace.steps != b->trace.steps ||
        a->trace.memory_B_per_rank != b->trace.memory_B_per_rank || a->diverged != b->diverged ||
        a->diverged_step != b->diverged_step || a->curve_count != b->curve_count;
    for (uint32_t t = 0; !wrong && t < a->trace.steps; t++)
        wrong += a->trace.step_record[t] != b->trace.step_record[t];
    for (int i = 0; !wrong && i < b->trace.record_count; i++) {
        ck_assert_int_eq(tw_trace_append(&a->trace, &b->trace.records[i]), TW_OK);
        wrong += a->trace.step_record[a->trace.steps - 1] != (unsigned)i;
    }
    for (int i = 0; !wrong && i < a->curve_count; i++) { /* sums of 3000 squares in another order */
        const double x = a->curve[i].gradient_norm2, y = b->curve[i].gradient_norm2;
        wrong += a->curve[i].step != b->curve[i].step || isnan(x) != isnan(y) ||
                 fabs(x - y) > 1e-12 * fabs(x);
    }
    return wrong;
}

static int compare(struct toy_run *r, const char *text)
{
    struct tw_err err = {0};
    struct tw_run stepped = {0}, streamed = {0};
    r->setup.workload = &by_step;
    tw_status status = tw_train(&r->setup, &stepped, &err);
    r->setup.workload = &by_bucket;
    ck_assert_msg(tw_train(&r->setup, &streamed, &err) == status, "%s: %s", text, err.text);
    if (!status)
        ck_assert_msg(differences(&stepped, &streamed) == 0, "%s", text);
    tw_run_free(&stepped);
    tw_run_free(&streamed);
    return status == TW_OK;
}

START_TEST(every_compressor)
{
    int compared = 0;
    for (int c = 0; c < tw_compressor_count(); c++) {
        const char *name = tw_compressor_at(c, TW_FP32)->member.name;
        compared += compare(setup_of(name, "ef14"), name);
    }
    ck_assert_int_ge(compared, tw_compressor_count() - 2); /* of those that go with ef14 */
}
END_TEST

START_TEST(every_rule)
{
    for (int f = 0; f < tw_feedback_count(); f++) {
        const char *name = tw_feedback_at(f, TW_FP32)->member.name;
        const char *compressor = strcmp(name, "residual") == 0 ? "powersgd" : "topk";
        ck_assert_msg(compare(setup_of(compressor, name), name), "%s", name);
    }
}
END_TEST

START_TEST(islands_rules_and_one_rank)
{
    struct toy_run *r = setup_of("adaptive", "ef21m");
    r->setup.island = 2;
    ck_assert(compare(r, "islands"));
    r = setup_of("topk", "ef14");
    const struct tw_compressor *none = tw_compressor_find("none", TW_FP32);
    toy_options(&none->member, "", rule_params);
    r->setup.rules[0] = (struct tw_tensor_rule){
        .compressor = none, .params = rule_params, .match = {.max_size = UINT64_MAX, .last = 3}};
    r->setup.rule_count = 1; /* tensors 2 to 4: one bucket of theirs alone, one cut in two */
    ck_assert(compare(r, "rules"));
    r = setup_of("topk", "ef14");
    r->setup.ranks = 1;
    r->setup.evaluate = 3;
    ck_assert(compare(r, "one rank"));
}
END_TEST

/* Top-K refuses such a value in the step that has it, which then does not count; signs sum it, and
 * no later step does. */
START_TEST(a_bad_value_ends_the_run_at_its_step)
{
    static const char *const names[] = {"topk", "none"};
    by_step.gradient = spoiled_whole;
    by_bucket.tensors_gradient = spoiled;
    for (int i = 0; i < 2; i++) {
        for (uint32_t evaluate = 0; evaluate <= 2; evaluate++) {
            struct toy_run *r = setup_of(names[i], "none");
            r->setup.evaluate = evaluate;
            ck_assert(compare(r, names[i]));
        }
        struct toy_run *r = setup_of(names[i], "none");
        r->setup.workload = &by_bucket;
        ck_assert_int_eq(tw_train(&r->setup, &r->run, &r->err), TW_OK);
        ck_assert_int_eq(r->run.diverged, 1);
        ck_assert_uint_eq(r->run.diverged_step, (uint32_t)(i == 0 ? BAD_STEP : BAD_STEP + 1));
        tw_run_free(&r->run);
    }
}
END_TEST

/* Five buckets of 600 values: the process holds those of one, the largest. */
START_TEST(memory_is_of_one_bucket)
{
    struct tw_err err = {0};
    uint64_t one, five;
    struct toy_run *r = setup_of("topk", "ef14");
    r->setup.evaluate = 0;
    r->setup.bucket_B = (uint64_t)LAYER_VALUES * 4;
    r->setup.workload = &by_bucket;
    ck_assert_int_eq(tw_train_memory(&r->setup, &one, &err), TW_OK);
    r->setup.workload = &by_step;
    ck_assert_int_eq(tw_train_memory(&r->setup, &five, &err), TW_OK);
    /* gradient, mean, and of 4 ranks x in the place of the residual: 6 vectors at least; messages
     * of 4·180 values of 8 B and the state of top-k make 41 */
    ck_assert_uint_ge(one, UINT64_C(6) * LAYER_VALUES * 4);
    ck_assert_uint_le(one, UINT64_C(45) * LAYER_VALUES * 4);
    ck_assert_uint_gt(five, 3 * one);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train stream");
    TCase *tests = tcase_create("stream");
    synthetic = tw_workload_find("synthetic", TW_FP32);
    by_step = by_bucket = *synthetic;
    by_step.tensors_gradient = NULL;
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, every_compressor);
    tcase_add_test(tests, every_rule);
    tcase_add_test(tests, islands_rules_and_one_rank);
    tcase_add_test(tests, a_bad_value_ends_the_run_at_its_step);
    tcase_add_test(tests, memory_is_of_one_bucket);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
