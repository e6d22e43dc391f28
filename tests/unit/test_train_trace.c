/* links: tw_train */
/* Items as they were given, and records kept once. */
#include "train_records.h"

START_TEST(items_as_given)
{
    struct tw_record record = {0};
    add_work(&record, 2, 10, 4);
    add_exchange(&record, 7);
    add_exchange(&record, UINT64_C(1) << 40);
    ck_assert_int_eq(record.count, 4);
    ck_assert_int_eq(record.items[0].rank, 2);
    ck_assert_int_eq(record.items[0].stage, TW_STAGE_UPDATE);
    ck_assert_int_eq(record.items[0].work.kernel, TW_KERNEL_SELECT);
    ck_assert_uint_eq(record.items[0].work.selected, 4);
    ck_assert_uint_eq(record.items[1].work.elements, 11);
    ck_assert_ptr_null(record.items[2].counts);
    ck_assert_uint_eq(record.items[2].count, 7);
    ck_assert_int_eq(record.items[2].kind, TW_GATHER);
    ck_assert_int_eq(record.items[2].element, TW_ELEMENT_BYTE);
    ck_assert_int_eq(record.items[2].stream, TW_STREAM_GRADIENT);
    ck_assert_int_eq(record.items[2].start, 0);
    ck_assert_int_eq(record.items[2].due, 0);
    ck_assert_ptr_nonnull(record.items[3].counts);
    ck_assert_uint_eq(record.items[3].counts[0], 7);
    ck_assert_uint_eq(record.items[3].counts[2], UINT64_C(1) << 40);
    tw_record_free(&record);
}
END_TEST

START_TEST(one_rank_exchanges_nothing)
{
    struct tw_record record = {0};
    struct tw_request request = {.kind = TW_SUM, .count = 5};
    ck_assert_int_eq(tw_record_exchange(&record, 0, 0, &request, 1), TW_OK);
    ck_assert_int_eq(record.count, 0);
    tw_record_free(&record);
}
END_TEST

static struct tw_item *record_personal(struct tw_record *record, enum tw_request_kind kind,
                                       const uint64_t (*counts)[RANKS])
{
    struct tw_request requests[RANKS];
    for (int r = 0; r < RANKS; r++)
        requests[r] = (struct tw_request){.kind = kind, .counts = counts[r]};
    ck_assert_int_eq(tw_record_exchange(record, 0, 0, requests, RANKS), TW_OK);
    return &record->items[record->count - 1];
}

/* Even cuts are one number; of the others an all-to-all keeps every pair, a reduce-scatter every
 * receiver. */
START_TEST(counts_per_receiver)
{
    static const uint64_t even[RANKS][RANKS] = {{4, 3, 3}, {4, 3, 3}, {4, 3, 3}};
    static const uint64_t pairs[RANKS][RANKS] = {{4, 3, 3}, {4, 3, 3}, {3, 4, 3}};
    static const uint64_t longer[RANKS][RANKS] = {{4, 3, 3}, {4, 3, 3}, {4, 4, 3}};
    static const uint64_t parts[RANKS][RANKS] = {{0, 5, 9}, {0, 5, 9}, {0, 5, 9}};
    struct tw_record record = {0};
    for (int kind = 0; kind < 2; kind++) {
        struct tw_item *item =
            record_personal(&record, kind ? TW_ALL_TO_ALL : TW_REDUCE_SCATTER, even);
        ck_assert_ptr_null(item->counts);
        ck_assert_uint_eq(item->count, 10);
    }
    struct tw_item *item = record_personal(&record, TW_ALL_TO_ALL, pairs);
    ck_assert_uint_eq(tw_item_entries(item, RANKS), RANKS * RANKS);
    ck_assert_mem_eq(item->counts, pairs, sizeof pairs);
    ck_assert_uint_eq(item->count, 0);
    item = record_personal(&record, TW_ALL_TO_ALL, longer);
    ck_assert_mem_eq(item->counts, longer, sizeof longer);
    item = record_personal(&record, TW_REDUCE_SCATTER, parts);
    ck_assert_uint_eq(tw_item_entries(item, RANKS), RANKS);
    ck_assert_mem_eq(item->counts, parts[0], sizeof parts[0]);
    tw_record_free(&record);
}
END_TEST

