/* Schedules as text, to be compared with the drawings: what rank r does in step s, piece by piece,
 * ">1 b0" sends block 0 to rank 1, "+4 b3" combines block 3 from rank 4, "=4 b3" copies it; "b0-2"
 * are three blocks in a row, "b0/4*3" three that are 4 apart. */
#ifndef TW_TESTS_SCHEDULE_TEXT_H
#define TW_TESTS_SCHEDULE_TEXT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collective/schedule.h"

static inline void schedule_text(const struct tw_algorithm *algorithm,
                                 const struct tw_layout *layout, int lane, int rank, int s,
                                 char *text, size_t size)
{
    struct tw_piece pieces[16];
    ck_assert_int_le(algorithm->pieces_max(layout), 16);
    int count = algorithm->step(layout, lane, rank, s, pieces);
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < count; i++) {
        static const char marks[] = {
            [TW_SEND] = '>', [TW_RECEIVE_COPY] = '=', [TW_RECEIVE_COMBINE] = '+'};
        const struct tw_piece *piece = &pieces[i];
        used += (size_t)snprintf(text + used, size - used, "%s%c%d b%u", i ? " " : "",
                                 marks[piece->action], piece->peer, piece->first);
        ck_assert_uint_lt(used, size);
        if (piece->count > 1 && piece->stride == 1)
            used +=
                (size_t)snprintf(text + used, size - used, "-%u", piece->first + piece->count - 1);
        else if (piece->count != 1)
            used +=
                (size_t)snprintf(text + used, size - used, "/%u*%u", piece->stride, piece->count);
        ck_assert_uint_lt(used, size);
    }
}

/* expected[s·ranks + r] of one lane; layout is complete. */
static inline void lane_is(const struct tw_algorithm *algorithm, const struct tw_layout *layout,
                           int lane, const char *const *expected, int steps)
{
    ck_assert_int_eq(algorithm->steps(layout), steps);
    for (int s = 0; s < steps; s++)
        for (int r = 0; r < layout->ranks; r++) {
            char text[256];
            schedule_text(algorithm, layout, lane, r, s, text, sizeof text);
            ck_assert_msg(strcmp(text, expected[s * layout->ranks + r]) == 0,
                          "lane %d, rank %d, step %d: '%s', not '%s'", lane, r, s, text,
                          expected[s * layout->ranks + r]);
        }
}

/* The same for a schedule of one lane; layout is completed here. */
static inline void schedule_is(const struct tw_algorithm *algorithm, struct tw_layout layout,
                               const char *const *expected, int steps)
{
    ck_assert_int_eq(tw_layout_for(algorithm, &layout, NULL), TW_OK);
    ck_assert_int_eq(algorithm->lanes(&layout), 1);
    lane_is(algorithm, &layout, 0, expected, steps);
}

static inline struct tw_layout sum_layout(int ranks, uint64_t count)
{
    return (struct tw_layout){
        .kind = TW_SUM, .element = TW_ELEMENT_F32, .element_B = 4, .ranks = ranks, .count = count};
}

static inline struct tw_layout gather_layout(int ranks, const uint64_t *starts)
{
    return (struct tw_layout){.kind = TW_GATHER,
                              .element = TW_ELEMENT_F32,
                              .element_B = 4,
                              .ranks = ranks,
                              .count = starts[ranks],
                              .starts = starts};
}

static inline struct tw_layout scatter_layout(int ranks, const uint64_t *starts)
{
    struct tw_layout layout = gather_layout(ranks, starts);
    layout.kind = TW_REDUCE_SCATTER;
    return layout;
}

/* ranks² blocks, row by row. */
static inline struct tw_layout alltoall_layout(int ranks, const uint64_t *starts)
{
    struct tw_layout layout = gather_layout(ranks, starts);
    layout.kind = TW_ALL_TO_ALL;
    layout.count = starts[(size_t)ranks * (size_t)ranks];
    return layout;
}

static inline struct tw_layout broadcast_layout(int ranks, uint64_t count, int root)
{
    struct tw_layout layout = sum_layout(ranks, count);
    layout.kind = TW_BROADCAST;
    layout.root = root;
    return layout;
}

static inline int run_suite(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    for (size_t i = 0; i < count; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
