/* links: tw_train */
/* Sharded training: what is recorded, which numbers change, what a rank holds, what is refused. */
#include <unistd.h>

#include "train_toys.h"

static void dense(struct toy_run *r, enum tw_precision precision, struct toy *toy)
{
    toy_setup(r, precision, toy);
    toy_compressor(r, "none", "");
    toy_feedback(r, "none", "");
    toy_optimizer(r, "rate=0.1 momentum=0.5");
}

/* Weights that travel whole: every weight of every step is that of the run that is not sharded. */
START_TEST(whole_weights_change_nothing)
{
    static const char *const methods[][4] = {
        {"none", "", "none", ""},
        {"topk", "ratio=0.3", "ef14", ""},
        {"arctopk", "ratio=0.3", "ef21m", ""},
    };
    for (int m = 0; m < 3; m++)
        for (int k = 0; k < 8; k++) {
            enum tw_precision precision = k & 1 ? TW_FP64 : TW_FP32;
            static struct toy_run r;
            struct toy toy = toy_mixed();
            double *path[2];
            for (int sharded = 0; sharded < 2; sharded++) {
                toy_setup(&r, precision, &toy);
                toy_compressor(&r, methods[m][0], methods[m][1]);
                toy_feedback(&r, methods[m][2], methods[m][3]);
                toy_optimizer(&r, "rate=0.1 momentum=0.5");
                r.setup.bucket_B = 156;
                r.setup.sharding.stage = sharded ? (enum tw_shard_stage)(k / 2) : TW_SHARD_NONE;
                path[sharded] = toy_path(&r, &toy);
            }
            ck_assert_mem_eq(path[0], path[1], (r.setup.steps + 1) * toy.dimension * sizeof **path);
            free(path[0]);
            free(path[1]);
        }
}
END_TEST

static double pull; /* of downhill() */

static void downhill(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    (void)rank;
    (void)step;
    (void)w;
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = pull;
}

/* w_t = 1 − t·u/4 exactly, where u is the spacing of the type below 1: 2^-8 in bf16 (8 bits of
 * significand), 2^-11 in fp16 (11 bits). In units of u below 1 the ranks see 0, 0 (a quarter), 0 (a
 * half, to the even of 1 and 1 − u), 1, 1, 1 (1¼), 2 (1½, to the even), 2, 2. A master copy that
 * was rounded too would stay at 1. */
START_TEST(rounded_weights)
{
    static const double seen[] = {0, 0, 0, 1, 1, 1, 2, 2, 2};
    static const double one[] = {1, 1, 1, 1};
    for (int k = 0; k < 4; k++) {
        static struct toy_run r;
        double unit = k & 1 ? 0x1p-11 : 0x1p-8;
        struct toy toy = {.gradient = downhill, .loss = toy_half_norm2, .start = one};
        toy_add(&toy, 1, 4);
        dense(&r, k & 2 ? TW_FP64 : TW_FP32, &toy);
        toy_optimizer(&r, "rate=1");
        r.setup.steps = 8;
        r.setup.sharding =
            (struct tw_sharding){.stage = k & 2 ? TW_SHARD_ZERO3 : TW_SHARD_ZERO1,
                                 .weights = k & 1 ? TW_WEIGHTS_FP16 : TW_WEIGHTS_BF16};
        pull = unit / 4;
        double *path = toy_path(&r, &toy);
        for (uint64_t i = 0; i < 9 * toy.dimension; i++)
            ck_assert_double_eq(path[i], 1 - unit * seen[i / toy.dimension]);
        free(path);
    }
}
END_TEST

/* The loss is that of the weights that ranks have: half of ‖w‖², from 1/3 in bf16, 171/512. */
START_TEST(loss_of_rounded_weights)
{
    static const double third[] = {1.0 / 3};
    static struct toy_run r;
    struct toy toy = {.gradient = downhill, .loss = toy_half_norm2, .start = third};
    toy_add(&toy, 1, 1);
    dense(&r, TW_FP64, &toy);
    pull = 0;
    r.setup.steps = 1;
    r.setup.sharding = (struct tw_sharding){TW_SHARD_ZERO2, TW_WEIGHTS_BF16, 0, 0};
    toy_train(&r);
    double w = 171.0 / 512;
    ck_assert_double_eq(r.run.curve[0].loss, .5 * w * w);
    ck_assert_double_eq(r.run.curve[1].loss, .5 * w * w);
    tw_run_free(&r.run);
}
END_TEST

/* What of a record is of which moment, kind and size. */
struct listed {
    int gathers[4], scatters, sums, others;
    uint64_t gathered, scattered, updated, casts[4];
};

