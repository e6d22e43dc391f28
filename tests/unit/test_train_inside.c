/* links: tw_train */
/* Islands whose ranks send integers to be added: what is added, what is sent, what is refused. */
#include "train/inside.h"
#include "train_toys.h"

enum { ISLAND = 4, BLOCK = 5, STEPS = 6 };

static int levels; /* R of the reference: 127 or 7 */

/* Blocks of 5 values of every slice of ⌈d/4⌉, behind the end zeros: x → rint(x·R/M)·M/R, to even.
 */
static void round_slices(double *x, uint64_t d)
{
    uint64_t slice = (d + ISLAND - 1) / ISLAND;
    for (uint64_t start = 0; start < d; start += slice)
        for (uint64_t b = 0; b < slice; b += BLOCK) {
            double most = 0;
            for (uint64_t i = b; i < slice && i < b + BLOCK && start + i < d; i++)
                most = fmax(most, fabs(x[start + i]));
            for (uint64_t i = b; most > 0 && i < slice && i < b + BLOCK && start + i < d; i++)
                x[start + i] = rint(x[start + i] * levels / most) * most / levels;
        }
}

/* The gradient that island `rank` has: in bucket order (one bucket: tensors from the last on) each
 * rank's is rounded, then they are averaged. */
static void averaged(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    double sum[128] = {0}, one[128], turned[128];
    for (int i = 0; i < ISLAND; i++) {
        uint64_t at = 0;
        toy_quadratic(toy, rank * ISLAND + i, step, w, one);
        for (int t = toy->tensor_count; t-- > 0; at += tw_tensor_size(&toy->tensors[t]))
            memcpy(turned + at, one + toy->tensors[t].offset,
                   tw_tensor_size(&toy->tensors[t]) * sizeof *one);
        round_slices(turned, toy->dimension);
        for (uint64_t k = 0; k < toy->dimension; k++)
            sum[k] += turned[k];
    }
    uint64_t at = 0;
    for (int t = toy->tensor_count; t-- > 0; at += tw_tensor_size(&toy->tensors[t]))
        for (uint64_t k = 0; k < tw_tensor_size(&toy->tensors[t]); k++)
            out[toy->tensors[t].offset + k] = sum[at + k] / ISLAND;
}

static void prepare(struct toy_run *r, struct toy *toy, enum tw_inside_type type)
{
    toy_setup(r, TW_FP64, toy);
    toy_compressor(r, "quant_reduce", "first=int4");
    toy_feedback(r, "none", "");
    toy_optimizer(r, "rate=0.05");
    r->setup.steps = STEPS;
    r->setup.bucket_B = 0;
    r->setup.ranks = 3 * ISLAND;
    r->setup.island = ISLAND;
    r->setup.inside = (struct tw_inside){type, BLOCK};
}

/* The compressor none between islands: 12 ranks go the way of three whose gradients are the rounded
 * averages, to 1e-12 (the member may divide by R in another order); not that of plain islands. */
START_TEST(rounded_where_they_are_added)
{
    static struct toy_run r;
    for (int i = TW_INSIDE_INT8; i <= TW_INSIDE_INT4; i++) {
        struct toy toy = toy_mixed();
        double *paths[3], off = 0, plain = 0;
        levels = i == TW_INSIDE_INT8 ? 127 : 7;
        for (int way = 0; way < 3; way++) {
            prepare(&r, &toy, way == 0 ? (enum tw_inside_type)i : TW_INSIDE_FULL);
            toy_compressor(&r, "none", "");
            toy.gradient = way == 1 ? averaged : toy_quadratic;
            r.setup.ranks = way == 1 ? 3 : 3 * ISLAND;
            r.setup.island = way == 1 ? 1 : ISLAND;
            paths[way] = toy_path(&r, &toy);
        }
        for (uint64_t k = 0; k < (STEPS + 1) * toy.dimension; k++) {
            off = fmax(off, fabs(paths[0][k] - paths[1][k]));
            plain = fmax(plain, fabs(paths[0][k] - paths[2][k]));
        }
        ck_assert_msg(off <= 1e-12, "%d levels: off by %g", levels, off);
        ck_assert_double_gt(plain, 1e-5);
        for (int way = 0; way < 3; way++)
            free(paths[way]);
    }
}
END_TEST

