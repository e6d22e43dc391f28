/* links: tw_network */
/* Steps of sharded training against timelines drawn by hand: weights gathered before the forward
 * and the backward, or behind the update. */
#include "unit/network_overlap.h"

/* Two ranks, α = .05 ms, β = .8 ns/B: a gather of 1 MB from each and a reduce-scatter that leaves
 * 1 MB with each are one step of .05 + .8 = .85 ms; γ = 0. Three buckets of equal values. */
enum { SHARE = 250000 };

static void add_gather(struct written *w, int bucket, enum tw_moment moment)
{
    struct tw_item *item = add_exchange(w, TW_GATHER, SHARE);
    item->bucket = bucket;
    item->moment = moment;
    item->stream = TW_STREAM_WEIGHTS;
}

static void add_gradients(struct written *w)
{
    for (int b = 0; b < BUCKETS; b++)
        add_exchange(w, TW_REDUCE_SCATTER, 2 * (uint64_t)SHARE)->bucket = b;
}

static void open_buckets(struct written *w)
{
    written_open(w, 2, 2);
    w->trace.buckets = BUCKETS;
    w->trace.tensors = tensors;
    w->trace.tensor_count = 4;
}

/* Gathers before the forward (last bucket first) and before the backward, then the gradients. */
static void open_zero3(struct written *w)
{
    open_buckets(w);
    for (int b = BUCKETS - 1; b >= 0; b--)
        add_gather(w, b, TW_BEFORE_FORWARD);
    for (int b = 0; b < BUCKETS; b++)
        add_gather(w, b, TW_BEFORE_BACKWARD);
    add_gradients(w);
}

/* Gradients, an update of .5 ms, gathers of .85 with a cast of `cast` elements (a ns each). */
static void open_zero1(struct written *w, uint64_t update, uint64_t cast)
{
    open_buckets(w);
    add_gradients(w);
    add_work(w, TW_STAGE_UPDATE, -1, update);
    in_bucket(w, -1, w->record.count - 1);
    for (int b = BUCKETS - 1; b >= 0; b--) {
        add_gather(w, b, TW_AFTER_UPDATE);
        add_work(w, TW_STAGE_METHOD, -1, cast);
        w->items[w->record.count - 1].bucket = b;
        w->items[w->record.count - 1].moment = TW_AFTER_UPDATE;
    }
}

static struct tw_pricing pricing_with(const char *executor, const struct tw_device *device,
                                      double forward_s, double backward_s)
{
    struct tw_pricing pricing = overlapping(executor, 2, device);
    pricing.algorithms[TW_GATHER] = tw_algorithm_find(TW_GATHER, "ring");
    pricing.algorithms[TW_REDUCE_SCATTER] = tw_algorithm_find(TW_REDUCE_SCATTER, "ring");
    pricing.forward_s = forward_s;
    pricing.backward_s = backward_s;
    return pricing;
}

/* Nothing overlaps: 3 gathers, forward 3, 3 gathers, backward 3, 3 reduce-scatters: 9 · .85 + 6. */
START_TEST(zero3_blocking)
{
    struct written w;
    struct seen seen;
    struct tw_pricing pricing = pricing_with(executors[_i], NULL, 3 * MS, 3 * MS);
    pricing.overlap = (struct tw_overlap){0};
    open_zero3(&w);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 13.65 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[1].compute_s, 6 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[1].exposed_s, 7.65 * MS, 1e-12);
    free(w.step_record);
}
END_TEST

/* A millisecond of forward and of backward per bucket. Gather k is behind gather k − 1 and behind
 * compute k − 2:
 *   weights    G2 0–.85  G1 .85–1.7  G0 1.85–2.7  G0' 2.85–3.7  G1' 3.85–4.7  G2' 4.85–6.5
 *   compute    F2 .85–1.85 F1 –2.85 F0 –3.85 B0 –4.85 B1 –5.85           B2 6.5–7.5
 *   gradients  X0 4.85–6.5                          X1 6.5–7.35            X2 7.5–8.35
 * X0 and G2' begin at once and share the links: .05 + 2 · .8 = 1.65 ms each. Transfer: five gathers
 * and X1, X2 of .85, G2' and X0 of 1.65 = 9.25; exposed what is not compute, 8.35 − 6. */
