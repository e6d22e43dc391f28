/* links: tw_train */
/* Islands: what their ranks average, and that everything behind it counts islands. */
#include <unistd.h>

#include "train_toys.h"

enum { ISLAND = 4, STEPS = 12 };

/* ∇F of island g: its ranks' gradients (rounded to the run's precision, as they come out of the
 * workload), added in rank order, divided. The run itself rounds it once more. */
static void averaged(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    double sum[128] = {0}, one[128];
    for (int i = 0; i < ISLAND; i++) {
        toy_quadratic(toy, rank * ISLAND + i, step, w, one);
        for (uint64_t k = 0; k < toy->dimension; k++)
            sum[k] += toy->precision == TW_FP64 ? one[k] : (double)(float)one[k];
    }
    for (uint64_t k = 0; k < toy->dimension; k++)
        out[k] = sum[k] / ISLAND;
}

static void choose(struct toy_run *r, enum tw_precision precision, struct toy *toy, int compressor,
                   int feedback)
{
    const struct tw_member *member = &tw_compressor_at(compressor, precision)->member;
    toy_setup(r, precision, toy);
    toy_compressor(r, member->name, toy_has_option(member, "ratio") ? "ratio=0.3" : "");
    toy_feedback(r, tw_feedback_at(feedback, precision)->member.name, "");
    toy_optimizer(r, "rate=0.05 momentum=0.5");
    r->setup.steps = STEPS;
    r->setup.bucket_B = 200;
    r->setup.ranks = 3 * ISLAND;
    r->setup.island = ISLAND;
}

static int goes_together(const struct toy_run *r)
{
    return toy_goes_together(r->setup.feedback, r->setup.compressor);
}

/* Whatever compresses and whatever the rule: twelve ranks in islands of four go the way of three
 * ranks whose gradients are the averages, bit for bit. Members that draw take part: an island draws
 * as the rank of its number. */
START_TEST(islands_are_ranks_of_averaged_gradients)
{
    struct toy toy = toy_mixed();
    enum tw_precision precision = _i ? TW_FP64 : TW_FP32;
    static struct toy_run r;
    int tried = 0;
    for (int c = 0; c < tw_compressor_count(); c++)
        for (int f = 0; f < tw_feedback_count(); f++) {
            choose(&r, precision, &toy, c, f);
            if (!goes_together(&r))
                continue;
            toy.gradient = toy_quadratic;
            double *islands = toy_path(&r, &toy);
            r.setup.ranks = 3;
            r.setup.island = 1;
            toy.gradient = averaged;
            double *ranks = toy_path(&r, &toy);
            size_t bytes = (STEPS + 1) * toy.dimension * sizeof *ranks;
            ck_assert_msg(memcmp(islands, ranks, bytes) == 0, "%s + %s",
                          r.setup.compressor->member.name, r.setup.feedback->member.name);
            free(islands);
            free(ranks);
            tried++;
        }
    ck_assert_int_gt(tried, tw_compressor_count());
}
END_TEST

/* Sent whole, the mean of means is the mean: dense steps do not depend on the islands. */
START_TEST(dense_islands_are_dense_ranks)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    double *paths[3];
    const int islands[] = {1, 4, 12};
    for (int i = 0; i < 3; i++) {
        choose(&r, TW_FP64, &toy, 0, 0);
        toy_compressor(&r, "none", "");
        toy_feedback(&r, "none", "");
        r.setup.island = islands[i];
        paths[i] = toy_path(&r, &toy);
    }
    double off = 0;
    for (int i = 1; i < 3; i++)
        for (uint64_t k = 0; k < (STEPS + 1) * toy.dimension; k++)
            off = fmax(off, fabs(paths[i][k] - paths[0][k]));
    ck_assert_double_le(off, 1e-12);
    ck_assert_double_gt(fabs(paths[0][STEPS * toy.dimension]), 1e-3); /* it went somewhere */
    for (int i = 0; i < 3; i++)
        free(paths[i]);
}
END_TEST

/* EF14 keeps what it does not send: with c_g sent of ∇_g by island g, e_g = Σ_t (∇_g − c_g), and
 * w⁰ − w = γ Σ_t mean c_g. So (w⁰ − w)/γ + mean_g e_g = Σ_t mean over all ranks of ∇. */
