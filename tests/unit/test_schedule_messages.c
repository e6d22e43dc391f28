/* links: tw_base tw_collective */
/* Pieces become messages, messages become traffic; the injection bound. */
#include "unit/schedule_text.h"

/* A schedule of one step in which rank 0 does what `script` says; only its grouping is looked at.
 */
static struct tw_piece script[8];
static int script_count;

static int script_step(const struct tw_layout *layout, int lane, int rank, int s,
                       struct tw_piece *out)
{
    (void)layout;
    (void)lane;
    if (rank != 0 || s != 0)
        return 0;
    memcpy(out, script, (size_t)script_count * sizeof *script);
    return script_count;
}

static int one(const struct tw_layout *layout)
{
    (void)layout;
    return 1;
}

static int eight(const struct tw_layout *layout)
{
    (void)layout;
    return 8;
}

static const struct tw_algorithm scripted = {.member = {.name = "scripted"},
                                             .kind = TW_SUM,
                                             .lanes = one,
                                             .steps = one,
                                             .pieces_max = eight,
                                             .step = script_step};

static int grouped(const struct tw_layout *layout, struct tw_message *messages)
{
    struct tw_piece pieces[8];
    int count = -1;
    int n = tw_schedule_messages(&scripted, layout, 0, 0, 0, pieces, &count, messages);
    ck_assert_int_eq(count, script_count);
    return n;
}

/* 23 f32 in 5 blocks: 5, 5, 5, 4, 4 elements. */
START_TEST(one_message_per_peer_in_naming_order)
{
    struct tw_layout layout = sum_layout(6, 23);
    layout.blocks = 5;
    script_count = 5;
    script[0] = (struct tw_piece){4, TW_SEND, 0, 1, 1};
    script[1] = (struct tw_piece){2, TW_RECEIVE_COPY, 3, 2, 1};
    script[2] = (struct tw_piece){4, TW_RECEIVE_COMBINE, 1, 1, 1};
    script[3] = (struct tw_piece){4, TW_SEND, 3, 1, 1};
    script[4] = (struct tw_piece){4, TW_RECEIVE_COPY, 4, 1, 1};
    struct tw_message m[8];
    ck_assert_int_eq(grouped(&layout, m), 2);
    ck_assert_int_eq(m[0].peer, 4);
    ck_assert(m[0].sends == 1 && m[0].receives == 1);
    ck_assert_uint_eq(m[0].send_B, (5 + 4) * 4);
    ck_assert_uint_eq(m[0].receive_B, (5 + 4) * 4);
    ck_assert_uint_eq(m[0].combine_B, 5 * 4);
    ck_assert_int_eq(m[1].peer, 2);
    ck_assert(m[1].sends == 0 && m[1].receives == 1);
    ck_assert_uint_eq(m[1].receive_B, 8 * 4);
    ck_assert_uint_eq(m[1].combine_B, 0);
}
END_TEST

START_TEST(empty_messages_exist)
{
    struct tw_layout layout = sum_layout(6, 2);
    layout.blocks = 5;
    script_count = 2;
    script[0] = (struct tw_piece){1, TW_SEND, 4, 1, 1};         /* an empty block */
    script[1] = (struct tw_piece){2, TW_RECEIVE_COPY, 0, 0, 1}; /* no block at all */
    struct tw_message m[8];
    ck_assert_int_eq(grouped(&layout, m), 2);
    ck_assert(m[0].sends == 1 && m[0].receives == 0 && m[0].send_B == 0);
    ck_assert(m[1].sends == 0 && m[1].receives == 1 && m[1].receive_B == 0);
}
END_TEST

