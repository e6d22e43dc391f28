/* links: tw_network */
/* Messages of a watched step: both ends of each, when they were posted and when they ended. */
#include <check.h>
#include "unit/network_overlap.h"

enum { ENDS_MAX = 4096, MESSAGES_MAX = 2000 };

struct followed {
    int steps, ranks, wrong, items;
    uint32_t step;
    size_t count;
    struct tw_message_time ends[ENDS_MAX];
    double last_s; /* of all messages */
    double item_s; /* the end of the last exchange, of all ranks */
};

static void follow(void *context, uint32_t step, const struct tw_step_items *items)
{
    struct followed *f = context;
    f->steps++;
    f->step = step;
    f->count = items->message_count;
    f->wrong += f->count > ENDS_MAX;
    for (size_t m = 0; m < f->count && m < ENDS_MAX; m++) {
        const struct tw_message_time *t = &items->messages[m];
        size_t at = (size_t)t->item * (size_t)items->ranks + (size_t)t->rank;
        f->ends[m] = *t;
        f->last_s = t->end_s > f->last_s ? t->end_s : f->last_s;
        f->wrong += items->items[t->item].algorithm == NULL;
        f->wrong += t->post_s < items->begin_s[at] - 1e-12 || t->end_s > items->end_s[at] + 1e-12;
        f->wrong += t->end_s < t->post_s;
    }
    for (int i = 0; i < items->count; i++)
        for (int r = 0; items->items[i].algorithm && r < items->ranks; r++)
            f->item_s = fmax(f->item_s, items->end_s[i * items->ranks + r]);
}

/* Ends whose other end is not there once, or says otherwise. */
static int unmatched(const struct followed *f)
{
    int wrong = 0;
    for (size_t a = 0; a < f->count; a++) {
        int found = 0;
        for (size_t b = 0; b < f->count; b++) {
            const struct tw_message_time *x = &f->ends[a], *y = &f->ends[b];
            found += x->sends != y->sends && x->rank == y->peer && x->peer == y->rank &&
                     x->item == y->item && x->lane == y->lane && x->step == y->step &&
                     x->bytes == y->bytes && fabs(x->end_s - y->end_s) <= 1e-15 + 1e-12 * y->end_s;
        }
        wrong += found != 1;
    }
    return wrong;
}

static struct followed f;

static tw_status follow_price(struct tw_pricing *pricing, const struct written *w,
                              struct tw_err *err)
{
    struct tw_priced priced = {0};
    f = (struct followed){0};
    pricing->item_watch = follow;
    pricing->item_context = &f;
    if (!pricing->messages_max)
        pricing->messages_max = MESSAGES_MAX;
    tw_status status = tw_price_trace(pricing, &w->trace, NULL, NULL, &priced, err);
    tw_priced_free(&priced);
    return status;
}

/* The timeline of test_network_overlap.c's `beside`: all-reduces of 1 MB between two ranks, .05 ms
 * and .8 ms, from 2.2, 3.2 and 4.2 ms on. One step of recursive doubling: a message each way. */
START_TEST(drawn_by_hand)
{
    struct written w;
    struct tw_err err = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping(executors[_i], 2, &device);
    int wrong = 0;
    device.combine_sB = 0;
    pricing.item_step = 2;
    three_buckets(&w, 2, 3, 200000, 250000, 100000);
    ck_assert_msg(follow_price(&pricing, &w, &err) == TW_OK, "%s", err.text);
    ck_assert_int_eq(f.steps, 1); /* the second alone */
    ck_assert_uint_eq(f.step, 1);
    ck_assert_uint_eq(f.count, 3 * 2 * 2);
    ck_assert_int_eq(f.wrong + unmatched(&f), 0);
    for (size_t m = 0; m < f.count; m++) {
        const struct tw_message_time *t = &f.ends[m];
        int bucket = (int)floor(t->post_s / MS - 2.1);
        wrong += bucket < 0 || bucket > 2 || t->bytes != 1000000 || t->step || t->lane ||
                 fabs(t->post_s - (2.2 + bucket) * MS) > 1e-12 ||
                 fabs(t->end_s - (3.05 + bucket) * MS) > 1e-12;
    }
    ck_assert_int_eq(wrong, 0);
    free(w.step_record);
}
END_TEST

static const struct {
    const char *name;
    int ranks, messages; /* of one all-reduce */
} schedules[] = {
    {"ring", 5, 5 * 8},               /* 2(p − 1) each */
    {"recursive_doubling", 8, 8 * 3}, /* log2 p each */
    {"double_binary_tree", 6, 0},     /* lanes beside each other, pipelined: not counted here */
    {"parameter_server", 4, 0},       /* many messages of a rank at once, that share its link */
};

