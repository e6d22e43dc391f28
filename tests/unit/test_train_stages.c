/* links: tw_train */
/* Schedules of an option: what is sent in each stage, what goes on across stages, and that stages
 * which change nothing change nothing. */
#include "train_toys.h"

enum { STAGES_MOST = 4 };

struct stage_params {
    _Alignas(16) unsigned char params[STAGES_MOST][TW_PARAMS_MAX];
};

static void add_stage(struct toy_run *r, struct stage_params *kept, const char *options)
{
    struct tw_stages *stages = &r->setup.stages;
    ck_assert_int_lt(stages->count, STAGES_MOST);
    toy_options(&r->setup.compressor->member, options, kept->params[stages->count]);
    stages->params[stages->count] = kept->params[stages->count];
    stages->count++;
}

static void prepare(struct toy_run *r, struct toy *toy, enum tw_precision precision,
                    const char *compressor, const char *options, const char *feedback,
                    const char *feedback_options)
{
    toy_setup(r, precision, toy);
    toy_compressor(r, compressor, options);
    toy_feedback(r, feedback, feedback_options);
    toy_optimizer(r, "rate=0.1 momentum=0.5");
}

/* Bytes that rank 0 contributes in a step. */
static uint64_t bytes_of(const struct tw_trace *trace, uint32_t step)
{
    const struct tw_record *record = &trace->records[trace->step_record[step]];
    uint64_t bytes = 0;
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        if (item->type == TW_ITEM_EXCHANGE)
            bytes += (item->counts ? item->counts[0] : item->count) * tw_element_B(item->element);
    }
    return bytes;
}

/* Top-K of the whole bucket of 106 values, u32 indices, B bytes a value: (B + 4)·⌊ρ·106⌋, with
 * ρ = 0.5, 0.25, 0.1 for two steps each, 53, 26 and 10 kept, then the compressor's own 0.02: 2. A
 * warm-up of three steps sends 106·B instead, and its steps count. The plan says the same. */
START_TEST(bytes_by_hand)
{
    static const uint64_t kept_values[8] = {53, 53, 26, 26, 10, 10, 2, 2};
    static struct toy_run r;
    static struct stage_params kept;
    for (int c = 0; c < 4; c++) {
        enum tw_precision precision = c & 1 ? TW_FP64 : TW_FP32;
        uint64_t value_B = tw_precision_B(precision);
        uint32_t dense = c & 2 ? 3 : 0;
        struct tw_run planned = {0};
        struct toy toy = toy_mixed();
        prepare(&r, &toy, precision, "topk", "ratio=0.02 scope=bucket index=u32", "ef14",
                dense ? "warmup=3" : "");
        add_stage(&r, &kept, "ratio=0.5 scope=bucket index=u32");
        add_stage(&r, &kept, "ratio=0.25 scope=bucket index=u32");
        add_stage(&r, &kept, "ratio=0.1 scope=bucket index=u32");
        r.setup.stages.steps = 2;
        r.setup.steps = 8;
        toy_train(&r);
        ck_assert_msg(tw_train_plan(&r.setup, &planned, &r.err) == TW_OK, "%s", r.err.text);
        for (uint32_t t = 0; t < 8; t++) {
            uint64_t want = t < dense ? 106 * value_B : (value_B + 4) * kept_values[t];
            ck_assert_uint_eq(bytes_of(&r.run.trace, t), want);
            ck_assert_uint_eq(bytes_of(&planned.trace, t), want);
        }
        ck_assert_uint_eq(planned.trace.memory_B_per_rank, r.run.trace.memory_B_per_rank);
        tw_run_free(&planned);
        tw_run_free(&r.run);
    }
}
END_TEST

/* Values that differ in steps 0 … steps. */
static int differing(const double *a, const double *b, uint32_t steps, const struct toy *toy)
{
    int count = 0;
    for (uint64_t i = 0; i < (steps + 1) * toy->dimension; i++) {
        uint64_t x, y; /* bits */
        memcpy(&x, &a[i], sizeof x);
        memcpy(&y, &b[i], sizeof y);
        count += x != y;
    }
    return count;
}

/* Stages of the compressor's own value are a run without stages, bit for bit, for members that
 * carry nothing from step to step; a run whose second value is another one follows the first until
 * there (row 6 of the path is the first that a step with the other value has made). */
START_TEST(equal_values_change_nothing)
{
    static const char *const members[] = {"topk", "randk", "rtopk", "arctopk", "sidco"};
    static const char *const feedbacks[] = {"none", "ef14", "ef21", "dgc"};
    static struct toy_run r;
    static struct stage_params kept;
    for (int c = 0; c < 5 * 4 * 2; c++) {
        const char *member = members[c / 8], *feedback = feedbacks[c / 2 % 4];
        enum tw_precision precision = c & 1 ? TW_FP64 : TW_FP32;
        struct toy toy = toy_mixed();
        prepare(&r, &toy, precision, member, "ratio=0.3", "none", "");
        if (tw_feedback_find(feedback, precision)->member.needs &
            ~r.setup.compressor->member.traits)
            continue;
        toy_feedback(&r, feedback, "");
        double *constant = toy_path(&r, &toy);
        add_stage(&r, &kept, "ratio=0.3");
        r.setup.stages.steps = 5;
        double *same = toy_path(&r, &toy);
        int changed = differing(constant, same, 20, &toy);
        toy_options(&r.setup.compressor->member, "ratio=0.8", r.compressor);
        double *other = toy_path(&r, &toy);
        int early = differing(constant, other, 5, &toy), late = differing(constant, other, 6, &toy);
        free(other);
        free(same);
        free(constant);
        ck_assert_msg(changed == 0 && early == 0 && late > 0, "%s %s: %d %d %d, seed %d", member,
                      feedback, changed, early, late, (int)r.setup.seed);
    }
}
END_TEST

