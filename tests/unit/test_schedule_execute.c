/* links: tw_base tw_collective */
/* The memory executor on hand-made schedules: its semantics, and every mistake it must name. */
#include "unit/schedule_text.h"

/* A script: pieces with who does them and when; the schedule reads it. */
struct line {
    int lane, rank, s;
    struct tw_piece piece;
};

static const struct line *script;
static int script_count, script_lanes, script_steps;

static int script_step(const struct tw_layout *layout, int lane, int rank, int s,
                       struct tw_piece *out)
{
    (void)layout;
    int count = 0;
    for (int i = 0; i < script_count; i++)
        if (script[i].lane == lane && script[i].rank == rank && script[i].s == s)
            out[count++] = script[i].piece;
    return count;
}

static int lanes(const struct tw_layout *layout)
{
    (void)layout;
    return script_lanes;
}

static int steps(const struct tw_layout *layout)
{
    (void)layout;
    return script_steps;
}

static int eight(const struct tw_layout *layout)
{
    (void)layout;
    return 8;
}

static const struct tw_algorithm scripted = {.member = {.name = "scripted"},
                                             .kind = TW_SUM,
                                             .lanes = lanes,
                                             .steps = steps,
                                             .pieces_max = eight,
                                             .step = script_step};

/* Three ranks, three blocks of two doubles; rank r starts with 100r + 0…5. */
struct board {
    double values[3][6];
    void *buffers[3];
    struct tw_layout layout;
    struct tw_err err;
};

static tw_status play(struct board *board, const struct line *lines, int count)
{
    script = lines;
    script_count = count;
    script_lanes = script_steps = 1;
    for (int i = 0; i < count; i++) {
        script_lanes = lines[i].lane + 1 > script_lanes ? lines[i].lane + 1 : script_lanes;
        script_steps = lines[i].s + 1 > script_steps ? lines[i].s + 1 : script_steps;
    }
    *board = (struct board){.layout = {.kind = TW_SUM,
                                       .element = TW_ELEMENT_F64,
                                       .element_B = 8,
                                       .ranks = 3,
                                       .count = 6,
                                       .blocks = 3}};
    for (int r = 0; r < 3; r++) {
        board->buffers[r] = board->values[r];
        for (int i = 0; i < 6; i++)
            board->values[r][i] = 100 * r + i;
    }
    return tw_execute_memory(&scripted, &board->layout, TW_COMBINE_SUM, board->buffers,
                             &board->err);
}

#define PLAY(board, lines) play(board, lines, (int)(sizeof(lines) / sizeof *(lines)))

static void deadlocks(const struct line *lines, int count, const char *text)
{
    struct board board;
    ck_assert_int_eq(play(&board, lines, count), TW_DEADLOCK);
    ck_assert_str_eq(board.err.text, text);
    ck_assert_int_eq(board.err.status, TW_DEADLOCK);
}

#define DEADLOCKS(lines, text) deadlocks(lines, (int)(sizeof(lines) / sizeof *(lines)), text)

/* ---- semantics ---- */

/* Two ranks exchange the same block in one step: each gets what the other had before. */
START_TEST(sends_read_what_was_there_before)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_RECEIVE_COPY, 0, 1, 1}},
        {0, 0, 0, {1, TW_SEND, 0, 1, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}},
        {0, 1, 0, {0, TW_SEND, 0, 1, 1}},
    };
    struct board board;
    ck_assert_int_eq(PLAY(&board, lines), TW_OK);
    ck_assert(board.values[0][0] == 100 && board.values[0][1] == 101);
    ck_assert(board.values[1][0] == 0 && board.values[1][1] == 1);
    ck_assert(board.values[0][2] == 2 && board.values[1][2] == 102);
}
END_TEST

/* Block 0 of rank 0 is combined with rank 1's, then overwritten by rank 2's; block 1 the other way
 * round: 200 + 2 is copied first, then 100 + 2 is added. */
START_TEST(receives_combine_in_the_order_listed)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_RECEIVE_COMBINE, 0, 1, 1}},
        {0, 0, 0, {2, TW_RECEIVE_COPY, 0, 2, 1}},
        {0, 0, 0, {1, TW_RECEIVE_COMBINE, 1, 1, 1}},
        {0, 1, 0, {0, TW_SEND, 0, 2, 1}},
        {0, 2, 0, {0, TW_SEND, 0, 2, 1}},
    };
    struct board board;
    ck_assert_int_eq(PLAY(&board, lines), TW_OK);
    ck_assert(board.values[0][0] == 200 && board.values[0][1] == 201);
    ck_assert(board.values[0][2] == 202 + 102 && board.values[0][3] == 203 + 103);
}
END_TEST

