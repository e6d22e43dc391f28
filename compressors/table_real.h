/* Count-Sketch tables: rows of signed sums, and what they say of single values.
 *
 *     T[ρ][h_ρ(j)] += s_ρ(j)·x[j]      every row ρ, every j; h a bucket, s a sign, by hash
 *     e[j] = median over ρ of s_ρ(j)·T[ρ][h_ρ(j)]
 *
 * Source: Charikar, Chen and Farach-Colton, "Finding frequent items in data streams", ICALP 2002.
 * Hashes are a 32-bit mixer (base/rounding.h) keyed per row: the lowest bit of a hash is the sign,
 * the upper 31 are the bucket as a fraction of the columns. Cost: rows·d hashes to fill, as many
 * to read. */
#ifndef TW_TABLE_REAL_H
#define TW_TABLE_REAL_H

#include "base/precision.h"
#include "base/rounding.h"
#include "base/status.h"

#define TW_TABLE_ROWS_MOST 15

struct tw_table {
    struct tw_rounding hash[TW_TABLE_ROWS_MOST];
    uint64_t rows, columns; /* rows odd, at most TW_TABLE_ROWS_MOST; columns at most 2^31 − 1 */
    uint64_t dimension;     /* d, below 2^32 */
};

#ifdef TW_PRECISION

/* cells: rows·columns values, overwritten; x in ascending order into each row. */
void TW_T(tw_table_fill)(const struct tw_table *table, const tw_real *x, tw_real *cells);

/* What a row says of value j. */
tw_real TW_T(tw_table_entry)(const struct tw_table *table, const tw_real *cells, uint64_t row,
                             uint64_t j);

/* e[j], and the row it is of; of equal entries the lower row counts as the smaller. */
unsigned TW_T(tw_table_median)(const struct tw_table *table, const tw_real *cells, uint64_t j,
                               tw_real *out);

/* All d estimates, and the indices of the k largest of them, ascending. scratch:
 * tw_select_scratch_B(d, k) bytes. TW_INPUT for cells that are not finite. */
tw_status TW_T(tw_table_choose)(const struct tw_table *table, const tw_real *cells, uint64_t k,
                                void *scratch, tw_real *estimates, uint32_t *indices) TW_MUST_CHECK;

#endif
#endif
