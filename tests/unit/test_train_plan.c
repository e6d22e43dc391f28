/* links: tw_train */
/* A trace made without numbers says what a real run of the same shapes does: items identical, for
 * every compressor and feedback rule. */
#include "train_toys.h"

static struct toy_run *setup_of(struct toy *toy, enum tw_precision precision, int compressor,
                                int feedback)
{
    static struct toy_run r;
    toy_setup(&r, precision, toy);
    const struct tw_member *member = &tw_compressor_at(compressor, precision)->member;
    toy_compressor(&r, member->name, toy_has_option(member, "ratio") ? "ratio=0.3" : "");
    toy_feedback(&r, tw_feedback_at(feedback, precision)->member.name, "");
    toy_optimizer(&r, "rate=0.1 momentum=0.5");
    r.setup.steps = 6;
    return &r;
}

static int goes_together(const struct toy_run *r)
{
    return toy_goes_together(r->setup.feedback, r->setup.compressor) && r->setup.compressor->plan;
}

/* The same workload, numbers forgotten. */
static struct tw_workload without_numbers(const struct tw_workload *workload)
{
    struct tw_workload sizes = *workload;
    sizes.member.traits = TW_SIZES_ONLY;
    sizes.start = NULL;
    sizes.gradient = NULL;
    sizes.loss = NULL;
    sizes.distance = NULL;
    return sizes;
}

/* Every record of `planned`, appended to `real`, is found there under its own number. */
static void check_same(struct tw_trace *real, struct tw_trace *planned, const char *what)
{
    ck_assert_msg(real->record_count == planned->record_count, "%s: %d records, planned %d", what,
                  real->record_count, planned->record_count);
    ck_assert_uint_eq(real->steps, planned->steps);
    ck_assert_uint_eq(real->dimension, planned->dimension);
    ck_assert_int_eq(real->buckets, planned->buckets);
    ck_assert_int_eq(real->ranks, planned->ranks);
    ck_assert_uint_eq(real->memory_B_per_rank, planned->memory_B_per_rank);
    for (uint32_t t = 0; t < real->steps; t++)
        ck_assert_uint_eq(real->step_record[t], planned->step_record[t]);
    for (int i = 0; i < planned->record_count; i++) {
        ck_assert_int_gt(planned->records[i].count, 0);
        ck_assert_int_eq(tw_trace_append(real, &planned->records[i]), TW_OK);
        ck_assert_msg(real->step_record[real->steps - 1] == (unsigned)i, "%s: record %d differs",
                      what, i);
    }
}

static void compare(struct toy_run *r)
{
    struct tw_run planned = {0};
    struct tw_err err = {0};
    char what[128];
    snprintf(what, sizeof what, "%s + %s, %d ranks, buckets of %d B",
             r->setup.compressor->member.name, r->setup.feedback->member.name, r->setup.ranks,
             (int)r->setup.bucket_B);
    toy_train(r);
    struct tw_workload sizes = without_numbers(r->setup.workload);
    struct tw_train_setup setup = r->setup;
    setup.workload = &sizes;
    ck_assert_msg(tw_train(&setup, &planned, &err) == TW_OK, "%s: %s", what, err.text);
    ck_assert_int_eq(planned.curve_count, 0);
    check_same(&r->run.trace, &planned.trace, what);
    tw_run_free(&planned);
    tw_run_free(&r->run);
}

START_TEST(plan_equals_run)
{
    static const struct {
        int ranks;
        uint64_t bucket_B;
    } cases[] = {{1, 0}, {3, 0}, {4, 156}, {2, 1}};
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++)
        for (int feedback = 0; feedback < tw_feedback_count(); feedback++)
            for (int k = 0; k < 8; k++) {
                struct toy toy = toy_mixed();
                struct toy_run *r = setup_of(&toy, k & 1 ? TW_FP64 : TW_FP32, compressor, feedback);
                r->setup.ranks = cases[k / 2].ranks;
                r->setup.bucket_B = cases[k / 2].bucket_B;
                if (goes_together(r))
                    compare(r);
            }
}
END_TEST

/* Sharded, with buckets that three ranks do not divide evenly, and weights of all types. */
START_TEST(plan_equals_run_sharded)
{
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++)
        for (int feedback = 0; feedback < tw_feedback_count(); feedback++)
            for (int k = 1; k <= 3; k++) {
                struct toy toy = toy_mixed();
                struct toy_run *r = setup_of(&toy, k & 1 ? TW_FP64 : TW_FP32, compressor, feedback);
                r->setup.bucket_B = 156;
                r->setup.steps = 3;
                int type = k - 1 + 2 * (compressor & 1);
                r->setup.sharding = (struct tw_sharding){(enum tw_shard_stage)k,
                                                         (enum tw_weights_type)type, k == 2, 5};
                if (goes_together(r) && !r->setup.feedback->server)
                    compare(r);
            }
}
END_TEST

