/* What members share that send every entry to the owner of its slice of the bucket, where the
 * ranks' entries are added, and gather the sums: the sparse reduce-scatter. Slice q is the values
 * boundaries[q] … boundaries[q + 1] − 1 and belongs to rank q.
 *
 *     a list on the wire:  | u32 count | count values | count indices, ascending |
 *
 * Values travel in the workload's precision or rounded to two bytes, too large ones to the largest
 * of the type; indices as u32 or u64 of the bucket, or as a bitmap or Rice-coded gaps of the slice
 * (codec.h). Sums that are rounded on the way back differ by what the owner keeps (tw_union_round).
 * The bytes depend on the data: TW_DATA_SIZED. */
#ifndef TW_SPLIT_REAL_H
#define TW_SPLIT_REAL_H

#include "codec.h"
#include "union_real.h"

#define TW_SPLIT_HEAD_B 4

/* A list of the slice start … end − 1 as received, borrowed from the answer; unaligned. */
struct tw_split_list {
    struct tw_codec_way way;
    const unsigned char *values, *indices;
    uint64_t count, indices_B, start, end;
};

/* Begins to read the indices of a list that was judged; tw_codec_window_next gives them. */
void tw_split_open(const struct tw_split_list *list, struct tw_codec_window *window);

/* Bytes that no list takes more of that has up to `most` entries of a slice of n values. */
uint64_t tw_split_most_B(const struct tw_problem *problem, struct tw_codec_way way, uint64_t most,
                         uint64_t n);

/* 1: an answer of this kind in bytes with a message of every rank and nothing else. */
int tw_split_is_whole(const struct tw_problem *problem, enum tw_request_kind kind,
                      const struct tw_answer *answer);

/* 1: message r of the answer is a list of start … end−1, given in *list. */
int tw_split_read(const struct tw_problem *problem, struct tw_codec_way way,
                  const struct tw_answer *answer, int r, uint64_t start, uint64_t end,
                  struct tw_split_list *list);

/* Scratch of reductions, replicated; all zero between uses. */
struct tw_split_scratch {
    double *sums;                /* of every value of the bucket */
    uint32_t *touched;           /* a bit per value */
    struct tw_split_list *lists; /* of every rank */
};
void tw_split_carve(const struct tw_problem *problem, struct tw_arena *arena,
                    struct tw_split_scratch *scratch);

/* The all-to-all of a rank. wire has room for one list of all entries and a head for every rank,
 * counts for every rank; both are the request's until it is answered. */
struct tw_split_send {
    unsigned char *wire;
    uint64_t *counts;
};
void tw_split_carve_send(const struct tw_problem *problem, struct tw_codec_way way, uint64_t kept,
                         struct tw_arena *arena, struct tw_split_send *send);

/* The request with x at `kept` ascending indices, cut at the boundaries. */
void tw_split_request_f32(const struct tw_problem *problem, struct tw_codec_way way,
                          const uint64_t *boundaries, const float *x, const uint32_t *indices,
                          uint64_t kept, struct tw_split_send *send, struct tw_request *request);
void tw_split_request_f64(const struct tw_problem *problem, struct tw_codec_way way,
                          const uint64_t *boundaries, const double *x, const uint32_t *indices,
                          uint64_t kept, struct tw_split_send *send, struct tw_request *request);

/* What rank q is sent, added: ranks 0 … N−1 in that order in double from +0, rounded once.
 * Ascending indices and their sums go to indices and sums (room for the slice or for all entries,
 * whichever is less), *count says how many, *entries how many came in. TW_CORRUPT when the inbox
 * is not one list of the slice from every rank. O(slice/32 + entries). */
tw_status tw_split_reduce_f32(const struct tw_problem *problem, struct tw_codec_way way,
                              const uint64_t *boundaries, int q, const struct tw_answer *inbox,
                              struct tw_split_scratch *scratch, uint32_t *indices, float *sums,
                              uint64_t *count, uint64_t *entries) TW_MUST_CHECK;
tw_status tw_split_reduce_f64(const struct tw_problem *problem, struct tw_codec_way way,
                              const uint64_t *boundaries, int q, const struct tw_answer *inbox,
                              struct tw_split_scratch *scratch, uint32_t *indices, double *sums,
                              uint64_t *count, uint64_t *entries) TW_MUST_CHECK;

/* Writes a list of the slice start … end − 1 into room for tw_split_most_B bytes; returns its
 * bytes. */
uint64_t tw_split_write_f32(struct tw_codec_way way, uint64_t start, uint64_t end,
                            unsigned char *wire, const uint32_t *indices, const float *values,
                            uint64_t count);
uint64_t tw_split_write_f64(struct tw_codec_way way, uint64_t start, uint64_t end,
                            unsigned char *wire, const uint32_t *indices, const double *values,
                            uint64_t count);

/* out at the list's indices = values / ranks. */
void tw_split_average_f32(const struct tw_split_list *list, int ranks, float *out);
void tw_split_average_f64(const struct tw_split_list *list, int ranks, double *out);

#endif
