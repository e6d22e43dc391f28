/* links: tw_base tw_collective */
/* Merges of the transport in memory. A partial here is the list of the ranks that are in it, and a
 * merge puts b's list behind a's: so a rank left out, taken twice or merged in another order on
 * another rank shows in the list, and its length is the size that must be recorded. */
#include "collective/transport.h"
#include "unit/schedule_text.h"

enum { MOST = 65 };

static const int counts_of_ranks[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 31, 33, 64, 65};

/* What the merges of one exchange were. */
struct seen {
    int merges[MOST], kept;
    int fails_at;  /* the rank whose merge fails; -1: none */
    int lengthens; /* 1: a merge makes one element more than there is room for */
};

static tw_status put_behind(void *context, int rank, int keeps, const struct tw_partial *a,
                            const struct tw_partial *b, void *c, uint64_t *count)
{
    struct seen *seen = context;
    seen->merges[rank]++;
    seen->kept += keeps;
    if (rank == seen->fails_at)
        return TW_INPUT;
    memcpy(c, a->data, a->count * sizeof(uint32_t));
    memcpy((uint32_t *)c + a->count, b->data, b->count * sizeof(uint32_t));
    *count = a->count + b->count + (seen->lengthens ? 2 * MOST : 0);
    return TW_OK;
}

struct trial {
    struct tw_transport transport;
    struct tw_merging merging;
    struct tw_request requests[MOST];
    uint32_t own[MOST];
    struct seen seen;
    struct tw_answer answer;
    struct tw_err err;
};

static void trial_open(struct trial *t, const struct tw_algorithm *algorithm, int ranks)
{
    memset(t, 0, sizeof *t);
    ck_assert_int_eq(tw_transport_memory(&t->transport, ranks, &t->err), TW_OK);
    t->seen.fails_at = -1;
    t->merging = (struct tw_merging){algorithm, put_behind, &t->seen, NULL, 0};
    t->transport.merging = &t->merging;
    for (int r = 0; r < ranks; r++) {
        t->own[r] = (uint32_t)r;
        t->requests[r] = (struct tw_request){.kind = TW_MERGE,
                                             .element = TW_ELEMENT_U32,
                                             .count = 1,
                                             .data = &t->own[r],
                                             .room = (uint64_t)ranks};
    }
}

static tw_status trial_ask(struct trial *t)
{
    return t->transport.exchange(&t->transport, t->requests, &t->answer, NULL, &t->err);
}

static const struct tw_algorithm *merge_at(int index)
{
    for (int i = 0; i < tw_algorithm_count(); i++)
        if (tw_algorithm_at(i)->kind == TW_MERGE && index-- == 0)
            return tw_algorithm_at(i);
    return NULL;
}

/* Every rank is in the answer once; the unions, p − 1 different ones, are kept once each; no rank
 * merges more than ceil(log2 p) times, and as often as the schedule says. */
static void check_whole(struct trial *t, int ranks)
{
    const uint32_t *list = t->answer.data;
    int times[MOST] = {0}, most = 0;
    ck_assert_uint_eq(t->answer.count, (uint64_t)ranks);
    for (int i = 0; i < ranks; i++)
        times[list[i] % MOST]++;
    for (int r = 0; r < ranks; r++) {
        uint64_t merges;
        ck_assert_int_eq(tw_schedule_merges(t->merging.algorithm, ranks, r, &merges), TW_OK);
        if (times[r] != 1 || merges != (uint64_t)t->seen.merges[r])
            ck_abort_msg("%s, %d ranks: rank %d is in it %d times",
                         t->merging.algorithm->member.name, ranks, r, times[r]);
        most = t->seen.merges[r] > most ? t->seen.merges[r] : most;
    }
    ck_assert_int_eq(t->seen.kept, ranks - 1);
    ck_assert_int_le(1 << most, 2 * ranks - 1); /* 2^ceil(log2 p) ≤ 2p − 1 */
}

START_TEST(every_rank_is_in_the_answer_once)
{
    for (int a = 0; merge_at(a); a++)
        for (size_t k = 0; k < sizeof counts_of_ranks / sizeof *counts_of_ranks; k++) {
            struct trial t;
            trial_open(&t, merge_at(a), counts_of_ranks[k]);
            ck_assert_msg(trial_ask(&t) == TW_OK, "%s", t.err.text);
            check_whole(&t, counts_of_ranks[k]);
            memset(&t.seen, 0, sizeof t.seen);
            t.seen.fails_at = -1;
            ck_assert_int_eq(trial_ask(&t), TW_OK); /* and again, in memory that was used */
            check_whole(&t, counts_of_ranks[k]);
            t.transport.close(&t.transport);
        }
}
END_TEST

