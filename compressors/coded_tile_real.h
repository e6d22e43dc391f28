/* Tiles of a coded member (coded_real.h): used by its callbacks, not by members. */
#ifndef TW_CODED_TILE_REAL_H
#define TW_CODED_TILE_REAL_H

#include "coded_real.h"

#ifdef TW_PRECISION

/* Values per tile: whole bytes of codes, whole words of lanes. */
uint64_t TW_T(tw_coded_tile_of)(const struct tw_coded_shared *shared);

/* Bytes of the scales at the head of a message; 0 for SUM. */
uint64_t TW_T(tw_coded_scales_B)(const struct tw_coded_shared *shared);

struct tw_groups_walk TW_T(tw_coded_walk_of)(const struct tw_coded_shared *shared);

/* The random bits of a rank in this step; TW_RANK_ALL: of the rotation. */
struct tw_rounding TW_T(tw_coded_rounding_of)(const struct tw_coded_shared *shared, uint32_t rank);

/* The values from `first` to the end of their group or to `limit`; walk, which only goes forward,
 * is moved to that group. scales: of all groups, unaligned. */
struct tw_coded_piece TW_T(tw_coded_piece_at)(const struct tw_coded_shared *shared,
                                              struct tw_groups_walk *walk, const void *scales,
                                              uint64_t first, uint64_t limit);

void TW_T(tw_coded_unpack_lanes)(const uint32_t *words, uint64_t n, unsigned lane, uint32_t *sums);

/* Codes of values first … first+n−1 of a message, or of one rank's words, into shared->codes.
 * first: a multiple of the tile. */
void TW_T(tw_coded_unpack)(struct tw_coded_shared *shared, const unsigned char *wire,
                           uint64_t first, uint64_t n);

/* Scales of all groups; TW_INPUT. scales may be unaligned. */
tw_status TW_T(tw_coded_measure)(const struct tw_coded_shared *shared, const tw_real *x,
                                 void *scales);

/* All codes, packed behind the scales of wire. own: the scales that the rank measured itself; with
 * `measures` they are written to it here (scales is own then), group by group while the values are
 * in the cache: one read of x, and TW_INPUT may come after part of the wire was written. */
tw_status TW_T(tw_coded_encode)(struct tw_coded_shared *shared, const tw_real *x,
                                const void *scales, void *own, int measures,
                                struct tw_rounding rounding, unsigned char *wire);

/* Values first … end−1, at most a tile, into out[0] …. */
void TW_T(tw_coded_decode)(struct tw_coded_shared *shared, struct tw_groups_walk *walk,
                           const unsigned char *wire, const void *scales, uint64_t first,
                           uint64_t end, tw_real *out);

/* x, or shared->turned with x rotated in it. */
const tw_real *TW_T(tw_coded_turned)(struct tw_coded_shared *shared, const tw_real *x);

/* Elias: the most bytes of a message; the message of a row, written to `sent`, and its bytes; and
 * back into a row of wire_B bytes (TW_CORRUPT). entries grows by the levels that were not 0. */
uint64_t TW_T(tw_coded_elias_most_B)(const struct tw_coded_shared *shared);
uint64_t TW_T(tw_coded_elias_write)(struct tw_coded_shared *shared, const unsigned char *row,
                                    unsigned char *sent, uint64_t *entries);
tw_status TW_T(tw_coded_elias_read)(struct tw_coded_shared *shared, const unsigned char *message,
                                    uint64_t size_B, unsigned char *row, uint64_t *entries);
/* Charged as two Rice gaps for every level that is not 0. */
void TW_T(tw_coded_elias_charge)(uint64_t entries, struct tw_work *work);

/* Takes in a gather; the combined scales; the sums. TW_CORRUPT when they cannot be. */
tw_status TW_T(tw_coded_take_messages)(struct tw_coded_shared *shared,
                                       const struct tw_answer *answer, struct tw_work *work);
tw_status TW_T(tw_coded_take_scales)(struct tw_coded_shared *shared,
                                     const struct tw_answer *answer);
tw_status TW_T(tw_coded_take_sums)(struct tw_coded_shared *shared, const struct tw_answer *answer);
tw_status TW_T(tw_coded_take_floats)(struct tw_coded_shared *shared,
                                     const struct tw_answer *answer);

#endif
#endif
