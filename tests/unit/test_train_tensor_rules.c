/* links: tw_train */
/* Rules for single tensors: who is matched, that rules which change nothing change nothing, and
 * what is sent where they do. */
#include "train_toys.h"

/* ---- which tensors ---- */

static const struct tw_match any = {.max_size = UINT64_MAX};

static int matches(struct tw_match match, uint32_t id, uint64_t rows, uint64_t columns)
{
    struct tw_tensor tensor = {.rows = rows, .columns = columns, .id = id, .vector = rows == 1};
    snprintf(tensor.name, sizeof tensor.name, "layer%u.%s", id, rows == 1 ? "bias" : "weight");
    return tw_match_tensor(&match, &tensor, 10);
}

START_TEST(every_condition)
{
    struct tw_match match = any;
    ck_assert(matches(match, 3, 4, 5));
    match.glob = "*.bias";
    ck_assert(matches(match, 3, 1, 5) && !matches(match, 3, 4, 5));
    match.glob = "layer[0-2].*";
    ck_assert(matches(match, 2, 4, 5) && !matches(match, 3, 4, 5));
    match = any;
    match.min_size = 20;
    ck_assert(matches(match, 0, 4, 5) && !matches(match, 0, 1, 19));
    match = any;
    match.max_size = 20;
    ck_assert(matches(match, 0, 4, 5) && !matches(match, 0, 1, 21));
    match = any;
    match.dims = 1;
    ck_assert(matches(match, 0, 1, 5) && !matches(match, 0, 4, 5));
    match.dims = 2;
    ck_assert(!matches(match, 0, 1, 5) && matches(match, 0, 4, 5));
    match = any;
    match.first = 2; /* numbers 0 and 1 of 0 … 9 */
    ck_assert(matches(match, 1, 4, 5) && !matches(match, 2, 4, 5));
    match = any;
    match.last = 2; /* numbers 8 and 9 */
    ck_assert(matches(match, 8, 4, 5) && !matches(match, 7, 4, 5));
    match.dims = 1; /* and both must hold */
    ck_assert(!matches(match, 8, 4, 5) && matches(match, 8, 1, 5));
}
END_TEST

/* ---- runs ---- */

struct rule_params {
    _Alignas(16) unsigned char params[TW_RULES_MAX][TW_PARAMS_MAX];
};

static void add_rule(struct toy_run *r, struct rule_params *kept, struct tw_match match,
                     const char *name, const char *options, double min_gain)
{
    int i = r->setup.rule_count++;
    const struct tw_compressor *ops = tw_compressor_find(name, r->setup.precision);
    ck_assert_ptr_nonnull(ops);
    toy_options(&ops->member, options, kept->params[i]);
    r->setup.rules[i] = (struct tw_tensor_rule){match, ops, kept->params[i], min_gain};
}

static void prepare(struct toy_run *r, struct toy *toy, const char *compressor, const char *options,
                    const char *feedback)
{
    toy_setup(r, TW_FP64, toy);
    toy_compressor(r, compressor, options);
    toy_feedback(r, feedback, "");
    toy_optimizer(r, "rate=0.1 momentum=0.5");
}

static int differing(const double *a, const double *b, const struct toy_run *r,
                     const struct toy *toy)
{
    int count = 0;
    for (uint64_t i = 0; i < (r->setup.steps + 1) * toy->dimension; i++) {
        uint64_t x, y; /* bits */
        memcpy(&x, &a[i], sizeof x);
        memcpy(&y, &b[i], sizeof y);
        count += x != y;
    }
    return count;
}

/* Top-K of each tensor by itself: cut into two parts it keeps the same values. Bit for bit, for the
 * rules compute value by value. */
START_TEST(same_compressor_everywhere)
{
    static const char *const feedbacks[] = {"none", "ef14", "ef21", "ef21m"};
    static struct toy_run r;
    static struct rule_params kept;
    struct tw_match vectors = any;
    vectors.dims = 1;
    for (int f = 0; f < 4; f++)
        for (int size = 0; size < 2; size++) {
            struct toy toy = toy_mixed();
            prepare(&r, &toy, "topk", "ratio=0.3 scope=tensor", feedbacks[f]);
            r.setup.bucket_B = size ? 200 : 0;
            double *without = toy_path(&r, &toy);
            add_rule(&r, &kept, vectors, "topk", "ratio=0.3 scope=tensor", 0);
            double *with = toy_path(&r, &toy);
            int count = differing(without, with, &r, &toy);
            free(with);
            ck_assert_msg(count == 0, "%s: %d values differ, seed %d", feedbacks[f], count,
                          (int)r.setup.seed);
            /* And the comparison can fail: another ratio for vectors gives another path. */
            r.setup.rule_count = 0;
            add_rule(&r, &kept, vectors, "none", "", 0);
            with = toy_path(&r, &toy);
            ck_assert_int_gt(differing(without, with, &r, &toy), 0);
            free(with);
            free(without);
        }
}
END_TEST