START_TEST(feedback_telescopes)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    struct toy_group g = {0};
    choose(&r, TW_FP64, &toy, 0, 0);
    toy_compressor(&r, "topk", "ratio=0.1");
    toy_feedback(&r, "ef14", "");
    toy_optimizer(&r, "rate=0.05");
    r.setup.bucket_B = 0; /* one bucket of all tensors in reverse order */
    toy_group_open(&g, &r);
    ck_assert_int_eq(g.shape.groups, 3);
    ck_assert_int_eq(g.group.method[0].problem.ranks, 3);
    double sum[128] = {0}, one[128];
    for (uint32_t t = 0; t < STEPS; t++) {
        for (int rank = 0; rank < 12; rank++) {
            toy_quadratic(&toy, rank, t, (const double *)(const void *)g.group.weights, one);
            for (uint64_t k = 0; k < toy.dimension; k++)
                sum[k] += one[k] / 12;
        }
        toy_group_step(&g, t);
    }
    const double *w = (const double *)(const void *)g.group.weights;
    const double *e = (const double *)(const void *)g.group.rank_memory;
    double off = 0, kept = 0;
    const struct tw_bucket *bucket = &g.shape.cut.buckets[0];
    for (int i = 0; i < bucket->count; i++)
        for (uint64_t k = 0; k < tw_tensor_size(&bucket->tensors[i]); k++) {
            uint64_t at = bucket->source[i] + k, own = bucket->tensors[i].offset + k;
            double mean = 0;
            for (uint64_t island = 0; island < 3; island++)
                mean += e[island * toy.dimension + own] / 3;
            off = fmax(off, fabs(-w[at] / .05 + mean - sum[at]));
            kept = fmax(kept, fabs(mean));
        }
    ck_assert_double_le(off, 1e-11);
    ck_assert_double_gt(kept, .1); /* something was kept */
    toy_group_close(&g);
}
END_TEST

/* ---- the record ---- */

/* In each bucket the first item is REDUCE_INSIDE and the last SPREAD_INSIDE, of all its values;
 * exchanges are between the three islands. */
START_TEST(record_says_what_is_inside)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    choose(&r, _i ? TW_FP64 : TW_FP32, &toy, 0, 0);
    toy_compressor(&r, "topk", "ratio=0.1");
    toy_feedback(&r, "ef14", "");
    toy_train(&r);
    const struct tw_trace *trace = &r.run.trace;
    ck_assert_int_eq(trace->ranks, 3);
    ck_assert_int_eq(trace->island, ISLAND);
    ck_assert_int_gt(trace->buckets, 1);
    const struct tw_record *record = &trace->records[0];
    uint64_t reduced = 0, spread = 0;
    int bucket = -1, exchanges = 0;
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        int first = item->bucket >= 0 && item->bucket != bucket;
        int last = item->bucket >= 0 &&
                   (i + 1 == record->count || record->items[i + 1].bucket != item->bucket);
        ck_assert_int_eq(item->type == TW_ITEM_REDUCE_INSIDE, first);
        ck_assert_int_eq(item->type == TW_ITEM_SPREAD_INSIDE, last);
        bucket = item->bucket;
        exchanges += item->type == TW_ITEM_EXCHANGE;
        if (item->type == TW_ITEM_REDUCE_INSIDE || item->type == TW_ITEM_SPREAD_INSIDE)
            ck_assert_int_eq(item->element, _i ? TW_ELEMENT_F64 : TW_ELEMENT_F32);
        reduced += item->type == TW_ITEM_REDUCE_INSIDE ? item->count : 0;
        spread += item->type == TW_ITEM_SPREAD_INSIDE ? item->count : 0;
    }
    ck_assert_uint_eq(reduced, toy.dimension);
    ck_assert_uint_eq(spread, toy.dimension);
    ck_assert_int_eq(exchanges, trace->buckets);
    tw_run_free(&r.run);
}
END_TEST

/* One island: compressed and averaged inside, nothing between. Islands of one: no item inside. */
START_TEST(edges)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    for (int island = 1; island <= 12; island += 11) {
        int seen[4] = {0};
        choose(&r, TW_FP32, &toy, 0, 0);
        toy_compressor(&r, "topk", "ratio=0.1");
        toy_feedback(&r, "ef14", "");
        r.setup.island = island;
        toy_train(&r);
        for (int i = 0; i < r.run.trace.records[0].count; i++)
            seen[r.run.trace.records[0].items[i].type]++;
        ck_assert_int_gt(seen[TW_ITEM_WORK], 0);
        ck_assert_int_eq(seen[TW_ITEM_EXCHANGE] > 0, island == 1);
        ck_assert_int_eq(seen[TW_ITEM_REDUCE_INSIDE], island == 1 ? 0 : r.run.trace.buckets);
        ck_assert_int_eq(seen[TW_ITEM_SPREAD_INSIDE], island == 1 ? 0 : r.run.trace.buckets);
        tw_run_free(&r.run);
    }
}
END_TEST

