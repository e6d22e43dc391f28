/* Count-Sketch tables: rows of signed sums, and what they say of single values.
 *
 *     T[ρ][h_ρ(j)] += s_ρ(j)·x[j]      every row ρ, every j; h a bucket, s a sign, by hash
 *     e[j] = median over ρ of s_ρ(j)·T[ρ][h_ρ(j)]
 *
 * Source: Charikar, Chen and Farach-Colton, "Finding frequent items in data streams", ICALP 2002.
 * A row's estimate of x[j] is x[j] plus the signed values that share its bucket: without bias over
 * the hashes, with variance at most ‖x‖²/c for c columns. Of a vector without heavy values the k
 * largest medians are the k largest collisions, about 2·‖x‖/√c each: taking them out of a memory
 * adds up to 4k/c of ‖x‖² to it in every step.
 * Hashes are a 32-bit mixer (base/rounding.h) keyed per row: the lowest bit of a hash is the sign,
 * the upper 31 are the bucket as a fraction of the columns. Cost: rows·d hashes to fill, as many
 * to read. */
#ifndef TW_TABLE_REAL_H
#define TW_TABLE_REAL_H

#include "base/err.h"
#include "base/precision.h"
#include "base/rounding.h"
#include "base/status.h"

#define TW_TABLE_ROWS_MOST 15

struct tw_table {
    struct tw_rounding hash[TW_TABLE_ROWS_MOST];
    uint64_t rows, columns; /* rows odd, at most TW_TABLE_ROWS_MOST; columns at most 2^31 − 1 */
    uint64_t dimension;     /* d, below 2^32 */
};

/* TW_RANGE: an even number of rows (1 … TW_TABLE_ROWS_MOST); memory=sketch without estimates as
 * values, or a momentum without memory=sketch; a table of no fewer cells than the model's values.
 */
tw_status tw_table_rows_check(uint64_t rows, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_table_memory_check(int remembers, int estimates, double momentum,
                                struct tw_err *err) TW_MUST_CHECK;
tw_status tw_table_suits(uint64_t rows, double width, uint64_t dimension, uint64_t cells,
                         struct tw_err *err) TW_MUST_CHECK;

/* The hashes of all rows by a key whose tensor is the row. */
static inline void tw_table_draw(struct tw_table *table, struct tw_stream_key key)
{
    for (uint64_t row = 0; row < table->rows; row++) {
        key.tensor = (uint32_t)row;
        table->hash[row] = tw_rounding_open(&key);
    }
}

#ifdef TW_PRECISION

/* cells: rows·columns values, overwritten; x in ascending order into each row. */
void TW_T(tw_table_fill)(const struct tw_table *table, const tw_real *x, tw_real *cells);

/* What a row says of value j. */
tw_real TW_T(tw_table_entry)(const struct tw_table *table, const tw_real *cells, uint64_t row,
                             uint64_t j);

/* Sets the cell of value j to 0 in every row. */
void TW_T(tw_table_clear)(const struct tw_table *table, tw_real *cells, uint64_t j);

/* e[j], and the row it is of; of equal entries the lower row counts as the smaller. */
unsigned TW_T(tw_table_median)(const struct tw_table *table, const tw_real *cells, uint64_t j,
                               tw_real *out);

/* All d estimates. */
void TW_T(tw_table_estimate)(const struct tw_table *table, const tw_real *cells,
                             tw_real *estimates);

/* All d estimates, and the indices of the k largest of them, ascending. scratch:
 * tw_select_scratch_B(d, k) bytes. TW_INPUT for cells that are not finite. */
tw_status TW_T(tw_table_choose)(const struct tw_table *table, const tw_real *cells, uint64_t k,
                                void *scratch, tw_real *estimates, uint32_t *indices) TW_MUST_CHECK;

/* ‖x − the estimates at k ascending indices and 0 elsewhere‖² */
double TW_T(tw_table_missed)(const struct tw_table *table, const tw_real *x,
                             const tw_real *estimates, const uint32_t *indices, uint64_t k);

#endif
#endif