/* Rules that send everything densely, in two parts or for want of gain, are the method none. */
START_TEST(all_dense)
{
    static struct toy_run r;
    static struct rule_params kept;
    struct tw_match vectors = any;
    vectors.dims = 1;
    struct toy toy = toy_mixed();
    prepare(&r, &toy, "none", "", "ef14");
    double *dense = toy_path(&r, &toy);
    prepare(&r, &toy, "topk", "ratio=0.3", "ef14");
    add_rule(&r, &kept, vectors, "none", "", 0);
    add_rule(&r, &kept, any, "none", "", 0);
    double *ruled = toy_path(&r, &toy);
    ck_assert_int_eq(differing(dense, ruled, &r, &toy), 0);
    free(ruled);
    prepare(&r, &toy, "topk", "ratio=0.3", "ef14");
    add_rule(&r, &kept, any, "topk", "ratio=0.3", 1e6);
    ruled = toy_path(&r, &toy);
    ck_assert_int_eq(differing(dense, ruled, &r, &toy), 0);
    free(ruled);
    free(dense);
}
END_TEST

/* Exchanges of a record: bytes that rank 0 contributes, bucket and phase. */
struct seen {
    int count, bucket[8], phase[8], kind[8];
    uint64_t bytes[8];
};

static struct seen exchanges_of(const struct tw_record *record)
{
    struct seen seen = {0};
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        if (item->type != TW_ITEM_EXCHANGE)
            continue;
        ck_assert_int_lt(seen.count, 8);
        int n = seen.count++;
        seen.bucket[n] = item->bucket;
        seen.phase[n] = item->phase;
        seen.kind[n] = item->kind;
        seen.bytes[n] =
            (item->counts ? item->counts[0] : item->count) * tw_element_B(item->element);
    }
    return seen;
}

/* One bucket, in reverse order of layers: [3] [9×4] [0×4] [7] [12×5]. Vectors are dense: 10 fp64
 * values, 80 bytes, first because the bucket begins with one. The 96 values of the matrices go by
 * Top-K with index u32: ⌊0.25·96⌋ = 24 values of 8 bytes and 24 indices of 4 are 288 bytes. The
 * plan says the same of both, and of memory. */
START_TEST(mixed_by_hand)
{
    static struct toy_run r;
    static struct rule_params kept;
    struct tw_run planned = {0};
    struct tw_match vectors = any;
    vectors.dims = 1;
    struct toy toy = toy_mixed();
    prepare(&r, &toy, "topk", "ratio=0.25 scope=bucket index=u32", "ef14");
    add_rule(&r, &kept, vectors, "none", "", 0);
    r.setup.steps = 1;
    toy_train(&r);
    ck_assert_int_eq(tw_train_plan(&r.setup, &planned, &r.err), TW_OK);
    ck_assert_uint_eq(planned.trace.memory_B_per_rank, r.run.trace.memory_B_per_rank);
    for (int p = 0; p < 2; p++) {
        struct tw_trace *trace = p ? &planned.trace : &r.run.trace;
        struct seen seen = exchanges_of(&trace->records[0]);
        ck_assert_int_eq(trace->buckets, 1);
        ck_assert_int_eq(seen.count, 2);
        ck_assert_int_eq(seen.bucket[0], 0);
        ck_assert_int_eq(seen.bucket[1], 0);
        ck_assert_int_eq(seen.phase[0], 0);
        ck_assert_int_eq(seen.phase[1], 1);
        ck_assert_int_eq(seen.kind[0], TW_SUM);
        ck_assert_int_eq(seen.kind[1], TW_GATHER);
        ck_assert_uint_eq(seen.bytes[0], 80);
        ck_assert_uint_eq(seen.bytes[1], 288);
    }
    ck_assert_int_eq(tw_trace_append(&r.run.trace, &planned.trace.records[0]), TW_OK);
    ck_assert_int_eq(r.run.trace.record_count, 1); /* the planned record is the real one */
    tw_run_free(&planned);
    tw_run_free(&r.run);
}
END_TEST

/* Top-K at 0.3, fp64 values with u32 indices: [7] keeps 2 values, 24 bytes of 56, gain 2.33; [3]
 * keeps max(1, 0) = 1, 12 bytes of 24, gain 2; [12×5] keeps 18, 216 of 480, 2.22; [9×4] keeps 10,
 * 120 of 288, 2.4. A threshold of 2.3 leaves [3] and [12×5] dense: 63 values, 504 bytes. */
