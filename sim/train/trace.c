/* Records of steps under construction, and the trace that keeps each different one once. */
#include "../collective/schedule.h"
#include "trace.h"

#include <stdlib.h>
#include <string.h>

static void clear_item(struct tw_item *item)
{
    free(item->counts);
    item->counts = NULL;
}

void tw_record_clear(struct tw_record *record)
{
    for (int i = 0; i < record->count; i++)
        clear_item(&record->items[i]);
    record->count = 0;
}

void tw_record_free(struct tw_record *record)
{
    tw_record_clear(record);
    free(record->items);
    *record = (struct tw_record){0};
}

void tw_run_free(struct tw_run *run)
{
    for (int i = 0; i < run->trace.record_count; i++)
        tw_record_free(&run->trace.records[i]);
    free(run->trace.records);
    free(run->trace.step_record);
    free(run->trace.tensors);
    free(run->curve);
    *run = (struct tw_run){0};
}

/* A zeroed item at the end, or NULL. */
static struct tw_item *append(struct tw_record *record)
{
    if (record->count == record->capacity) {
        int capacity = record->capacity ? 2 * record->capacity : 32;
        struct tw_item *items = realloc(record->items, (size_t)capacity * sizeof *items);
        if (!items)
            return NULL;
        record->items = items;
        record->capacity = capacity;
    }
    struct tw_item *item = &record->items[record->count++];
    *item = (struct tw_item){0};
    return item;
}

tw_status tw_record_work(struct tw_record *record, int bucket, int phase, enum tw_stage stage,
                         int rank, const struct tw_work *work)
{
    if (work->failed)
        return TW_MEMORY;
    for (int i = 0; i < work->count; i++) {
        struct tw_item *item = append(record);
        if (!item)
            return TW_MEMORY;
        *item = (struct tw_item){.type = TW_ITEM_WORK,
                                 .bucket = bucket,
                                 .phase = phase,
                                 .stage = stage,
                                 .rank = rank,
                                 .work = work->items[i]};
    }
    return TW_OK;
}

static size_t entries_of(enum tw_request_kind kind, int ranks)
{
    return kind == TW_ALL_TO_ALL ? (size_t)ranks * (size_t)ranks : (size_t)ranks;
}

size_t tw_item_entries(const struct tw_item *item, int ranks)
{
    const struct tw_layout layout = {.kind = TW_MERGE, .ranks = ranks};
    return item->merge ? item->merge->blocks(&layout) : entries_of(item->kind, ranks);
}

/* Elements that a request contributes. */
static uint64_t contributed(const struct tw_request *request, int personal, int ranks)
{
    uint64_t sum = 0;
    if (!personal || !request->counts)
        return request->count;
    for (int q = 0; q < ranks; q++)
        sum += request->counts[q];
    return sum;
}

/* Whether a request is cut evenly among its receivers. */
static int is_even(const struct tw_request *request, uint64_t count, int ranks)
{
    uint64_t base = count / (uint64_t)ranks, longer = count % (uint64_t)ranks;
    for (int q = 0; request->counts && q < ranks; q++)
        if (request->counts[q] != base + ((uint64_t)q < longer))
            return 0;
    return 1;
}

/* Elements as tw_item has them: *counts is NULL when *count tells all. */
static tw_status copy_counts(const struct tw_request *requests, int ranks, uint64_t *count,
                             uint64_t **counts)
{
    enum tw_request_kind kind = requests[0].kind;
    int personal = kind == TW_ALL_TO_ALL || kind == TW_REDUCE_SCATTER, equal = 1;
    *counts = NULL;
    *count = contributed(&requests[0], personal, ranks);
    for (int r = 0; r < ranks && equal; r++)
        equal = contributed(&requests[r], personal, ranks) == *count &&
                (!personal || is_even(&requests[r], *count, ranks));
    if (equal)
        return TW_OK;
    *count = 0;
    *counts = malloc(entries_of(kind, ranks) * sizeof **counts);
    if (!*counts)
        return TW_MEMORY;
    if (kind == TW_REDUCE_SCATTER)
        memcpy(*counts, requests[0].counts, (size_t)ranks * sizeof **counts);
    for (size_t r = 0, p = (size_t)ranks; r < p && kind != TW_REDUCE_SCATTER; r++)
        if (kind == TW_ALL_TO_ALL)
            memcpy(*counts + r * p, requests[r].counts, p * sizeof **counts);
        else
            (*counts)[r] = requests[r].count;
    return TW_OK;
}

