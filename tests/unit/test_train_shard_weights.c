/* links: tw_train */
/* Weights of sharded training that travel as integers with a scale per block, and shares of parts
 * of buckets, where rules for tensors cut them. */
#include "train_toys.h"

static void dense(struct toy_run *r, enum tw_precision precision, struct toy *toy)
{
    toy_setup(r, precision, toy);
    toy_compressor(r, "none", "");
    toy_feedback(r, "none", "");
    toy_optimizer(r, "rate=0.1 momentum=0.5");
}

static void second_only(const struct toy *toy, int rank, uint32_t step, const double *w,
                        double *out)
{
    (void)rank;
    (void)step;
    (void)w;
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = i == 1 ? .1 : 0;
}

/* Seven values of three ranks are shares of 3, 2 and 2; in blocks of 2 the scales are those of
 * {0, 1}, {2}, {3, 4} and {5, 6}. With R = 127 or 7 the first block is of whole numbers, the third
 * of even ones: 1.3 is seen as 1, −3.2 as −4 (1.6 steps), 0.4 as itself, alone in its block. Over
 * blocks that began elsewhere, 0.4 would become 0 beside R. The second weight falls by 0.1 a step
 * and is seen as its nearest whole number: 1.3 … 0.6 as 1, 0.4 and less as 0 (0.5, a tie but for
 * rounding in the sum, is not looked at). A master copy that was rounded too would stay at 1. */
START_TEST(rounded_by_blocks)
{
    for (int k = 0; k < 12; k++) {
        static struct toy_run r;
        double range = k & 1 ? 7 : 127;
        const double start[] = {range, 1.3, .4, -2 * range, -3.2, 0, 0};
        const double seen[] = {range, 1, .4, -2 * range, -4, 0, 0};
        struct toy toy = {.gradient = second_only, .loss = toy_half_norm2, .start = start};
        int wrong = 0;
        toy_add(&toy, 1, 7);
        dense(&r, k & 2 ? TW_FP64 : TW_FP32, &toy);
        toy_optimizer(&r, "rate=1");
        r.setup.steps = 12;
        r.setup.sharding = (struct tw_sharding){(enum tw_shard_stage)(k / 4 + 1),
                                                k & 1 ? TW_WEIGHTS_INT4 : TW_WEIGHTS_INT8, 0, 2};
        double *path = toy_path(&r, &toy);
        for (uint64_t i = 0; i < 13 * toy.dimension; i++) {
            uint64_t step = i / toy.dimension, at = i % toy.dimension;
            double due = at == 1 ? step <= 7 : seen[at];
            wrong += !(at == 1 && step == 8) && fabs(path[i] - due) > 1e-6 * fabs(due);
        }
        free(path);
        ck_assert_msg(wrong == 0, "case %d: %d values", k, wrong);
    }
}
END_TEST

/* Blocks of one value: M·R/R, the value itself up to a rounding. A step of training then is that of
 * whole weights, and with large blocks it is not. */
START_TEST(blocks_of_one_change_nothing)
{
    for (int k = 0; k < 4; k++) {
        static struct toy_run r;
        struct toy toy = toy_mixed();
        double *path[3], off[3] = {0, 0, 0};
        for (int way = 0; way < 3; way++) {
            dense(&r, TW_FP64, &toy);
            r.setup.bucket_B = 156;
            if (way > 0)
                r.setup.sharding = (struct tw_sharding){k & 2 ? TW_SHARD_ZERO3 : TW_SHARD_ZERO2,
                                                        k & 1 ? TW_WEIGHTS_INT4 : TW_WEIGHTS_INT8,
                                                        0, way == 1 ? 1 : 64};
            path[way] = toy_path(&r, &toy);
        }
        for (uint64_t i = 0; i < (r.setup.steps + 1) * toy.dimension; i++)
            for (int way = 1; way < 3; way++)
                off[way] = fmax(off[way], fabs(path[way][i] - path[0][i]));
        for (int way = 0; way < 3; way++)
            free(path[way]);
        ck_assert_double_lt(off[1], 1e-13);
        ck_assert_double_gt(off[2], 1e-6);
    }
}
END_TEST

