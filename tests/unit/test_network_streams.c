/* links: tw_network */
/* Streams of a rank: order, dependencies and sharing, against timelines drawn by hand. */
#include <check.h>
#include "network/streams.h"
#include "unit/network_case.h"

#define ITEMS_MAX 16
#define MS 1e-3

static const char *const executors[] = {"simgrid", "maxplus"};

/* Two ranks and a list of items. One all-reduce of 250000 values by recursive doubling is one
 * message of 1 MB each way: 2·25 µs + 1e6/1.25e9 s = .85 ms. */
struct drawn {
    struct network_case c;
    struct tw_layout layout;
    struct tw_action_item items[ITEMS_MAX];
    double delays_s[ITEMS_MAX][2], entry_s[2], end_s[2 * ITEMS_MAX];
    int count;
};

static void drawn_open(struct drawn *d)
{
    uint64_t starts[3];
    struct tw_err err = {0};
    memset(d, 0, sizeof *d);
    d->c = network_case_of("allreduce", "recursive_doubling", 2, 250000);
    ck_assert_msg(network_case_layout(&d->c, &d->layout, starts, &err), "%s", err.text);
}

/* An item behind `after` (−1: none); 0 s is an exchange. Returns its number. */
static int put(struct drawn *d, int stream, double seconds, int after)
{
    struct tw_action_item *item = &d->items[d->count];
    item->stream = stream;
    if (seconds > 0) {
        d->delays_s[d->count][0] = d->delays_s[d->count][1] = seconds;
        item->delay_s = d->delays_s[d->count];
    } else {
        item->algorithm = d->c.algorithm;
        item->layout = d->layout;
    }
    if (after >= 0)
        item->after[item->after_count++] = after;
    return d->count++;
}

static struct tw_step_job job_of(struct drawn *d)
{
    return (struct tw_step_job){.platform = &d->c.platform,
                                .network = &d->c.network,
                                .items = d->items,
                                .count = d->count,
                                .entry_s = d->entry_s};
}

static void price(struct drawn *d, const char *executor)
{
    struct tw_step_job job = job_of(d);
    struct tw_err err = {0};
    const struct tw_executor *with = tw_executor_find(executor);
    ck_assert_msg(with->accepts(&job, &err) == TW_OK, "%s", err.text);
    ck_assert_msg(with->price(&job, d->end_s, &err) == TW_OK, "%s", err.text);
}

static void expect(struct drawn *d, int item, double begin_ms, double end_ms)
{
    struct tw_step_job job = job_of(d);
    double begin_s[2];
    tw_streams_begin(&job, item, d->end_s, begin_s);
    for (int r = 0; r < 2; r++)
        ck_assert_msg(fabs(begin_s[r] - begin_ms * MS) < 1e-12 &&
                          fabs(d->end_s[2 * item + r] - end_ms * MS) < 1e-12,
                      "item %d of rank %d: %.6f to %.6f ms, not %g to %g", item, r, begin_s[r] / MS,
                      d->end_s[2 * item + r] / MS, begin_ms, end_ms);
}

/* Three buckets: backward B 1 ms each, compression C .2 ms, exchange X .85 ms, decoding D .1 ms,
 * update U .5 ms:
 *   compute   B0 0–1      B1 1–2        B2 2–3                                     U 4.15–4.65
 *   method        C0 1–1.2    C1 2–2.2 D0 2.2–2.3  C2 3–3.2 D1 3.2–3.3  D2 4.05–4.15
 *   network       X0 1.2–2.05     X1 2.2–3.05             X2 3.2–4.05 */
START_TEST(three_buckets)
{
    struct drawn d;
    int b[3], c[3], x[3], decoded[3];
    drawn_open(&d);
    for (int i = 0; i < 3; i++)
        b[i] = put(&d, TW_RANK_COMPUTE, 1 * MS, -1);
    for (int i = 0; i < 3; i++) {
        c[i] = put(&d, TW_RANK_METHOD, .2 * MS, b[i]);
        if (i > 0)
            decoded[i - 1] = put(&d, TW_RANK_METHOD, .1 * MS, x[i - 1]);
        x[i] = put(&d, TW_RANK_EXCHANGE, 0, c[i]);
    }
    decoded[2] = put(&d, TW_RANK_METHOD, .1 * MS, x[2]);
    int u = put(&d, TW_RANK_COMPUTE, .5 * MS, decoded[2]);
    price(&d, executors[_i]);
    for (int i = 0; i < 3; i++) {
        expect(&d, b[i], i, i + 1);
        expect(&d, c[i], i + 1, i + 1.2);
        expect(&d, x[i], i + 1.2, i + 2.05);
    }
    expect(&d, decoded[0], 2.2, 2.3);
    expect(&d, decoded[1], 3.2, 3.3);
    expect(&d, decoded[2], 4.05, 4.15);
    expect(&d, u, 4.15, 4.65);
}
END_TEST

/* An exchange that is longer than the backward of the next bucket: the second waits for the first,
 * though its bucket is ready at .6 ms: .3–1.15, then 1.15–2. */
START_TEST(a_stream_is_serial)
{
    struct drawn d;
    drawn_open(&d);
    int first = put(&d, TW_RANK_COMPUTE, .3 * MS, -1),
        second = put(&d, TW_RANK_COMPUTE, .3 * MS, -1);
    int x0 = put(&d, TW_RANK_EXCHANGE, 0, first), x1 = put(&d, TW_RANK_EXCHANGE, 0, second);
    price(&d, executors[_i]);
    expect(&d, x0, .3, 1.15);
    expect(&d, x1, 1.15, 2);
}
END_TEST

/* Two communication streams, both exchanges from 0 on: each link carries two messages of 1 MB at
 * half its rate: .05 + 2·.8 = 1.65 ms. Max-plus would say .85 and must refuse. */
START_TEST(two_streams_share_links)
{
    struct drawn d;
    struct tw_err err = {0};
    drawn_open(&d);
    int x0 = put(&d, TW_RANK_EXCHANGE, 0, -1), x1 = put(&d, TW_RANK_EXCHANGE + 1, 0, -1);
    price(&d, "simgrid");
    expect(&d, x0, 0, 1.65);
    expect(&d, x1, 0, 1.65);
    struct tw_step_job job = job_of(&d);
    ck_assert_int_eq(tw_executor_find("maxplus")->accepts(&job, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "one communication stream"));
}
END_TEST

/* What both would deadlock on. */
START_TEST(an_item_cannot_wait_for_a_later_one)
{
    struct drawn d;
    struct tw_err err = {0};
    drawn_open(&d);
    int first = put(&d, TW_RANK_METHOD, 1 * MS, 1);
    put(&d, TW_RANK_COMPUTE, 1 * MS, first);
    struct tw_step_job job = job_of(&d);
    ck_assert_int_eq(tw_executor_find(executors[_i])->accepts(&job, &err), TW_INTERNAL);
    d.items[first].after_count = 0;
    ck_assert_int_eq(tw_executor_find(executors[_i])->accepts(&job, &err), TW_OK);
    d.items[first].stream = TW_RANK_STREAMS_MAX;
    ck_assert_int_eq(tw_executor_find(executors[_i])->accepts(&job, &err), TW_INTERNAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_streams");
    TCase *tests = tcase_create("streams");
    tcase_add_loop_test(tests, three_buckets, 0, 2);
    tcase_add_loop_test(tests, a_stream_is_serial, 0, 2);
    tcase_add_test(tests, two_streams_share_links);
    tcase_add_loop_test(tests, an_item_cannot_wait_for_a_later_one, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
