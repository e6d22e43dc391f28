/* Adding two sparse vectors: what members share whose partial results are merged pairwise. */
#ifndef TW_UNION_REAL_H
#define TW_UNION_REAL_H

#include <string.h>
#include "codec.h"

/* Entries by ascending u32 indices; both arrays may be unaligned parts of a message. */
struct tw_union_list {
    const unsigned char *indices, *values;
    uint64_t count;
};

/* The same under construction: values are of the workload's precision. */
struct tw_union_entries {
    uint32_t *indices;
    void *values;
    uint64_t count;
};
void tw_union_carve(const struct tw_problem *problem, uint64_t most, struct tw_arena *arena,
                    struct tw_union_entries *entries);

static inline struct tw_union_list tw_union_list_of(const struct tw_union_entries *entries)
{
    return (struct tw_union_list){(const unsigned char *)entries->indices,
                                  (const unsigned char *)entries->values, entries->count};
}

static inline uint32_t tw_union_index(const struct tw_union_list *list, uint64_t i)
{
    uint32_t index;
    memcpy(&index, list->indices + i * sizeof index, sizeof index);
    return index;
}

/* 1: the indices ascend strictly and lie below `end`. */
int tw_union_ascends(const struct tw_union_list *list, uint64_t end);

/* indices and sums = a + b, ascending; where both have an entry, their sum rounded to the
 * precision (0 stays an entry). Room for a->count + b->count each; neither overlaps a or b. Returns
 * the entries. O(a + b). */
uint64_t tw_union_add_f32(const struct tw_union_list *a, const struct tw_union_list *b,
                          uint32_t *indices, float *sums);
uint64_t tw_union_add_f64(const struct tw_union_list *a, const struct tw_union_list *b,
                          uint32_t *indices, double *sums);

/* into += more, by way of `joined`, which has room for the entries of both; `most` is into's room.
 * TW_INTERNAL: there are more. */
tw_status tw_union_keep_f32(struct tw_union_entries *into, const struct tw_union_entries *more,
                            struct tw_union_entries *joined, uint64_t most) TW_MUST_CHECK;
tw_status tw_union_keep_f64(struct tw_union_entries *into, const struct tw_union_entries *more,
                            struct tw_union_entries *joined, uint64_t most) TW_MUST_CHECK;

/* Reads a part of a message: count entries of d values as they travel, indices (indices_B bytes)
 * and values in two places, into entries (room for them). 1: ascending indices and nothing else. */
int tw_union_read_f32(struct tw_codec_way way, uint64_t d, uint64_t count,
                      const unsigned char *indices, uint64_t indices_B, const unsigned char *values,
                      struct tw_union_entries *entries);
int tw_union_read_f64(struct tw_codec_way way, uint64_t d, uint64_t count,
                      const unsigned char *indices, uint64_t indices_B, const unsigned char *values,
                      struct tw_union_entries *entries);

/* Sums as they will travel, and what rounding takes from them as entries of `lost` (room for
 * `count` where values are rounded): the mean lacks it, so the C(x) of the rank that keeps it does.
 * indices NULL: 0, 1, 2, … */
void tw_union_round_f32(enum tw_value value, const uint32_t *indices, float *sums, uint64_t count,
                        struct tw_union_entries *lost);
void tw_union_round_f64(enum tw_value value, const uint32_t *indices, double *sums, uint64_t count,
                        struct tw_union_entries *lost);

/* y −= scale · lost */
void tw_union_give_back_f32(const struct tw_union_entries *lost, double scale, float *y);
void tw_union_give_back_f64(const struct tw_union_entries *lost, double scale, double *y);

/* The indices of either ascending list, ascending, into out; returns how many. */
uint64_t tw_union_indices(const uint32_t *a, uint64_t a_count, const uint32_t *b, uint64_t b_count,
                          uint32_t *out);

/* out[index] += entry. */
void tw_union_scatter_f32(const struct tw_union_list *list, float *out);
void tw_union_scatter_f64(const struct tw_union_list *list, double *out);

#endif