/* Of one record. */
struct listed {
    int gathers, scatters, sums, others;
    uint64_t gathered, scattered, updated, norms, casts[4];
};

static struct listed list(const struct tw_trace *trace)
{
    struct listed l = {0};
    for (int i = 0; i < trace->records[0].count; i++) {
        const struct tw_item *item = &trace->records[0].items[i];
        if (item->type == TW_ITEM_WORK) {
            l.updated += item->work.kernel == TW_KERNEL_UPDATE ? item->work.elements : 0;
            l.norms += item->work.kernel == TW_KERNEL_NORM ? item->work.elements : 0;
            l.casts[item->moment] += item->work.kernel == TW_KERNEL_CAST ? item->work.elements : 0;
        } else if (item->stream == TW_STREAM_WEIGHTS) {
            l.gathers += item->kind == TW_GATHER;
            for (int q = 0; q < trace->ranks; q++)
                l.gathered +=
                    tw_element_B(item->element) * (item->counts ? item->counts[q] : item->count);
        } else {
            l.scatters += item->kind == TW_REDUCE_SCATTER;
            l.sums += item->kind == TW_SUM;
            l.others += item->kind != TW_REDUCE_SCATTER && item->kind != TW_SUM;
            l.scattered += item->kind == TW_REDUCE_SCATTER ? item->count : 0;
        }
    }
    return l;
}

static struct listed list_of(enum tw_precision precision, struct tw_sharding sharding)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    dense(&r, precision, &toy);
    r.setup.bucket_B = 4; /* a bucket for each tensor: 3, 36, 0, 7, 60 values */
    r.setup.steps = 2;
    r.setup.sharding = sharding;
    toy_train(&r);
    ck_assert_int_eq(r.run.trace.record_count, 1);
    struct listed l = list(&r.run.trace);
    tw_run_free(&r.run);
    return l;
}

/* Shares of three ranks are 1 1 1, 12 12 12, 3 2 2 and 20 20 20. In blocks of 5 those of 1, 2, 3,
 * 12 and 20 values have 1, 1, 1, 3 and 4 scales. int8: 4⌈s/5⌉ + s is 5, 6, 7, 24 and 36 bytes, so
 * 15 + 72 + 7 + 12 + 108 = 214 in all. int4: 4⌈s/5⌉ + ⌈s/2⌉ is 5, 5, 6, 18 and 26, so
 * 15 + 54 + 6 + 10 + 78 = 163. Scales of fp64 are 4 bytes longer each: 3 + 9 + 3 + 12 = 27 of them.
 * The longest shares are 1 + 12 + 3 + 20 = 36 values: their scales, their codes; then the codes of
 * all 106 are read, in zero3 twice. */
START_TEST(bytes_and_work_by_hand)
{
    struct tw_sharding sharding = {TW_SHARD_ZERO1, TW_WEIGHTS_INT8, 0, 5};
    struct listed l = list_of(TW_FP32, sharding);
    ck_assert_int_eq(l.gathers, 4);
    ck_assert_uint_eq(l.gathered, 214);
    ck_assert_uint_eq(l.norms, 36);
    ck_assert_uint_eq(l.casts[TW_AFTER_BACKWARD], 36);
    ck_assert_uint_eq(l.casts[TW_AFTER_UPDATE], 106);
    l = list_of(TW_FP64, sharding);
    ck_assert_uint_eq(l.gathered, 214 + 27 * 4);
    sharding = (struct tw_sharding){TW_SHARD_ZERO3, TW_WEIGHTS_INT4, 0, 5};
    l = list_of(TW_FP32, sharding);
    ck_assert_int_eq(l.gathers, 8);
    ck_assert_uint_eq(l.gathered, 2 * 163);
    ck_assert_uint_eq(l.casts[TW_BEFORE_FORWARD], 106);
    ck_assert_uint_eq(l.casts[TW_BEFORE_BACKWARD], 106);
}
END_TEST