/* Every message has two ends that agree, none is outside its exchange, and following them does not
 * move the step. Combining takes time here, so that the last message ends before the exchange. */
START_TEST(ends_agree)
{
    struct written w;
    struct seen seen;
    struct tw_err err = {0};
    struct tw_device device = adder();
    int ranks = schedules[_i].ranks;
    for (int overlap = 0; overlap <= 1; overlap++) {
        struct tw_pricing pricing = overlapping("simgrid", ranks, &device);
        pricing.overlap.on = overlap;
        pricing.overlap.streams = overlap ? 2 : 0;
        pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, schedules[_i].name);
        three_buckets(&w, ranks, 2, 200000, 250000, 100000);
        double step_s = price(&pricing, &w, &seen);
        pricing.item_watch = NULL;
        ck_assert_msg(follow_price(&pricing, &w, &err) == TW_OK, "%s", err.text);
        ck_assert_int_eq(f.wrong + unmatched(&f), 0);
        ck_assert_uint_gt(f.count, 0);
        if (schedules[_i].messages)
            ck_assert_uint_eq(f.count, 3 * 2 * schedules[_i].messages);
        ck_assert_double_le(f.last_s, f.item_s + 1e-15);
        ck_assert_double_eq_tol(price(&pricing, &w, &seen), step_s, 1e-12);
        free(w.step_record);
    }
}
END_TEST

/* A server, rank 0, waits for pushes of ranks 1, 2 and 3 at once, 1 being half as fast: it comes
 * with the first exchange at 8.4 ms (forward 2, backward 6, compression .4), the others at 4.2 ms.
 * Had the messages been waited for in turn, those of 2 and 3 would end no earlier than that of 1.
 */
START_TEST(ends_of_one_rank_are_told_apart)
{
    struct written w;
    struct tw_err err = {0};
    struct tw_device device = adder();
    static const double speeds[] = {1, .5, 1, 1};
    struct tw_pricing pricing = overlapping("simgrid", 4, &device);
    int early = 0, late = 0;
    device.combine_sB = 0;
    pricing.overlap = (struct tw_overlap){0};
    pricing.platform.node_speed = speeds;
    pricing.algorithms[TW_SUM] = tw_algorithm_find(TW_SUM, "parameter_server");
    three_buckets(&w, 4, 1, 200000, 250000, 100000);
    ck_assert_msg(follow_price(&pricing, &w, &err) == TW_OK, "%s", err.text);
    ck_assert_int_eq(f.wrong + unmatched(&f), 0);
    for (size_t m = 0; m < f.count; m++) {
        const struct tw_message_time *t = &f.ends[m];
        if (t->item == f.ends[0].item && t->step == f.ends[0].step && t->rank == 0 && !t->sends) {
            early += t->peer != 1 && t->end_s < 8.4 * MS;
            late += t->peer == 1 && t->end_s > 8.4 * MS;
        }
    }
    ck_assert_int_eq(early, 2);
    ck_assert_int_eq(late, 1);
    free(w.step_record);
}
END_TEST

START_TEST(too_many_are_refused)
{
    struct written w;
    struct tw_err err = {0};
    struct tw_device device = adder();
    struct tw_pricing pricing = overlapping("maxplus", 4, &device);
    three_buckets(&w, 4, 2, 200000, 250000, 100000);
    pricing.messages_max = 3 * 4 * 2 - 1;
    ck_assert_int_eq(follow_price(&pricing, &w, &err), TW_REFUSED);
    ck_assert_str_eq(err.text, "step 0: 24 messages in one step; at most 23 are followed");
    pricing.messages_max++;
    ck_assert_int_eq(follow_price(&pricing, &w, &err), TW_OK);
    const struct tw_outage outage = {.kind = TW_OUTAGE_LINK, .name = "x", .repair_s = INFINITY};
    const struct tw_dynamics dynamics = {.outages = &outage, .outage_count = 1};
    pricing = overlapping("simgrid", 4, &device);
    pricing.platform.dynamics = &dynamics;
    ck_assert_int_eq(follow_price(&pricing, &w, &err), TW_REFUSED);
    ck_assert_str_eq(err.text, "messages are not followed where links or hosts fail");
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network_messages");
    TCase *cases = tcase_create("messages");
    tcase_add_loop_test(cases, drawn_by_hand, 0, 2);
    tcase_add_loop_test(cases, ends_agree, 0, sizeof schedules / sizeof schedules[0]);
    tcase_add_test(cases, ends_of_one_rank_are_told_apart);
    tcase_add_test(cases, too_many_are_refused);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