static struct listed list(const struct tw_trace *trace)
{
    struct listed l = {0};
    for (int i = 0; i < trace->records[0].count; i++) {
        const struct tw_item *item = &trace->records[0].items[i];
        if (item->type == TW_ITEM_WORK) {
            l.updated += item->work.kernel == TW_KERNEL_UPDATE ? item->work.elements : 0;
            l.casts[item->moment] += item->work.kernel == TW_KERNEL_CAST ? item->work.elements : 0;
        } else if (item->stream == TW_STREAM_WEIGHTS) {
            l.gathers[item->moment] += item->kind == TW_GATHER;
            for (int q = 0; q < trace->ranks; q++)
                l.gathered += item->counts ? item->counts[q] : item->count;
        } else {
            l.scatters += item->kind == TW_REDUCE_SCATTER;
            l.sums += item->kind == TW_SUM;
            l.others += item->kind != TW_REDUCE_SCATTER && item->kind != TW_SUM;
            l.scattered += item->kind == TW_REDUCE_SCATTER ? item->count : 0;
        }
    }
    return l;
}

static struct listed list_of(enum tw_shard_stage stage, enum tw_weights_type type, int before,
                             const char *compressor, const char *feedback)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    dense(&r, TW_FP32, &toy);
    toy_compressor(&r, compressor, "");
    toy_feedback(&r, feedback, "");
    r.setup.bucket_B = 4; /* a bucket for each tensor: 3, 36, 0, 7, 60 values */
    r.setup.steps = 2;
    r.setup.sharding = (struct tw_sharding){stage, type, before, 0};
    toy_train(&r);
    ck_assert_int_eq(r.run.trace.record_count, 1);
    struct listed l = list(&r.run.trace);
    tw_run_free(&r.run);
    return l;
}

/* Three ranks, four buckets with values: shares of rank 0 are 1, 12, 3, 20 = 36. Casts: the share
 * behind the update, and every bucket's whole behind its gather. An fp16 value is two bytes. */
START_TEST(what_is_recorded)
{
    struct listed l = list_of(TW_SHARD_ZERO1, TW_WEIGHTS_BF16, 0, "none", "ef14");
    ck_assert_int_eq(l.scatters, 4);
    ck_assert_int_eq(l.sums + l.others, 0);
    ck_assert_uint_eq(l.scattered, 106);
    ck_assert_int_eq(l.gathers[TW_AFTER_UPDATE], 4);
    ck_assert_int_eq(l.gathers[TW_BEFORE_FORWARD] + l.gathers[TW_BEFORE_BACKWARD], 0);
    ck_assert_uint_eq(l.gathered, 106);
    ck_assert_uint_eq(l.updated, 36);
    ck_assert_uint_eq(l.casts[TW_AFTER_BACKWARD], 36);
    ck_assert_uint_eq(l.casts[TW_AFTER_UPDATE], 106);
    l = list_of(TW_SHARD_ZERO3, TW_WEIGHTS_FP16, 0, "none", "none");
    ck_assert_int_eq(l.gathers[TW_BEFORE_FORWARD], 4);
    ck_assert_int_eq(l.gathers[TW_BEFORE_BACKWARD], 4);
    ck_assert_int_eq(l.gathers[TW_AFTER_UPDATE], 0);
    ck_assert_uint_eq(l.gathered, 2 * 2 * 106);
    ck_assert_uint_eq(l.casts[TW_BEFORE_FORWARD], 106);
    ck_assert_uint_eq(l.casts[TW_BEFORE_BACKWARD], 106);
    l = list_of(TW_SHARD_ZERO2, TW_WEIGHTS_FULL, 0, "topk", "ef14");
    ck_assert_int_eq(l.others, 4); /* Top-K's own all-gathers */
    ck_assert_int_eq(l.scatters, 0);
    ck_assert_uint_eq(l.updated, 36);
    ck_assert_uint_eq(l.casts[TW_AFTER_BACKWARD] + l.casts[TW_AFTER_UPDATE], 0);
    /* The rule that keeps what the mean lost wants all of it on every rank. */
    l = list_of(TW_SHARD_ZERO1, TW_WEIGHTS_FULL, 0, "none", "residual");
    ck_assert_int_eq(l.sums, 4);
    ck_assert_int_eq(l.scatters, 0);
    l = list_of(TW_SHARD_ZERO2, TW_WEIGHTS_BF16, 1, "none", "none");
    ck_assert_int_eq(l.gathers[TW_BEFORE_FORWARD], 4);
    ck_assert_int_eq(l.gathers[TW_BEFORE_BACKWARD] + l.gathers[TW_AFTER_UPDATE], 0);
    ck_assert_uint_eq(l.casts[TW_BEFORE_FORWARD], 106);
    ck_assert_uint_eq(l.casts[TW_AFTER_BACKWARD], 36);
    l = list_of(TW_SHARD_NONE, TW_WEIGHTS_BF16, 0, "none", "none");
    ck_assert_int_eq(l.sums, 4);
    ck_assert_int_eq(l.gathers[TW_AFTER_UPDATE] + l.scatters, 0);
    ck_assert_uint_eq(l.updated, 106);
}
END_TEST