/* zero2 in fp32, d = 106: bf16 holds 2d of weights, int8 4d and the coded largest bucket, 108 B. */
START_TEST(memory_by_hand)
{
    static struct toy_run r;
    uint64_t held[2];
    for (int type = 0; type < 2; type++) {
        struct toy toy = toy_mixed();
        dense(&r, TW_FP32, &toy);
        r.setup.bucket_B = 4;
        r.setup.steps = 2;
        r.setup.sharding = (struct tw_sharding){
            TW_SHARD_ZERO2, type ? TW_WEIGHTS_INT8 : TW_WEIGHTS_BF16, 0, type ? 5 : 0};
        toy_train(&r);
        held[type] = r.run.trace.memory_B_per_rank;
        tw_run_free(&r.run);
    }
    ck_assert_uint_eq(held[1] - held[0], 2 * 106 + 108);
}
END_TEST

static double explode_at;

static void explode(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    (void)w;
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = step == (uint32_t)explode_at ? HUGE_VAL : 0;
}

/* A weight that is not finite has no scale: the run diverges there, in the step that made it. */
START_TEST(not_finite_diverges)
{
    static struct toy_run r;
    struct toy toy = {.gradient = explode, .loss = toy_half_norm2};
    explode_at = 3;
    toy_add(&toy, 1, 7);
    dense(&r, TW_FP32, &toy);
    r.setup.steps = 8;
    r.setup.sharding = (struct tw_sharding){TW_SHARD_ZERO1, TW_WEIGHTS_INT8, 0, 2};
    toy_train(&r);
    ck_assert_int_eq(r.run.diverged, 1);
    ck_assert_uint_eq(r.run.diverged_step, 4);
    tw_run_free(&r.run);
}
END_TEST

/* ---- rules for tensors ---- */

static _Alignas(16) unsigned char kept[TW_PARAMS_MAX];

/* Vectors dense, in parts of their own; the rest by Top-K. Buckets of 46 = 3 + 7 | 36 and of 60
 * values. */
static void cut_by_rules(struct toy_run *r, struct toy *toy, enum tw_precision precision)
{
    toy_setup(r, precision, toy);
    toy_compressor(r, "topk", "ratio=0.3");
    toy_feedback(r, "ef14", "");
    toy_optimizer(r, "rate=0.1 momentum=0.5");
    r->setup.bucket_B = 270;
    r->setup.rule_count = 1;
    r->setup.rules[0] = (struct tw_tensor_rule){
        .match = {.max_size = UINT64_MAX, .dims = 1},
        .compressor = tw_compressor_find("none", precision),
        .params = kept,
    };
    ck_assert_ptr_nonnull(r->setup.rules[0].compressor);
    toy_options(&r->setup.rules[0].compressor->member, "", kept);
}

/* Only the dense part is reduce-scattered, 10 values; a bucket's weights are one message, of shares
 * of 4 3 3 and 12 12 12, and 20 20 20 of the other. In blocks of 5, int8: 8 + 7 + 7, 72 and 108. */
START_TEST(parts_by_hand)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    cut_by_rules(&r, &toy, TW_FP32);
    r.setup.steps = 1;
    r.setup.sharding = (struct tw_sharding){TW_SHARD_ZERO3, TW_WEIGHTS_INT8, 0, 5};
    toy_train(&r);
    struct listed l = list(&r.run.trace);
    ck_assert_int_eq(l.scatters, 1);
    ck_assert_uint_eq(l.scattered, 10);
    ck_assert_int_eq(l.sums, 0);
    ck_assert_int_eq(l.others, 2);
    ck_assert_int_eq(l.gathers, 4);
    ck_assert_uint_eq(l.gathered, 2 * (22 + 72 + 108));
    ck_assert_uint_eq(l.casts[TW_BEFORE_FORWARD], 106);
    ck_assert_uint_eq(l.updated, 36);
    ck_assert_int_eq(r.run.trace.buckets, 2);
    tw_run_free(&r.run);
}
END_TEST