/* Every member that has a ratio and a plan: the planned records are the real ones in all stages. */
START_TEST(plan_is_real)
{
    static struct toy_run r;
    static struct stage_params kept;
    int shrank = 0;
    for (int m = 0; m < 2 * tw_compressor_count(); m++) {
        const struct tw_compressor *ops = tw_compressor_at(m / 2, TW_FP32);
        struct tw_run planned = {0};
        struct toy toy = toy_mixed();
        if (!ops->plan || !toy_has_option(&ops->member, "ratio"))
            continue;
        prepare(&r, &toy, TW_FP32, ops->member.name, "ratio=0.1", m % 2 ? "doublesqueeze" : "none",
                "");
        add_stage(&r, &kept, "ratio=0.7");
        add_stage(&r, &kept, "ratio=0.3");
        r.setup.stages.steps = 2;
        r.setup.steps = 6;
        r.setup.bucket_B = 200;
        tw_status status = tw_train(&r.setup, &r.run, &r.err);
        ck_assert_msg(status == TW_OK || (m % 2 && status == TW_REFUSED), "%s: %s",
                      ops->member.name, r.err.text);
        if (status) { /* more than one message to a server */
            tw_run_free(&r.run);
            continue;
        }
        ck_assert_msg(tw_train_plan(&r.setup, &planned, &r.err) == TW_OK, "%s: %s",
                      ops->member.name, r.err.text);
        for (uint32_t t = 0; t < 6; t++)
            ck_assert_msg(bytes_of(&r.run.trace, t) == bytes_of(&planned.trace, t), "%s step %u",
                          ops->member.name, t);
        shrank += bytes_of(&planned.trace, 0) > bytes_of(&planned.trace, 5); /* arc_exact never */
        int records = r.run.trace.record_count;
        for (int i = 0; i < planned.trace.record_count; i++)
            ck_assert_int_eq(tw_trace_append(&r.run.trace, &planned.trace.records[i]), TW_OK);
        ck_assert_msg(r.run.trace.record_count == records, "%s", ops->member.name);
        tw_run_free(&planned);
        tw_run_free(&r.run);
    }
    ck_assert_int_ge(shrank, 8);
}
END_TEST

/* At a change the ranks' memory stays as it is, and so does the compressor of a rule for tensors.
 */
START_TEST(what_goes_on)
{
    static struct toy_run r;
    static struct stage_params kept;
    static _Alignas(16) unsigned char rule[TW_PARAMS_MAX];
    struct toy toy = toy_mixed();
    struct toy_group g = {0};
    prepare(&r, &toy, TW_FP64, "topk", "ratio=0.1", "ef14", "");
    add_stage(&r, &kept, "ratio=0.5");
    r.setup.stages.steps = 2;
    const struct tw_compressor *sgn = tw_compressor_find("sign", TW_FP64);
    toy_options(&sgn->member, "", rule);
    r.setup.rules[0] = (struct tw_tensor_rule){
        .match = {.max_size = UINT64_MAX, .dims = 1}, .compressor = sgn, .params = rule};
    r.setup.rule_count = 1;
    toy_group_open(&g, &r);
    toy_group_step(&g, 0);
    toy_group_step(&g, 1);
    ck_assert_int_eq(g.shape.cut.count, 2); /* vectors, which begin the bucket, and matrices */
    ck_assert_ptr_eq(g.shape.cut.buckets[0].compressor, sgn);
    size_t bytes = 3 * 106 * sizeof(double), zeros = 0;
    unsigned char *before = malloc(bytes);
    ck_assert_ptr_nonnull(before);
    memcpy(before, g.group.rank_memory, bytes);
    for (size_t i = 0; i < bytes / sizeof(double); i++)
        zeros += ((double *)g.group.rank_memory)[i] == 0;
    void *rules_own = g.group.method[0].shared;
    ck_assert_ptr_eq(g.group.method[1].problem.params, kept.params[0]);
    ck_assert_int_eq(tw_group_enter_stage(&g.group, 2, &r.err), TW_OK);
    ck_assert_ptr_eq(g.group.method[0].shared, rules_own);
    ck_assert_ptr_eq(g.group.method[1].problem.params, r.compressor);
    ck_assert_int_eq(memcmp(before, g.group.rank_memory, bytes), 0);
    ck_assert_uint_lt(zeros, bytes / sizeof(double) / 2); /* there was something to lose */
    free(before);
    toy_group_step(&g, 2);
    toy_group_close(&g);
}
END_TEST

START_TEST(refusals)
{
    static struct toy_run r;
    static struct stage_params kept;
    struct toy toy = toy_mixed();
    prepare(&r, &toy, TW_FP64, "topk", "ratio=0.1", "none", "");
    add_stage(&r, &kept, "ratio=0.5");
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_RANGE); /* of 0 steps */
    tw_run_free(&r.run);
    r.setup.stages.steps = 1;
    r.setup.stages.count = TW_STAGES_MAX + 1;
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_RANGE);
    tw_run_free(&r.run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("stages");
    tcase_add_test(tcase, bytes_by_hand);
    tcase_add_test(tcase, equal_values_change_nothing);
    tcase_add_test(tcase, plan_is_real);
    tcase_add_test(tcase, what_goes_on);
    tcase_add_test(tcase, refusals);
    return toy_main(tcase, "stages");
}