static int64_t memory_of(enum tw_shard_stage stage, enum tw_weights_type type)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    dense(&r, TW_FP32, &toy);
    toy_compressor(&r, "topk", "ratio=0.3");
    toy_feedback(&r, "ef21", ""); /* one vector of the rank, one of the server */
    r.setup.bucket_B = 4;
    r.setup.steps = 2;
    r.setup.sharding = (struct tw_sharding){stage, type, 0, 0};
    toy_train(&r);
    int64_t bytes = (int64_t)r.run.trace.memory_B_per_rank;
    tw_run_free(&r.run);
    return bytes;
}

/* d = 106, S = 36, D = 60, 4 bytes. zero1 divides momentum and server: 2(106 − 36)·4. zero2 holds a
 * gradient of S and two of D (its own and x) instead of 2d: (212 − 156)·4. zero3 holds S and at
 * most d of the weights that travel (2D = 120) instead of d: 36·4 more. bf16: d·2 + S·4 for d·4. */
START_TEST(memory_by_hand)
{
    int64_t none = memory_of(TW_SHARD_NONE, TW_WEIGHTS_FULL);
    int64_t zero1 = memory_of(TW_SHARD_ZERO1, TW_WEIGHTS_FULL);
    int64_t zero2 = memory_of(TW_SHARD_ZERO2, TW_WEIGHTS_FULL);
    ck_assert_int_eq(none - zero1, 560);
    ck_assert_int_eq(zero1 - zero2, 224);
    ck_assert_int_eq(memory_of(TW_SHARD_ZERO3, TW_WEIGHTS_FULL) - zero2, 144);
    ck_assert_int_eq(zero1 - memory_of(TW_SHARD_ZERO1, TW_WEIGHTS_BF16), 424 - 212 - 144);
}
END_TEST

/* One rank holds everything, exchanges nothing, and rounds its weights all the same. */
START_TEST(one_rank)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    for (int stage = TW_SHARD_ZERO1; stage <= TW_SHARD_ZERO3; stage++) {
        dense(&r, TW_FP32, &toy);
        r.setup.ranks = 1;
        r.setup.steps = 3;
        r.setup.sharding = (struct tw_sharding){(enum tw_shard_stage)stage, TW_WEIGHTS_BF16, 0, 0};
        toy_train(&r);
        for (int i = 0; i < r.run.trace.records[0].count; i++)
            ck_assert_int_eq(r.run.trace.records[0].items[i].type, TW_ITEM_WORK);
        tw_run_free(&r.run);
    }
}
END_TEST

static void expect_refusal(struct toy_run *r, tw_status status, const char *text)
{
    ck_assert_int_eq(tw_train(&r->setup, &r->run, &r->err), status);
    ck_assert_msg(strstr(r->err.text, text) != NULL, "%s", r->err.text);
    tw_run_free(&r->run);
}

START_TEST(refusals)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    dense(&r, TW_FP32, &toy);
    r.setup.sharding.stage = TW_SHARD_ZERO1;
    r.setup.ranks = 4;
    r.setup.island = 2;
    expect_refusal(&r, TW_REFUSED, "islands of 2");
    dense(&r, TW_FP32, &toy);
    r.setup.sharding.stage = TW_SHARD_ZERO1;
    toy_optimizer(&r, "rate=0.1 clip=1");
    expect_refusal(&r, TW_REFUSED, "norm of the whole gradient");
    r.setup.sharding.stage = TW_SHARD_NONE;
    toy_train(&r);
    tw_run_free(&r.run);
    r.setup.sharding.stage = (enum tw_shard_stage)4;
    expect_refusal(&r, TW_RANGE, "stage 4");
}
END_TEST

/* A trace keeps its moments on the way through a file. */
START_TEST(moments_in_json)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    struct tw_run read = {0};
    dense(&r, TW_FP32, &toy);
    r.setup.bucket_B = 4;
    r.setup.steps = 2;
    for (int stage = TW_SHARD_ZERO1; stage <= TW_SHARD_ZERO3; stage += 2) {
        char path[] = "/tmp/tw-sharding-XXXXXX";
        int descriptor = mkstemp(path);
        ck_assert_int_ge(descriptor, 0);
        r.setup.sharding = (struct tw_sharding){(enum tw_shard_stage)stage, TW_WEIGHTS_BF16, 0, 0};
        toy_train(&r);
        ck_assert_int_eq(tw_run_write(&r.run, descriptor, &r.err), TW_OK);
        ck_assert_int_eq(close(descriptor), 0);
        ck_assert_msg(tw_run_read(&read, path, &r.err) == TW_OK, "%s", r.err.text);
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(tw_trace_append(&r.run.trace, &read.trace.records[0]), TW_OK);
        ck_assert_int_eq(r.run.trace.record_count, 1); /* the same, so not a new one */
        tw_run_free(&read);
        tw_run_free(&r.run);
    }
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("all");
    tcase_add_test(all, whole_weights_change_nothing);
    tcase_add_test(all, rounded_weights);
    tcase_add_test(all, loss_of_rounded_weights);
    tcase_add_test(all, what_is_recorded);
    tcase_add_test(all, memory_by_hand);
    tcase_add_test(all, one_rank);
    tcase_add_test(all, refusals);
    tcase_add_test(all, moments_in_json);
    return toy_main(all, "train_sharding");
}