/* 106 values of 8 bytes for 4 owners: slices of 27 values in 6 blocks, 6·8 + 27 = 75 bytes as int8
 * and 6·8 + 14 = 62 as int4, four of them: 300 and 248. Each rank codes 4·27 values and decodes as
 * many, an island 4 times that: 432. Planned and real records are one, and memory grows by what a
 * rank sends and gets. */
START_TEST(records_by_hand)
{
    static struct toy_run r;
    for (int i = TW_INSIDE_INT8; i <= TW_INSIDE_INT4; i++) {
        struct toy toy = toy_mixed();
        struct tw_run planned = {0};
        uint64_t want = i == TW_INSIDE_INT8 ? 300 : 248;
        ck_assert_uint_eq(toy.dimension, 106);
        prepare(&r, &toy, TW_INSIDE_FULL);
        toy_train(&r);
        uint64_t memory_B = r.run.trace.memory_B_per_rank;
        tw_run_free(&r.run);
        prepare(&r, &toy, (enum tw_inside_type)i);
        toy_train(&r);
        const struct tw_item *item = r.run.trace.records[0].items;
        ck_assert_int_eq(item[0].work.kernel, TW_KERNEL_QUANTISE);
        ck_assert_uint_eq(item[0].work.elements, 432);
        ck_assert_int_eq(item[1].type, TW_ITEM_REDUCE_INSIDE);
        ck_assert_int_eq(item[1].element, TW_ELEMENT_BYTE);
        ck_assert_uint_eq(item[1].count, want);
        ck_assert_int_eq(item[2].work.kernel, TW_KERNEL_DEQUANTISE);
        ck_assert_uint_eq(item[2].work.elements, 432);
        ck_assert_uint_eq(r.run.trace.memory_B_per_rank, memory_B + 2 * want);
        ck_assert_msg(tw_train_plan(&r.setup, &planned, &r.err) == TW_OK, "%s", r.err.text);
        ck_assert_uint_eq(planned.trace.memory_B_per_rank, memory_B + 2 * want);
        int records = r.run.trace.record_count;
        ck_assert_int_eq(planned.trace.record_count, records);
        for (int n = 0; n < records; n++)
            ck_assert_int_eq(tw_trace_append(&r.run.trace, &planned.trace.records[n]), TW_OK);
        ck_assert_int_eq(r.run.trace.record_count, records);
        tw_run_free(&planned);
        tw_run_free(&r.run);
    }
}
END_TEST

static void infinite(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    toy_quadratic(toy, rank, step, w, out);
    if (rank == 5 && step == 2)
        out[3] = INFINITY;
}

START_TEST(refusals)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    prepare(&r, &toy, TW_INSIDE_INT8);
    r.setup.island = 1;
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_REFUSED);
    tw_run_free(&r.run);
    prepare(&r, &toy, TW_INSIDE_INT8);
    r.setup.inside.block = 0;
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_RANGE);
    tw_run_free(&r.run);
    prepare(&r, &toy, TW_INSIDE_INT8);
    r.setup.rules[0] = (struct tw_tensor_rule){
        {.max_size = UINT64_MAX}, r.setup.compressor, r.setup.compressor_params, 0};
    r.setup.rule_count = 1;
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(r.err.text, "rules for tensors"));
    tw_run_free(&r.run);
    toy.gradient = infinite;
    prepare(&r, &toy, TW_INSIDE_INT8);
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_OK);
    ck_assert_int_eq(r.run.diverged, 1);
    ck_assert_uint_eq(r.run.diverged_step, 2);
    tw_run_free(&r.run);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("inside islands");
    TCase *tests = tcase_create("inside islands");
    tcase_add_test(tests, rounded_where_they_are_added);
    tcase_add_test(tests, records_by_hand);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