/* Synthetic gradients of a model's shape, as a scenario would ask for them. */
START_TEST(plan_equals_run_on_synthetic_gradients)
{
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++)
        for (int feedback = 0; feedback < tw_feedback_count(); feedback++) {
            _Alignas(16) unsigned char params[TW_PARAMS_MAX];
            struct toy toy = {0};
            struct toy_run *r = setup_of(&toy, TW_FP32, compressor, feedback);
            r->setup.workload = tw_workload_find("synthetic", TW_FP32);
            ck_assert_ptr_nonnull(r->setup.workload);
            toy_options(&r->setup.workload->member, "dimension=6000 layers=5 columns=40", params);
            r->setup.workload_params = params;
            r->setup.bucket_B = 10000;
            r->setup.steps = 3;
            if (goes_together(r))
                compare(r);
            r->setup.workload_params = NULL;
        }
}
END_TEST

/* Order of a step's items: the time plane relies on it (trace.h). */
START_TEST(items_in_order)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, TW_FP32, 0, 0);
    toy_compressor(r, "arctopk", "ratio=0.3");
    toy_feedback(r, "ef21", "start=zero");
    r->setup.bucket_B = 156;
    toy_train(r);
    ck_assert_int_eq(r->run.trace.record_count, 1);
    const struct tw_record *record = &r->run.trace.records[0];
    int exchanges = 0;
    for (int i = 1; i < record->count; i++) {
        const struct tw_item *a = &record->items[i - 1], *b = &record->items[i];
        int last = b->bucket == -1;
        ck_assert(last || (a->bucket >= 0 && (b->bucket > a->bucket ||
                                              (b->bucket == a->bucket && b->phase >= a->phase))));
        ck_assert(!last || a->stage == TW_STAGE_METHOD || b->stage == TW_STAGE_UPDATE);
        exchanges += b->type == TW_ITEM_EXCHANGE;
    }
    ck_assert_int_eq(record->items[0].bucket, 0);
    ck_assert_int_eq(record->items[record->count - 1].stage, TW_STAGE_UPDATE);
    /* Sketch and values of the first and last bucket; the second holds a vector alone, sent dense.
     */
    ck_assert_int_eq(exchanges, 2 + 1 + 2);
    tw_run_free(&r->run);
}
END_TEST

/* The dense first step of EF21: one all-reduce of every value, then the compressed steps. */
START_TEST(dense_start)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, TW_FP32, 0, 0);
    toy_compressor(r, "topk", "ratio=0.3");
    toy_feedback(r, "ef21", "start=dense");
    toy_train(r);
    ck_assert_int_eq(r->run.trace.record_count, 2);
    for (uint32_t t = 0; t < r->run.trace.steps; t++)
        ck_assert_uint_eq(r->run.trace.step_record[t], t > 0);
    int found = 0;
    for (int i = 0; i < r->run.trace.records[0].count; i++) {
        const struct tw_item *item = &r->run.trace.records[0].items[i];
        if (item->type != TW_ITEM_EXCHANGE)
            continue;
        found++;
        ck_assert_int_eq(item->kind, TW_SUM);
        ck_assert_int_eq(item->element, TW_ELEMENT_F32);
        ck_assert_uint_eq(item->count, toy.dimension);
    }
    ck_assert_int_eq(found, 1);
    tw_run_free(&r->run);
}
END_TEST

START_TEST(data_sized_is_refused)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, TW_FP32, 0, 0);
    struct tw_compressor blind = *tw_compressor_find("topk", TW_FP32);
    struct tw_workload sizes = without_numbers(r->setup.workload);
    toy_compressor(r, "topk", "ratio=0.3");
    blind.plan = NULL;
    blind.member.name = "blind";
    r->setup.compressor = &blind;
    r->setup.workload = &sizes;
    ck_assert_int_eq(tw_train(&r->setup, &r->run, &r->err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(r->err.text, "blind"));
    tw_run_free(&r->run);
}
END_TEST

/* The sizes workload itself, on a model whose vectors would be 5 GB each. */
START_TEST(no_numbers_are_held)
{
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    struct toy toy = {0};
    struct toy_run *r = setup_of(&toy, TW_FP32, 0, 0);
    r->setup.workload = tw_workload_find("sizes", TW_FP32);
    ck_assert_ptr_nonnull(r->setup.workload);
    toy_options(&r->setup.workload->member, "model=llama-1b", params);
    r->setup.workload_params = params;
    toy_compressor(r, "arctopk", "ratio=0.2");
    toy_feedback(r, "ef21m", "");
    r->setup.ranks = 64;
    r->setup.bucket_B = 25000000;
    uint64_t bytes = 1;
    ck_assert_msg(tw_train_memory(&r->setup, &bytes, &r->err) == TW_OK, "%s", r->err.text);
    ck_assert_uint_eq(bytes, 0);
    toy_train(r);
    ck_assert_uint_gt(r->run.trace.dimension, 1000000000);
    ck_assert_int_eq(r->run.trace.record_count, 2);
    tw_run_free(&r->run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("plan");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, plan_equals_run);
    tcase_add_test(tcase, plan_equals_run_sharded);
    tcase_add_test(tcase, plan_equals_run_on_synthetic_gradients);
    tcase_add_test(tcase, items_in_order);
    tcase_add_test(tcase, dense_start);
    tcase_add_test(tcase, data_sized_is_refused);
    tcase_add_test(tcase, no_numbers_are_held);
    return toy_main(tcase, "train plan");
}