/* Weights that travel whole change no number, in all stages. */
START_TEST(parts_change_nothing)
{
    for (int k = 0; k < 6; k++) {
        static struct toy_run r;
        struct toy toy = toy_mixed();
        double *path[2];
        int differing = 0;
        for (int sharded = 0; sharded < 2; sharded++) {
            cut_by_rules(&r, &toy, k & 1 ? TW_FP64 : TW_FP32);
            r.setup.sharding.stage = sharded ? (enum tw_shard_stage)(k / 2 + 1) : TW_SHARD_NONE;
            path[sharded] = toy_path(&r, &toy);
        }
        for (uint64_t i = 0; i < (r.setup.steps + 1) * toy.dimension; i++)
            differing += path[0][i] < path[1][i] || path[0][i] > path[1][i];
        free(path[0]);
        free(path[1]);
        ck_assert_int_eq(differing, 0);
    }
}
END_TEST

/* The record without numbers is the same, dense start and all. */
START_TEST(parts_are_planned)
{
    static const char *const feedbacks[] = {"ef14", "ef21"};
    for (int k = 0; k < 8; k++) {
        static struct toy_run r;
        struct toy toy = toy_mixed();
        struct tw_run planned = {0};
        cut_by_rules(&r, &toy, TW_FP32);
        toy_feedback(&r, feedbacks[k & 1], "");
        r.setup.steps = 3;
        r.setup.sharding =
            (struct tw_sharding){k & 4 ? TW_SHARD_ZERO3 : TW_SHARD_ZERO2,
                                 k & 2 ? TW_WEIGHTS_INT4 : TW_WEIGHTS_FP16, 0, k & 2 ? 5 : 0};
        toy_train(&r);
        ck_assert_msg(tw_train_plan(&r.setup, &planned, &r.err) == TW_OK, "%s", r.err.text);
        int records = r.run.trace.record_count;
        ck_assert_int_eq(planned.trace.record_count, records);
        ck_assert_uint_eq(planned.trace.memory_B_per_rank, r.run.trace.memory_B_per_rank);
        for (int i = 0; i < records; i++)
            ck_assert_int_eq(tw_trace_append(&r.run.trace, &planned.trace.records[i]), TW_OK);
        ck_assert_int_eq(r.run.trace.record_count, records);
        tw_run_free(&planned);
        tw_run_free(&r.run);
    }
}
END_TEST

START_TEST(refusals)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    dense(&r, TW_FP32, &toy);
    r.setup.sharding = (struct tw_sharding){TW_SHARD_ZERO1, TW_WEIGHTS_INT8, 0, 0};
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_RANGE);
    ck_assert_msg(strstr(r.err.text, "blocks of no values") != NULL, "%s", r.err.text);
    tw_run_free(&r.run);
    dense(&r, TW_FP32, &toy);
    r.setup.sharding = (struct tw_sharding){TW_SHARD_ZERO1, (enum tw_weights_type)5, 0, 1};
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_RANGE);
    ck_assert_msg(strstr(r.err.text, "type 5") != NULL, "%s", r.err.text);
    tw_run_free(&r.run);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("all");
    tcase_add_test(all, rounded_by_blocks);
    tcase_add_test(all, blocks_of_one_change_nothing);
    tcase_add_test(all, bytes_and_work_by_hand);
    tcase_add_test(all, memory_by_hand);
    tcase_add_test(all, not_finite_diverges);
    tcase_add_test(all, parts_by_hand);
    tcase_add_test(all, parts_change_nothing);
    tcase_add_test(all, parts_are_planned);
    tcase_add_test(all, refusals);
    return toy_main(all, "train_shard_weights");
}