START_TEST(zero3_overlapped)
{
    struct written w;
    struct seen seen;
    struct tw_pricing pricing = pricing_with("simgrid", NULL, 3 * MS, 3 * MS);
    open_zero3(&w);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 8.35 * MS, 1e-12);
    for (int r = 0; r < 2; r++) {
        ck_assert_double_eq_tol(seen.last[r].compute_s, 6 * MS, 1e-12);
        ck_assert_double_eq_tol(seen.last[r].transfer_s, 9.25 * MS, 1e-12);
        ck_assert_double_eq_tol(seen.last[r].exposed_s, 2.35 * MS, 1e-12);
    }
    free(w.step_record);
}
END_TEST

/* No compute at all: gathers until 3.4 = 4 · .85, then X0 beside G1' and X1 beside G2', 1.65 each:
 * a bucket's gradient is not sent before its weights have come. X2 6.7–7.55. */
START_TEST(zero3_without_compute)
{
    struct written w;
    struct seen seen;
    struct tw_pricing pricing = pricing_with("simgrid", NULL, 0, 0);
    open_zero3(&w);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 7.55 * MS, 1e-12);
    free(w.step_record);
}
END_TEST

/* Forward 3, B0 until 4, B1 until 5, B2 until 6, X2 6–6.85, update until 7.35; gathers behind each
 * other until 9.9, the casts of the first two beside the next gather, the last one until 10. */
START_TEST(zero1_overlapped)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_with(executors[_i], &device, 3 * MS, 3 * MS);
    device.combine_sB = 0;
    open_zero1(&w, 500000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 10 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[0].compute_s, 6.5 * MS, 1e-12);
    ck_assert_double_eq_tol(seen.last[0].compress_s, .3 * MS, 1e-12);
    free(w.step_record);
    /* Kernels that cost nothing: gathers still wait for all gradients, 6.85 + 3 · .85. */
    pricing.device = NULL;
    open_zero1(&w, 500000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 9.4 * MS, 1e-12);
    /* Blocking: 6 + 6 · .85. */
    pricing.overlap = (struct tw_overlap){0};
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 11.1 * MS, 1e-12);
    free(w.step_record);
}
END_TEST

/* Only the forward gathers: G2 0–.85, G1 –1.7, G0 –2.55, none held back; F2 .85–1.85, F1 –2.85, F0
 * –3.85, then B0 –4.85, B1, B2 –6.85, X2 6.85–7.7. A cast of .1 ms is in front of each F: .3 more.
 * Where forwards of .1 ms wait for their gathers, F0 is 2.55–2.65 (.1 later with casts), B2 ends at
 * 5.65 and X2 at 6.5. */
START_TEST(before_the_forward)
{
    struct written w;
    struct seen seen;
    struct tw_device device = adder();
    struct tw_pricing pricing = pricing_with(executors[_i], &device, 3 * MS, 3 * MS);
    device.combine_sB = 0;
    for (int cast = 0; cast < 2; cast++) {
        open_buckets(&w);
        for (int b = BUCKETS - 1; b >= 0; b--) {
            add_gather(&w, b, TW_BEFORE_FORWARD);
            add_work(&w, TW_STAGE_METHOD, -1, cast ? 100000 : 0);
            w.items[w.record.count - 1].bucket = b;
            w.items[w.record.count - 1].moment = TW_BEFORE_FORWARD;
        }
        add_gradients(&w);
        pricing.forward_s = 3 * MS;
        ck_assert_double_eq_tol(price(&pricing, &w, &seen), (cast ? 8 : 7.7) * MS, 1e-12);
        pricing.forward_s = .3 * MS;
        ck_assert_double_eq_tol(price(&pricing, &w, &seen), (cast ? 6.6 : 6.5) * MS, 1e-12);
        free(w.step_record);
    }
}
END_TEST