/* A phase to which no rank contributes is no exchange; one element of one rank is. */
START_TEST(nothing_is_no_exchange)
{
    struct tw_record record = {0};
    struct tw_request requests[RANKS] = {{0}};
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++) {
        for (int r = 0; r < RANKS; r++)
            requests[r] = (struct tw_request){.kind = (enum tw_request_kind)kind};
        ck_assert_int_eq(tw_record_exchange(&record, 0, 0, requests, RANKS), TW_OK);
        ck_assert_int_eq(record.count, 0);
    }
    requests[0].kind = requests[1].kind = requests[2].kind = TW_GATHER;
    requests[2].count = 1;
    ck_assert_int_eq(tw_record_exchange(&record, 0, 0, requests, RANKS), TW_OK);
    ck_assert_int_eq(record.count, 1);
    tw_record_free(&record);
}
END_TEST

/* Records that differ in their last pair alone are two. */
START_TEST(every_pair_makes_another_record)
{
    static const uint64_t pairs[2][RANKS][RANKS] = {{{4, 3, 3}, {4, 3, 3}, {3, 3, 4}},
                                                    {{4, 3, 3}, {4, 3, 3}, {3, 3, 5}}};
    struct tw_run run = {.trace = {.ranks = RANKS}};
    struct tw_record record = {0};
    for (int t = 0; t < 4; t++) {
        record_personal(&record, TW_ALL_TO_ALL, pairs[t % 2]);
        ck_assert_int_eq(tw_trace_append(&run.trace, &record), TW_OK);
    }
    ck_assert_int_eq(run.trace.record_count, 2);
    tw_record_free(&record);
    tw_run_free(&run);
}
END_TEST

START_TEST(every_field_makes_another_record)
{
    struct tw_run run = {.trace = {.ranks = RANKS}};
    struct tw_record record = {0};
    for (int round = 0; round < 2; round++)
        for (int field = 0; field < FIELDS; field++) {
            make_record(&record, 0);
            change_field(&record.items[0], &record.items[2], field);
            ck_assert_int_eq(tw_trace_append(&run.trace, &record), TW_OK);
        }
    ck_assert_int_eq(run.trace.record_count, FIELDS);
    for (uint32_t t = 0; t < 2 * FIELDS; t++)
        ck_assert_uint_eq(run.trace.step_record[t], t % FIELDS);
    tw_record_free(&record);
    tw_run_free(&run);
}
END_TEST

START_TEST(equal_records_are_kept_once)
{
    struct tw_run run = {.trace = {.ranks = RANKS}};
    struct tw_record record = {0};
    for (int t = 0; t < 1000; t++) {
        make_record(&record, t % 7);
        ck_assert_int_eq(tw_trace_append(&run.trace, &record), TW_OK);
        ck_assert_int_eq(record.count, 0);
    }
    ck_assert_uint_eq(run.trace.steps, 1000);
    ck_assert_int_eq(run.trace.record_count, 7);
    for (uint32_t t = 0; t < 1000; t++)
        ck_assert_uint_eq(run.trace.step_record[t], t % 7);
    tw_record_free(&record);
    tw_run_free(&run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("trace");
    tcase_add_test(tcase, items_as_given);
    tcase_add_test(tcase, one_rank_exchanges_nothing);
    tcase_add_test(tcase, counts_per_receiver);
    tcase_add_test(tcase, every_pair_makes_another_record);
    tcase_add_test(tcase, nothing_is_no_exchange);
    tcase_add_test(tcase, equal_records_are_kept_once);
    tcase_add_test(tcase, every_field_makes_another_record);
    return toy_main(tcase, "train trace");
}
