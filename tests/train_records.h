/* Records as the tests of the trace make them. */
#ifndef TW_TEST_TRAIN_RECORDS_H
#define TW_TEST_TRAIN_RECORDS_H

#include "train_toys.h"

enum { RANKS = 3 };

static inline void add_work(struct tw_record *record, int rank, uint64_t elements,
                            uint64_t selected)
{
    struct tw_work work = {0};
    tw_work_add(&work, TW_KERNEL_SELECT, elements, selected);
    tw_work_add(&work, TW_KERNEL_UPDATE, elements + 1, 0);
    ck_assert_int_eq(tw_record_work(record, 1, 2, TW_STAGE_UPDATE, rank, &work), TW_OK);
    tw_work_free(&work);
}

static inline void add_exchange(struct tw_record *record, uint64_t last)
{
    struct tw_request requests[RANKS];
    for (int r = 0; r < RANKS; r++)
        requests[r] = (struct tw_request){.kind = TW_GATHER,
                                          .element = TW_ELEMENT_BYTE,
                                          .combine = TW_COMBINE_SUM,
                                          .count = r == RANKS - 1 ? last : 7};
    ck_assert_int_eq(tw_record_exchange(record, 0, 1, requests, RANKS), TW_OK);
}

/* One variant per step; equal ones share a record, whichever field differs makes another. */
static inline void make_record(struct tw_record *record, int variant)
{
    add_work(record, variant == 1 ? 0 : -1, variant == 2 ? 11 : 10, variant == 3 ? 5 : 4);
    add_exchange(record, variant == 4 ? 8 : variant == 5 ? 9 : 7);
    if (variant == 6)
        add_exchange(record, 7);
}

/* The item of a record that a variant changes in one field, all others alike. */
static inline void change_field(struct tw_item *work, struct tw_item *exchange, int field)
{
    switch (field) {
    case 1:
        work->bucket = 5;
        break;
    case 2:
        work->phase = 5;
        break;
    case 3:
        work->stage = TW_STAGE_METHOD;
        break;
    case 4:
        work->work.kernel = TW_KERNEL_ADD;
        break;
    case 5:
        exchange->kind = TW_MERGE;
        break;
    case 6:
        exchange->element = TW_ELEMENT_F32;
        break;
    case 7:
        exchange->combine = TW_COMBINE_MAX;
        break;
    case 8:
        exchange->root = 1;
        break;
    case 9:
        exchange->count = 8;
        break;
    case 10:
        exchange->stream = TW_STREAM_OUTER;
        break;
    case 11:
        exchange->start = 1;
        break;
    case 12:
        exchange->due = 1;
        break;
    case 13:
        work->measured_s = .1;
        break;
    default:
        break;
    }
}
enum { FIELDS = 14 };

#endif