/* The record without numbers is that of the run, for every member that has a plan. */
START_TEST(plan_equals_run)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    int tried = 0;
    for (int c = 0; c < tw_compressor_count(); c++)
        for (int f = 0; f < tw_feedback_count(); f++) {
            struct tw_run planned = {0};
            choose(&r, TW_FP32, &toy, c, f);
            if (!goes_together(&r) || !r.setup.compressor->plan)
                continue;
            toy_train(&r);
            ck_assert_int_eq(tw_train_plan(&r.setup, &planned, &r.err), TW_OK);
            struct tw_trace *real = &r.run.trace;
            ck_assert_int_eq(real->record_count, planned.trace.record_count);
            ck_assert_uint_eq(real->memory_B_per_rank, planned.trace.memory_B_per_rank);
            for (int i = 0; i < planned.trace.record_count; i++) {
                ck_assert_int_eq(tw_trace_append(real, &planned.trace.records[i]), TW_OK);
                ck_assert_uint_eq(real->step_record[real->steps - 1], (unsigned)i);
            }
            tw_run_free(&planned);
            tw_run_free(&r.run);
            tried++;
        }
    ck_assert_int_gt(tried, 10);
}
END_TEST

/* Written, read, and written again: the same bytes. */
START_TEST(json_round_trip)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    struct tw_run read_back = {0};
    char paths[2][32] = {"/tmp/islands-XXXXXX", "/tmp/islands-XXXXXX"};
    static char texts[2][1 << 16];
    choose(&r, TW_FP64, &toy, 0, 0);
    toy_compressor(&r, "topk", "ratio=0.1");
    toy_feedback(&r, "ef14", "");
    toy_train(&r);
    for (int i = 0; i < 2; i++) {
        int fd = mkstemp(paths[i]);
        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(tw_run_write(i ? &read_back : &r.run, fd, &r.err), TW_OK);
        ssize_t got = pread(fd, texts[i], sizeof texts[i] - 1, 0);
        ck_assert_int_gt(got, 0);
        ck_assert_int_lt(got, (ssize_t)sizeof texts[i] - 1);
        close(fd);
        if (i == 0)
            ck_assert_msg(tw_run_read(&read_back, paths[0], &r.err) == TW_OK, "%s", r.err.text);
    }
    ck_assert_str_eq(texts[0], texts[1]);
    ck_assert_ptr_nonnull(strstr(texts[0], "\"inside\":\"reduce\""));
    ck_assert_ptr_nonnull(strstr(texts[0], "\"inside\":\"spread\""));
    for (int i = 0; i < 2; i++)
        unlink(paths[i]);
    tw_run_free(&r.run);
    tw_run_free(&read_back);
}
END_TEST

/* ---- memory ---- */

/* 106 values of 8 B = 848 B a vector. Each rank holds weights, gradient and the optimizer's
 * velocity; the island x and EF14's memory: 3 and 2 vectors, and top-k's state S. A rank alone:
 * 5·848 + S. In an island of four: 3·848 + (2·848 + S)/4, rounded up. */
START_TEST(memory_by_hand)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    uint64_t held[2], process[2];
    for (int i = 0; i < 2; i++) {
        choose(&r, TW_FP64, &toy, 0, 0);
        toy_compressor(&r, "topk", "ratio=0.1");
        toy_feedback(&r, "ef14", "");
        r.setup.bucket_B = 0;
        r.setup.ranks = i ? 3 * ISLAND : 3; /* three groups, so that S is the same */
        r.setup.island = i ? ISLAND : 1;
        ck_assert_int_eq(tw_train_memory(&r.setup, &process[i], &r.err), TW_OK);
        toy_train(&r);
        held[i] = r.run.trace.memory_B_per_rank;
        tw_run_free(&r.run);
    }
    uint64_t state = held[0] - 5 * 848;
    ck_assert_uint_gt(state, 0);
    ck_assert_uint_eq(held[1], 3 * 848 + (2 * 848 + state + 3) / 4);
    ck_assert_uint_eq(process[1] - process[0], 106 * sizeof(double)); /* the sum inside */
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("islands");
    tcase_add_loop_test(tcase, islands_are_ranks_of_averaged_gradients, 0, 2);
    tcase_add_test(tcase, dense_islands_are_dense_ranks);
    tcase_add_test(tcase, feedback_telescopes);
    tcase_add_loop_test(tcase, record_says_what_is_inside, 0, 2);
    tcase_add_test(tcase, edges);
    tcase_add_test(tcase, plan_equals_run);
    tcase_add_test(tcase, json_round_trip);
    tcase_add_test(tcase, memory_by_hand);
    return toy_main(tcase, "train islands");
}