START_TEST(gains_by_hand)
{
    static struct toy_run r;
    static struct rule_params kept;
    struct toy toy = toy_mixed();
    prepare(&r, &toy, "none", "", "none");
    add_rule(&r, &kept, any, "topk", "ratio=0.3 scope=tensor index=u32", 2.3);
    r.setup.steps = 1;
    toy_train(&r);
    struct seen seen = exchanges_of(&r.run.trace.records[0]);
    ck_assert_int_eq(seen.count, 2);
    ck_assert_uint_eq(seen.bytes[0], 504); /* [3] begins the bucket */
    ck_assert_uint_eq(seen.bytes[1], 24 + 120);
    tw_run_free(&r.run);
}
END_TEST

/* Planned and real records of parts are one, with islands and a dense start too. */
START_TEST(plan_is_real)
{
    static struct toy_run r;
    static struct rule_params kept;
    struct tw_match vectors = any, last = any;
    vectors.dims = 1;
    last.last = 2;
    for (int island = 1; island <= 2; island++) {
        struct tw_run planned = {0};
        struct toy toy = toy_mixed();
        prepare(&r, &toy, "powersgd", "rank=2", "ef14");
        r.setup.ranks = 4;
        r.setup.island = island;
        r.setup.steps = 4;
        r.setup.bucket_B = 200;
        toy_feedback(&r, "ef14", "warmup=1");
        add_rule(&r, &kept, last, "topk", "ratio=0.5", 0);
        add_rule(&r, &kept, vectors, "none", "", 0);
        toy_train(&r);
        ck_assert_msg(tw_train_plan(&r.setup, &planned, &r.err) == TW_OK, "%s", r.err.text);
        ck_assert_int_eq(planned.trace.record_count, r.run.trace.record_count);
        int records = r.run.trace.record_count;
        for (int i = 0; i < records; i++)
            ck_assert_int_eq(tw_trace_append(&r.run.trace, &planned.trace.records[i]), TW_OK);
        ck_assert_int_eq(r.run.trace.record_count, records);
        tw_run_free(&planned);
        tw_run_free(&r.run);
    }
}
END_TEST

/* scope="global" in buckets of 200 bytes is scope="bucket" of one bucket, bit for bit: Top-K of the
 * concatenated gradient, one exchange behind the backward. In those buckets scope="bucket" keeps
 * other values. A rule's global compressor chooses over all the tensors that go to it: of the
 * matrices' 96 values ⌊0.25·96⌋ = 24 are kept, 288 bytes with their indices. */
START_TEST(global_scope)
{
    static struct toy_run r;
    static struct rule_params kept;
    struct tw_match matrices = any;
    matrices.dims = 2;
    struct toy toy = toy_mixed();
    double *paths[3];
    for (int i = 0; i < 3; i++) {
        prepare(&r, &toy, "topk", i == 1 ? "ratio=0.3 scope=global" : "ratio=0.3 scope=bucket",
                "ef14");
        r.setup.bucket_B = i == 0 ? 0 : 200;
        paths[i] = toy_path(&r, &toy);
    }
    ck_assert_int_eq(differing(paths[0], paths[1], &r, &toy), 0);
    ck_assert_int_gt(differing(paths[0], paths[2], &r, &toy), 0);
    for (int i = 0; i < 3; i++)
        free(paths[i]);
    for (int planned = 0; planned < 2; planned++) {
        prepare(&r, &toy, "none", "", "ef14");
        r.setup.bucket_B = 200;
        r.setup.steps = 1;
        add_rule(&r, &kept, matrices, "topk", "ratio=0.25 scope=global index=u32", 0);
        if (planned)
            ck_assert_int_eq(tw_train_plan(&r.setup, &r.run, &r.err), TW_OK);
        else
            toy_train(&r);
        struct seen seen = exchanges_of(&r.run.trace.records[0]);
        ck_assert_int_eq(r.run.trace.buckets, 1);
        ck_assert_int_eq(seen.count, 2);
        ck_assert_uint_eq(seen.bytes[0], 80);
        ck_assert_uint_eq(seen.bytes[1], 288);
        tw_run_free(&r.run);
    }
}
END_TEST

START_TEST(refusals)
{
    static struct toy_run r;
    static struct rule_params kept;
    struct toy toy = toy_mixed();
    prepare(&r, &toy, "topk", "ratio=0.3", "none");
    add_rule(&r, &kept, any, "topk", "ratio=0.3 index=rice", 2);
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(r.err.text, "topk"));
    tw_run_free(&r.run);
    prepare(&r, &toy, "none", "", "residual");
    r.err = (struct tw_err){0};
    add_rule(&r, &kept, any, "topk", "ratio=0.3", 0);
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(r.err.text, "residual"));
    tw_run_free(&r.run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules for tensors");
    TCase *tests = tcase_create("all");
    tcase_add_test(tests, every_condition);
    tcase_add_test(tests, same_compressor_everywhere);
    tcase_add_test(tests, all_dense);
    tcase_add_test(tests, mixed_by_hand);
    tcase_add_test(tests, gains_by_hand);
    tcase_add_test(tests, plan_is_real);
    tcase_add_test(tests, global_scope);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