/* One piece of blocks 0 and 2, taken apart by the receiver into two pieces: same blocks in the
 * same order are the same message. */
START_TEST(strided_blocks_travel_in_order)
{
    static const struct line lines[] = {
        {0, 2, 0, {0, TW_SEND, 0, 2, 2}},
        {0, 0, 0, {2, TW_RECEIVE_COPY, 0, 1, 1}},
        {0, 0, 0, {2, TW_RECEIVE_COMBINE, 2, 1, 1}},
    };
    struct board board;
    ck_assert_int_eq(PLAY(&board, lines), TW_OK);
    ck_assert(board.values[0][0] == 200 && board.values[0][1] == 201);
    ck_assert(board.values[0][2] == 2 && board.values[0][3] == 3);
    ck_assert(board.values[0][4] == 204 + 4 && board.values[0][5] == 205 + 5);
}
END_TEST

/* A block may be sent by two lanes, and different blocks written by them. */
START_TEST(independent_lanes_run)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_SEND, 0, 1, 1}}, {0, 1, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}},
        {1, 0, 0, {2, TW_SEND, 0, 1, 1}}, {1, 2, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}},
        {1, 2, 1, {1, TW_SEND, 1, 1, 1}}, {1, 1, 1, {2, TW_RECEIVE_COPY, 1, 1, 1}},
    };
    struct board board;
    ck_assert_int_eq(PLAY(&board, lines), TW_OK);
    ck_assert(board.values[1][0] == 0 && board.values[2][0] == 0);
    ck_assert(board.values[1][2] == 202 && board.values[1][3] == 203);
}
END_TEST

/* ---- mistakes ---- */

START_TEST(a_send_without_a_receive)
{
    static const struct line lines[] = {
        {0, 0, 1, {1, TW_SEND, 0, 1, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}}, /* a step too early */
    };
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 0: rank 1 waits for rank 0, which does "
                     "not send to it");
    deadlocks(lines, 1,
              "allreduce scripted: step 1 of lane 0: rank 0 sends to rank 1, which does "
              "not receive from it");
}
END_TEST

START_TEST(two_sends_and_no_receive)
{
    static const struct line lines[] = {
        {0, 2, 0, {1, TW_SEND, 0, 1, 1}},
        {0, 1, 0, {2, TW_SEND, 0, 1, 1}},
    };
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 0: rank 1 sends to rank 2, which does not "
                     "receive from it");
}
END_TEST

START_TEST(an_empty_message_needs_its_other_half)
{
    static const struct line lines[] = {{0, 2, 0, {0, TW_SEND, 0, 0, 1}}};
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 0: rank 2 sends to rank 0, which does not "
                     "receive from it");
}
END_TEST

START_TEST(halves_of_different_size)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_SEND, 0, 2, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COMBINE, 0, 1, 1}},
    };
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 0: rank 0 sends 32 B to rank 1, which "
                     "expects 16 B");
}
END_TEST

START_TEST(halves_of_different_blocks)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_SEND, 0, 2, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COMBINE, 0, 2, 2}},
    };
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 0: rank 0 sends block 1 to rank 1, which "
                     "expects 2");
}
END_TEST

/* One element in three blocks: 1, 0, 0. Both halves carry 8 B, but not the same empty blocks. */
START_TEST(empty_blocks_count_too)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_SEND, 0, 2, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}},
    };
    struct board board;
    ck_assert_int_eq(PLAY(&board, lines), TW_DEADLOCK);
    board.layout.count = 1;
    ck_assert_int_eq(
        tw_execute_memory(&scripted, &board.layout, TW_COMBINE_SUM, board.buffers, &board.err),
        TW_DEADLOCK);
    ck_assert_str_eq(board.err.text,
                     "allreduce scripted: step 0 of lane 0: rank 0 sends more blocks "
                     "to rank 1 than it expects");
}
END_TEST

