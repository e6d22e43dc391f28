/* The bit that says which of two vectors a rank sent (choice.h), in what the record says is sent:
 * the simulated ranks share a memory, and need no message to know it. */
#include "choice.h"

#include <stdlib.h>

/* Different powers of two below 2^bits add up without a carry or a rounding. */
static uint64_t bits_of(enum tw_element element)
{
    static const uint64_t bits[TW_ELEMENT_COUNT] = {
        [TW_ELEMENT_F32] = 24, [TW_ELEMENT_F64] = 53, [TW_ELEMENT_BF16] = 8, [TW_ELEMENT_U32] = 32,
        [TW_ELEMENT_U64] = 64, [TW_ELEMENT_BYTE] = 8, [TW_ELEMENT_F16] = 11};
    return bits[element];
}

static uint64_t elements_for(uint64_t ranks, uint64_t per_element)
{
    return (ranks + per_element - 1) / per_element;
}

/* Elements more in every one of the item's counts (of a reduction: for all ranks' bits). */
static uint64_t elements_more(const struct tw_item *item, uint64_t ranks)
{
    switch (item->kind) {
    case TW_SUM:
    case TW_REDUCE_SCATTER:
        return item->combine == TW_COMBINE_MAX ? ranks
                                               : elements_for(ranks, bits_of(item->element));
    case TW_MERGE:
        return elements_for(ranks, 8 * (uint64_t)tw_element_B(item->element));
    default:
        return 1;
    }
}

/* Kinds that are cut among receivers say the bit to each of them. */
static void add_bit(struct tw_item *item, int ranks)
{
    const uint64_t more = elements_more(item, (uint64_t)ranks);
    const int cut = item->kind == TW_ALL_TO_ALL || item->kind == TW_REDUCE_SCATTER;
    if (!item->counts) {
        item->count += cut ? more * (uint64_t)ranks : more;
        return;
    }
    for (size_t i = 0; i < tw_item_entries(item, ranks); i++)
        if (item->kind != TW_MERGE || item->counts[i] > 0)
            item->counts[i] += more;
}

static tw_status add_gather(struct tw_record *record, int bucket, int phase, int ranks)
{
    struct tw_request *bytes = calloc((size_t)ranks, sizeof *bytes);
    if (!bytes)
        return TW_MEMORY;
    for (int r = 0; r < ranks; r++)
        bytes[r] = (struct tw_request){.kind = TW_GATHER, .element = TW_ELEMENT_BYTE, .count = 1};
    tw_status status = tw_record_exchange(record, bucket, phase, bytes, ranks);
    free(bytes);
    return status;
}

tw_status tw_choice_record(const struct tw_shape *shape, uint32_t step, int bucket, int phase,
                           int from, struct tw_record *record, struct tw_err *err)
{
    if (!shape->setup->feedback->tells || step < shape->dense_steps || shape->groups == 1)
        return TW_OK;
    for (int i = from; i < record->count; i++) {
        struct tw_item *item = &record->items[i];
        if (item->type != TW_ITEM_EXCHANGE || item->kind == TW_BROADCAST)
            continue;
        add_bit(item, shape->groups);
        return TW_OK;
    }
    tw_status status = add_gather(record, bucket, phase, shape->groups);
    return status ? tw_err_set(err, status, "no memory to record what ranks have chosen") : TW_OK;
}