/* Bytes of every (first, count, stride) against block by block, on even and on given cuts. */
START_TEST(strided_pieces_weigh_what_their_blocks_do)
{
    static const uint64_t starts[] = {0, 4, 4, 5, 11, 12, 12, 19, 20, 30, 31, 33};
    for (int given = 0; given < 2; given++) {
        struct tw_layout layout = given ? gather_layout(11, starts) : sum_layout(11, 26);
        layout.blocks = 11;
        script_count = 1;
        for (uint32_t first = 0; first < 11; first++)
            for (uint32_t stride = 1; stride < 11; stride++)
                for (uint32_t count = 0; count == 0 || first + (count - 1) * stride < 11; count++) {
                    script[0] = (struct tw_piece){1, TW_SEND, first, count, stride};
                    uint64_t elements = 0;
                    for (uint32_t k = 0; k < count; k++)
                        elements += tw_layout_elements(&layout, first + k * stride);
                    struct tw_message m[8];
                    int n = grouped(&layout, m);
                    if (n != 1 || m[0].send_B != elements * 4)
                        ck_abort_msg("blocks %u, %u of them by %u", first, count, stride);
                }
    }
}
END_TEST

START_TEST(traffic_counts_what_is_sent)
{
    struct tw_layout layout = sum_layout(6, 23);
    layout.blocks = 5;
    script_count = 3;
    script[0] = (struct tw_piece){4, TW_SEND, 0, 1, 1};
    script[1] = (struct tw_piece){2, TW_RECEIVE_COPY, 3, 2, 1};
    script[2] = (struct tw_piece){3, TW_SEND, 1, 2, 2};
    uint64_t sent_B = 1, messages = 1;
    ck_assert_int_eq(tw_schedule_traffic(&scripted, &layout, 0, &sent_B, &messages), TW_OK);
    ck_assert_uint_eq(sent_B, (5 + 5 + 4) * 4); /* block 0, then blocks 1 and 3 */
    ck_assert_uint_eq(messages, 2);
    ck_assert_int_eq(tw_schedule_traffic(&scripted, &layout, 1, &sent_B, &messages), TW_OK);
    ck_assert_uint_eq(sent_B, 0);
    ck_assert_uint_eq(messages, 0);
}
END_TEST

START_TEST(bounds_by_hand)
{
    /* 2·3/4·100 f32 at 0.5 s/B = 2·.75·400·.5 */
    struct tw_layout sum = sum_layout(4, 100);
    ck_assert(tw_injection_bound(&sum, 0.5) == 300);
    /* 3, 0, 7, 2 elements: the rank with none receives all 12 */
    static const uint64_t starts[] = {0, 3, 3, 10, 12};
    struct tw_layout gather = gather_layout(4, starts);
    ck_assert(tw_injection_bound(&gather, 1) == 48);
    /* 1 and 9 elements on two ranks: nine go one way */
    static const uint64_t two[] = {0, 1, 10};
    struct tw_layout pair = gather_layout(2, two);
    ck_assert(tw_injection_bound(&pair, 1) == 36);
    /* of 12 to be summed and scattered the rank with 0 gives away all */
    struct tw_layout scatter = scatter_layout(4, starts);
    ck_assert(tw_injection_bound(&scatter, 1) == 48);
    static const uint64_t skewed[] = {0, 7, 8};
    scatter = scatter_layout(2, skewed);
    ck_assert(tw_injection_bound(&scatter, 1) == 28); /* 7 must arrive */
    struct tw_layout spread = broadcast_layout(4, 100, 2);
    ck_assert(tw_injection_bound(&spread, 0.5) == 200);
    /* rows 9 1 | 2 9: what stays at home does not count */
    static const uint64_t matrix[] = {0, 9, 10, 12, 21};
    struct tw_layout all = alltoall_layout(2, matrix);
    ck_assert(tw_injection_bound(&all, 1) == 8);
    struct tw_layout alone = sum_layout(1, 100);
    ck_assert(tw_injection_bound(&alone, 1) == 0);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {one_message_per_peer_in_naming_order, empty_messages_exist,
                                  strided_pieces_weigh_what_their_blocks_do,
                                  traffic_counts_what_is_sent, bounds_by_hand};
    return run_suite("schedule_messages", tests, sizeof tests / sizeof tests[0]);
}