START_TEST(a_peer_that_does_not_exist)
{
    static const int peers[] = {3, -1, 1};
    for (int i = 0; i < 3; i++) {
        struct line line = {0, 1, 0, {peers[i], TW_SEND, 0, 1, 1}};
        char text[128];
        snprintf(text, sizeof text,
                 "allreduce scripted: step 0 of lane 0: rank 1 names peer %d of 3 ranks", peers[i]);
        deadlocks(&line, 1, text);
    }
}
END_TEST

START_TEST(a_block_that_does_not_exist)
{
    static const struct line past = {0, 1, 0, {2, TW_SEND, 1, 2, 2}};
    deadlocks(&past, 1,
              "allreduce scripted: step 0 of lane 0: rank 1 names blocks 1 to 3 by 2 with "
              "peer 2; there are 3");
    static const struct line still = {0, 1, 0, {2, TW_SEND, 1, 2, 0}};
    deadlocks(&still, 1,
              "allreduce scripted: step 0 of lane 0: rank 1 names blocks 1 to 1 by 0 with "
              "peer 2; there are 3");
}
END_TEST

START_TEST(lanes_that_write_one_block)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_SEND, 0, 1, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}},
        {1, 2, 0, {1, TW_SEND, 0, 1, 1}},
        {1, 1, 0, {2, TW_RECEIVE_COPY, 0, 1, 1}},
    };
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 1: rank 1 uses block 0 with peer 2, as "
                     "another lane does");
}
END_TEST

START_TEST(a_lane_that_reads_what_another_writes)
{
    static const struct line lines[] = {
        {0, 0, 0, {1, TW_SEND, 0, 1, 1}},
        {0, 1, 0, {0, TW_RECEIVE_COPY, 0, 1, 1}},
        {1, 1, 0, {2, TW_SEND, 0, 1, 1}},
        {1, 2, 0, {1, TW_RECEIVE_COPY, 0, 1, 1}},
    };
    DEADLOCKS(lines, "allreduce scripted: step 0 of lane 1: rank 1 uses block 0 with peer 2, as "
                     "another lane does");
}
END_TEST

START_TEST(elements_without_a_sum_are_refused)
{
    struct tw_layout layout = sum_layout(2, 4);
    layout.element = TW_ELEMENT_BF16;
    layout.element_B = 2;
    uint16_t values[2][4] = {{0}};
    void *buffers[] = {values[0], values[1]};
    struct tw_err err = {0};
    const struct tw_algorithm *ring = tw_algorithm_find(TW_SUM, "ring");
    ck_assert_int_eq(tw_layout_for(ring, &layout, NULL), TW_OK);
    ck_assert_int_eq(tw_execute_memory(ring, &layout, TW_COMBINE_SUM, buffers, &err), TW_REFUSED);
    ck_assert_str_eq(err.text, "allreduce ring: step 0 of lane 0: rank 0 would combine elements of "
                               "type bf16 from rank 1");
    ck_assert_int_eq(tw_execute_memory(ring, &layout, TW_COMBINE_SUM, buffers, NULL), TW_REFUSED);
}
END_TEST

START_TEST(a_layout_must_be_complete)
{
    struct tw_layout layout = sum_layout(2, 4);
    float values[2][4] = {{0}};
    void *buffers[] = {values[0], values[1]};
    struct tw_err err = {0};
    ck_assert_int_eq(tw_execute_memory(tw_algorithm_find(TW_SUM, "ring"), &layout, TW_COMBINE_SUM,
                                       buffers, &err),
                     TW_INTERNAL);
    ck_assert_str_eq(err.text, "a layout of 2 ranks and 0 blocks");
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {sends_read_what_was_there_before,
                                  receives_combine_in_the_order_listed,
                                  strided_blocks_travel_in_order,
                                  independent_lanes_run,
                                  a_send_without_a_receive,
                                  two_sends_and_no_receive,
                                  an_empty_message_needs_its_other_half,
                                  halves_of_different_size,
                                  halves_of_different_blocks,
                                  empty_blocks_count_too,
                                  a_peer_that_does_not_exist,
                                  a_block_that_does_not_exist,
                                  lanes_that_write_one_block,
                                  a_lane_that_reads_what_another_writes,
                                  elements_without_a_sum_are_refused,
                                  a_layout_must_be_complete};
    return run_suite("schedule_execute", tests, sizeof tests / sizeof tests[0]);
}