tw_status tw_record_exchange(struct tw_record *record, int bucket, int phase,
                             const struct tw_request *requests, int ranks)
{
    if (ranks == 1)
        return TW_OK;
    const struct tw_request *first = &requests[0];
    uint64_t count, *counts;
    tw_status status = copy_counts(requests, ranks, &count, &counts);
    if (status || (count == 0 && !counts))
        return status;
    struct tw_item *item = append(record);
    if (!item) {
        free(counts);
        return TW_MEMORY;
    }
    *item = (struct tw_item){.type = TW_ITEM_EXCHANGE,
                             .bucket = bucket,
                             .phase = phase,
                             .rank = -1,
                             .kind = first->kind,
                             .element = first->element,
                             .combine = first->combine,
                             .root = first->kind == TW_BROADCAST ? first->root : 0,
                             .count = count,
                             .counts = counts,
                             .stream = TW_STREAM_GRADIENT};
    return TW_OK;
}

tw_status tw_record_merge(struct tw_record *record, int bucket, int phase,
                          const struct tw_algorithm *merge, enum tw_element element,
                          const uint64_t *sizes, uint32_t blocks, int ranks)
{
    if (ranks == 1)
        return TW_OK;
    uint64_t *counts = NULL;
    uint32_t alike = 1;
    while (alike < blocks && sizes[alike] == sizes[0])
        alike++;
    if (alike < blocks) {
        counts = malloc(blocks * sizeof *counts);
        if (!counts)
            return TW_MEMORY;
        memcpy(counts, sizes, blocks * sizeof *counts);
    }
    struct tw_item *item = append(record);
    if (!item) {
        free(counts);
        return TW_MEMORY;
    }
    *item = (struct tw_item){.type = TW_ITEM_EXCHANGE,
                             .bucket = bucket,
                             .phase = phase,
                             .rank = -1,
                             .kind = TW_MERGE,
                             .element = element,
                             .count = counts ? 0 : sizes[0],
                             .counts = counts,
                             .merge = merge,
                             .stream = TW_STREAM_GRADIENT};
    return TW_OK;
}

tw_status tw_record_inside(struct tw_record *record, enum tw_item_type type, int bucket, int phase,
                           int island, enum tw_precision precision, uint64_t count)
{
    if (island == 1)
        return TW_OK;
    struct tw_item *item = append(record);
    if (!item)
        return TW_MEMORY;
    *item = (struct tw_item){.type = type,
                             .bucket = bucket,
                             .phase = phase,
                             .rank = -1,
                             .element = precision == TW_FP64 ? TW_ELEMENT_F64 : TW_ELEMENT_F32,
                             .count = count};
    return TW_OK;
}

tw_status tw_record_weights(struct tw_record *record, int bucket, enum tw_element element,
                            const uint64_t *shares, int ranks)
{
    uint64_t *counts = NULL, all = 0, size = (uint64_t)ranks;
    int alike = 1;
    for (int r = 0; r < ranks; r++) {
        all += shares[r];
        alike &= shares[r] == shares[0];
    }
    if (ranks == 1 || all == 0)
        return TW_OK;
    if (!alike) {
        counts = malloc(size * sizeof *counts);
        if (!counts)
            return TW_MEMORY;
        memcpy(counts, shares, size * sizeof *counts);
    }
    struct tw_item *item = append(record);
    if (!item) {
        free(counts);
        return TW_MEMORY;
    }
    *item = (struct tw_item){.type = TW_ITEM_EXCHANGE,
                             .bucket = bucket,
                             .rank = -1,
                             .kind = TW_GATHER,
                             .element = element,
                             .count = counts ? 0 : shares[0],
                             .counts = counts,
                             .stream = TW_STREAM_WEIGHTS};
    return TW_OK;
}