/* Five ranks, by the drawings. Tree: rank 1 sends itself, 2 itself and 3, 3 itself, 4 itself; the
 * result is of five. Doubling: level 0 is of {0,1}, 2, 3, 4, level 1 of {0,1,2} and {3,4}, then the
 * result and the folded rank 0. */
START_TEST(sizes_are_those_of_the_drawing)
{
    static const uint64_t of_tree[] = {5, 1, 2, 1, 1}, of_doubling[] = {2, 1, 1, 1, 3, 2, 5, 1};
    struct trial t;
    trial_open(&t, tw_algorithm_find(TW_MERGE, "tree"), 5);
    ck_assert_int_eq(trial_ask(&t), TW_OK);
    ck_assert_uint_eq(t.merging.blocks, 5);
    ck_assert_mem_eq(t.merging.sizes, of_tree, sizeof of_tree);
    t.merging.algorithm = tw_algorithm_find(TW_MERGE, "recursive_doubling");
    ck_assert_int_eq(trial_ask(&t), TW_OK);
    ck_assert_uint_eq(t.merging.blocks, 8);
    ck_assert_mem_eq(t.merging.sizes, of_doubling, sizeof of_doubling);
    t.transport.close(&t.transport);
}
END_TEST

/* ---- what goes wrong ---- */

static int forgetful(const struct tw_layout *layout, int lane, int rank, int s,
                     struct tw_piece *out)
{
    int count = tw_algorithm_find(TW_MERGE, "tree")->step(layout, lane, rank, s, out);
    return rank == 2 && s == 0 ? 0 : count; /* rank 3 is lost */
}

static int renaming(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    int count = tw_algorithm_find(TW_MERGE, "tree")->step(layout, lane, rank, s, out);
    for (int i = 0; i < count; i++)
        out[i].first = 1; /* all partials have one name */
    return count;
}

static int uncopied(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    int count = tw_algorithm_find(TW_MERGE, "tree")->step(layout, lane, rank, s, out);
    return rank == 3 && s > 2 ? 0 : count; /* rank 3 never hears the result */
}

START_TEST(wrong_schedules_are_seen)
{
    struct tw_algorithm wrong = *tw_algorithm_find(TW_MERGE, "tree");
    struct trial t;
    trial_open(&t, &wrong, 5);
    wrong.step = forgetful;
    ck_assert_int_eq(trial_ask(&t), TW_OK); /* consistent, so the list must tell */
    ck_assert_uint_eq(t.answer.count, 4);
    wrong.step = renaming;
    ck_assert_int_eq(trial_ask(&t), TW_INTERNAL);
    ck_assert_ptr_nonnull(strstr(t.err.text, "block 1 has 1 elements, and 2 on rank 2"));
    wrong.step = uncopied;
    ck_assert_int_eq(trial_ask(&t), TW_INTERNAL);
    ck_assert_ptr_nonnull(strstr(t.err.text, "rank 3 ends with another result"));
    wrong = *tw_algorithm_find(TW_MERGE, "tree");
    wrong.one_port = 0;
    ck_assert_int_eq(trial_ask(&t), TW_REFUSED);
    t.transport.close(&t.transport);
}
END_TEST

START_TEST(failures_are_passed_on)
{
    struct trial t;
    trial_open(&t, tw_algorithm_merge_auto(), 5);
    t.seen.fails_at = 3;
    ck_assert_int_eq(trial_ask(&t), TW_INPUT);
    ck_assert_ptr_nonnull(strstr(t.err.text, "rank 3 merges"));
    t.seen.fails_at = -1;
    t.seen.lengthens = 1;
    ck_assert_int_eq(trial_ask(&t), TW_INTERNAL);
    t.seen.lengthens = 0;
    t.requests[4].room = 6;
    ck_assert_int_eq(trial_ask(&t), TW_INTERNAL);
    ck_assert_ptr_nonnull(strstr(t.err.text, "room"));
    t.requests[4].room = 5;
    t.transport.merging = NULL;
    ck_assert_int_eq(trial_ask(&t), TW_REFUSED);
    t.transport.merging = &t.merging;
    ck_assert_int_eq(trial_ask(&t), TW_OK);
    t.transport.close(&t.transport);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {every_rank_is_in_the_answer_once, sizes_are_those_of_the_drawing,
                                  wrong_schedules_are_seen, failures_are_passed_on};
    return run_suite("transport_merge", tests, sizeof tests / sizeof tests[0]);
}