/* Layers of the forward in order: an activation that nobody owns, a .5, b 1.5, c 1 ms; the last
 * bucket has what is before its first layer. By values: a third each. */
START_TEST(forward_by_bucket)
{
    static const struct tw_layer_time layers[] = {
        {"embed", .2e-3, 0}, {"a", .5e-3, 1e-3}, {"b", 1.5e-3, 1e-3}, {"c", 1e-3, 1e-3}};
    struct written w;
    struct tw_err err = {0};
    double seconds[BUCKETS];
    struct tw_pricing pricing = pricing_with("simgrid", NULL, 3.2 * MS, 3 * MS);
    open_zero3(&w);
    ck_assert_int_eq(tw_plan_forward(&pricing, &w.trace, seconds, &err), TW_OK);
    for (int b = 0; b < BUCKETS; b++)
        ck_assert_double_eq_tol(seconds[b], 3.2 * MS / 3, 1e-15);
    pricing.layers = layers;
    pricing.layer_count = 4;
    ck_assert_int_eq(tw_plan_forward(&pricing, &w.trace, seconds, &err), TW_OK);
    ck_assert_double_eq_tol(seconds[2], .7 * MS, 1e-15);
    ck_assert_double_eq_tol(seconds[1], 1.5 * MS, 1e-15);
    ck_assert_double_eq_tol(seconds[0], 1 * MS, 1e-15);
    pricing.layer_count = 3;
    ck_assert_int_eq(tw_plan_forward(&pricing, &w.trace, seconds, &err), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(err.text, "c.weight"));
    free(w.step_record);
}
END_TEST

static void expect_refusal(const struct tw_pricing *pricing, const struct written *w,
                           tw_status status, const char *text)
{
    struct tw_priced priced;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_price_trace(pricing, &w->trace, NULL, NULL, &priced, &err), status);
    ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
    tw_priced_free(&priced);
}

START_TEST(refusals)
{
    struct written w;
    struct tw_pricing pricing = pricing_with("maxplus", NULL, 3 * MS, 3 * MS);
    open_zero3(&w);
    expect_refusal(&pricing, &w, TW_REFUSED, "maxplus");
    pricing = pricing_with("simgrid", NULL, 3 * MS, 3 * MS);
    pricing.accumulate = 2;
    expect_refusal(&pricing, &w, TW_REFUSED, "2 micro-batches");
    pricing.accumulate = 0;
    pricing.overlap.streams = 4;
    expect_refusal(&pricing, &w, TW_REFUSED, "4 streams");
    pricing.overlap.streams = 3; /* the last one is left */
    struct seen seen;
    (void)price(&pricing, &w, &seen);
    pricing.overlap.streams = 1;
    struct tw_item item = w.items[0];
    w.items[0] = w.items[1]; /* the gathers of two buckets, in the wrong order */
    w.items[1] = item;
    expect_refusal(&pricing, &w, TW_CORRUPT, "out of its turn");
    w.items[1] = w.items[0];
    w.items[0] = item;
    item = w.items[8]; /* a gradient before the forward */
    w.items[8] = w.items[0];
    w.items[0] = item;
    expect_refusal(&pricing, &w, TW_CORRUPT, "not where it belongs");
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_sharding");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, zero3_blocking, 0, 2);
    tcase_add_test(all, zero3_overlapped);
    tcase_add_test(all, zero3_without_compute);
    tcase_add_loop_test(all, zero1_overlapped, 0, 2);
    tcase_add_loop_test(all, before_the_forward, 0, 2);
    tcase_add_test(all, forward_by_bucket);
    tcase_add_test(all, refusals);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