tw_status tw_record_join(struct tw_record *record, const struct tw_record *from, int ranks)
{
    for (int i = 0; i < from->count; i++) {
        struct tw_item *item = append(record);
        if (!item)
            return TW_MEMORY;
        *item = from->items[i];
        if (!item->counts)
            continue;
        size_t bytes = tw_item_entries(item, ranks) * sizeof *item->counts;
        item->counts = malloc(bytes);
        if (!item->counts)
            return TW_MEMORY;
        memcpy(item->counts, from->items[i].counts, bytes);
    }
    return TW_OK;
}

static int equal_counts(const struct tw_item *a, const struct tw_item *b, int ranks)
{
    if (!a->counts || !b->counts)
        return a->counts == b->counts;
    return memcmp(a->counts, b->counts, tw_item_entries(a, ranks) * sizeof *a->counts) == 0;
}

static int equal_items(const struct tw_item *a, const struct tw_item *b, int ranks)
{
    return a->type == b->type && a->bucket == b->bucket && a->phase == b->phase &&
           a->moment == b->moment && a->stage == b->stage && a->rank == b->rank &&
           a->work.kernel == b->work.kernel && a->work.elements == b->work.elements &&
           a->work.selected == b->work.selected &&
           !(a->measured_s < b->measured_s || a->measured_s > b->measured_s) &&
           a->kind == b->kind && a->element == b->element && a->combine == b->combine &&
           a->root == b->root && a->count == b->count && a->stream == b->stream &&
           a->merge == b->merge && a->start == b->start && a->due == b->due &&
           equal_counts(a, b, ranks);
}

static int equal_records(const struct tw_record *a, const struct tw_record *b, int ranks)
{
    if (a->count != b->count)
        return 0;
    for (int i = 0; i < a->count; i++)
        if (!equal_items(&a->items[i], &b->items[i], ranks))
            return 0;
    return 1;
}

/* The newest equal record first: steps repeat their predecessor far more often than an old one. */
static int find(const struct tw_trace *trace, const struct tw_record *record)
{
    for (int i = trace->record_count - 1; i >= 0; i--)
        if (equal_records(&trace->records[i], record, trace->ranks))
            return i;
    return -1;
}

static tw_status room_for_step(struct tw_trace *trace)
{
    if (trace->steps < trace->step_capacity)
        return TW_OK;
    uint32_t capacity = trace->step_capacity ? 2 * trace->step_capacity : 64;
    if (capacity <= trace->step_capacity)
        return TW_MEMORY;
    uint32_t *steps = realloc(trace->step_record, (size_t)capacity * sizeof *steps);
    if (!steps)
        return TW_MEMORY;
    trace->step_record = steps;
    trace->step_capacity = capacity;
    return TW_OK;
}

static tw_status room_for_record(struct tw_trace *trace)
{
    if (trace->record_count < trace->record_capacity)
        return TW_OK;
    int capacity = trace->record_capacity ? 2 * trace->record_capacity : 8;
    struct tw_record *records = realloc(trace->records, (size_t)capacity * sizeof *records);
    if (!records)
        return TW_MEMORY;
    trace->records = records;
    trace->record_capacity = capacity;
    return TW_OK;
}

tw_status tw_trace_append(struct tw_trace *trace, struct tw_record *record)
{
    tw_status status = room_for_step(trace);
    if (status)
        return status;
    int index = find(trace, record);
    if (index < 0) {
        status = room_for_record(trace);
        if (status)
            return status;
        index = trace->record_count++;
        trace->records[index] = *record;
        *record = (struct tw_record){0};
    } else {
        tw_record_clear(record);
    }
    trace->step_record[trace->steps++] = (uint32_t)index;
    return TW_OK;
}
