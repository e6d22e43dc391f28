/* Memory of simulated steps. Ranks leave a step at different times, so that an equal record is not
 * an equal time: entry times belong to the key, bit by bit. Times settle to a period within some
 * ninety steps, so that a ring of the newest steps, searched by hash, is all that is needed.
 * O(steps held) per look-up. */
#include <stdlib.h>
#include <string.h>
#include "memo.h"

struct tw_memo_step {
    uint64_t hash;
    uint32_t record;
    double *entry_s;             /* owned; ranks entries, then the times */
    struct tw_rank_times *times; /* inside the same block */
};

/* FNV-1a over 64-bit words; a clash costs only a comparison. */
static uint64_t hash_step(uint32_t record, const double *entry_s, int ranks)
{
    uint64_t hash = 0xcbf29ce484222325U ^ record;
    for (int r = 0; r < ranks; r++) {
        uint64_t bits;
        memcpy(&bits, &entry_s[r], sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3U;
        hash ^= hash >> 29;
    }
    return hash;
}

tw_status tw_memo_open(struct tw_memo *memo, int ranks)
{
    size_t step_B = (size_t)ranks * (sizeof(double) + sizeof(struct tw_rank_times));
    size_t capacity = TW_MEMO_B / step_B;
    memset(memo, 0, sizeof *memo);
    capacity = capacity < 2 ? 2 : capacity > 4096 ? 4096 : capacity;
    memo->steps = calloc(capacity, sizeof *memo->steps);
    if (!memo->steps)
        return TW_MEMORY;
    memo->ranks = ranks;
    memo->capacity = (int)capacity;
    return TW_OK;
}

void tw_memo_close(struct tw_memo *memo)
{
    for (int i = 0; i < memo->count; i++)
        free(memo->steps[i].entry_s);
    free(memo->steps);
    memset(memo, 0, sizeof *memo);
}

const struct tw_rank_times *tw_memo_find(const struct tw_memo *memo, uint32_t record,
                                         const double *entry_s)
{
    uint64_t hash = hash_step(record, entry_s, memo->ranks);
    for (int i = 0; i < memo->count; i++) {
        const struct tw_memo_step *step = &memo->steps[i];
        if (step->hash == hash && step->record == record &&
            memcmp(step->entry_s, entry_s, (size_t)memo->ranks * sizeof *entry_s) == 0)
            return step->times;
    }
    return NULL;
}

tw_status tw_memo_put(struct tw_memo *memo, uint32_t record, const double *entry_s,
                      const struct tw_rank_times *times)
{
    size_t ranks = (size_t)memo->ranks;
    struct tw_memo_step *step = &memo->steps[memo->next];
    if (memo->next == memo->count) {
        step->entry_s = malloc(ranks * (sizeof *entry_s + sizeof *times));
        if (!step->entry_s)
            return TW_MEMORY;
        step->times = (struct tw_rank_times *)(step->entry_s + ranks);
        memo->count++;
    }
    step->hash = hash_step(record, entry_s, memo->ranks);
    step->record = record;
    memcpy(step->entry_s, entry_s, ranks * sizeof *entry_s);
    memcpy(step->times, times, ranks * sizeof *times);
    memo->next = (memo->next + 1) % memo->capacity;
    return TW_OK;
}
