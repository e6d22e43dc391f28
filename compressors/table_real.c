/* Count-Sketch tables: hashing, adding, reading. */
#include "table_real.h"

#include <string.h>
#include "base/isa.h"
#include "base/vec.h"
#include "select_real.h"

#if TW_PRECISION == 32
typedef uint32_t sign_bits;
#else
typedef uint64_t sign_bits;
#endif

#define TILE (512 / sizeof(tw_real)) /* values whose hashes are made at a time */

/* Bucket of a hash: its upper 31 bits as a fraction of the columns. */
static inline uint64_t bucket_of(uint32_t hash, uint64_t columns)
{
    return ((uint64_t)(hash >> 1) * columns) >> 31;
}

/* Without a branch, which random signs would mislead every other time. */
static inline tw_real signed_by(uint32_t hash, tw_real value)
{
    sign_bits bits;
    memcpy(&bits, &value, sizeof bits);
    bits ^= (sign_bits)(hash & 1U) << (8 * sizeof bits - 1);
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Hashes and buckets of values first … first+n−1, at most a tile. */
TW_DISPATCHED(static, void, find_buckets,
              (struct tw_rounding key, uint64_t columns, uint32_t first, uint64_t n,
               uint32_t *hashes, uint32_t *buckets),
              (key, columns, first, n, hashes, buckets))
{
    for (uint64_t i = 0; i < n; i++) {
        hashes[i] = tw_rounding_bits(key, first + (uint32_t)i);
        buckets[i] = (uint32_t)bucket_of(hashes[i], columns);
    }
}

TW_DISPATCHED(static, void, sign_all,
              (const tw_real *x, const uint32_t *hashes, uint64_t n, tw_real *out),
              (x, hashes, n, out))
{
    for (uint64_t i = 0; i < n; i++)
        out[i] = signed_by(hashes[i], x[i]);
}

static uint64_t tile_at(const struct tw_table *table, uint64_t first)
{
    return table->dimension - first < TILE ? table->dimension - first : TILE;
}

void TW_T(tw_table_fill)(const struct tw_table *table, const tw_real *x, tw_real *cells)
{
    uint32_t hashes[TILE], buckets[TILE];
    tw_real values[TILE];
    uint64_t columns = table->columns;
    TW_T(tw_vec_zero)(cells, table->rows * columns);
    for (uint64_t row = 0; row < table->rows; row++, cells += columns)
        for (uint64_t first = 0; first < table->dimension; first += TILE) {
            uint64_t n = tile_at(table, first);
            find_buckets(table->hash[row], columns, (uint32_t)first, n, hashes, buckets);
            sign_all(x + first, hashes, n, values);
            for (uint64_t i = 0; i < n; i++)
                cells[buckets[i]] += values[i];
        }
}

static inline tw_real entry_of(const struct tw_table *table, const tw_real *cells, uint64_t row,
                               uint64_t j)
{
    uint32_t hash = tw_rounding_bits(table->hash[row], (uint32_t)j);
    return signed_by(hash, cells[row * table->columns + bucket_of(hash, table->columns)]);
}

tw_real TW_T(tw_table_entry)(const struct tw_table *table, const tw_real *cells, uint64_t row,
                             uint64_t j)
{
    return entry_of(table, cells, row, j);
}

void TW_T(tw_table_clear)(const struct tw_table *table, tw_real *cells, uint64_t j)
{
    for (uint64_t row = 0; row < table->rows; row++) {
        uint32_t hash = tw_rounding_bits(table->hash[row], (uint32_t)j);
        cells[row * table->columns + bucket_of(hash, table->columns)] = 0;
    }
}

/* By insertion. */
unsigned TW_T(tw_table_median)(const struct tw_table *table, const tw_real *cells, uint64_t j,
                               tw_real *out)
{
    tw_real sorted[TW_TABLE_ROWS_MOST];
    unsigned order[TW_TABLE_ROWS_MOST], rows = (unsigned)table->rows;
    sorted[0] = 0; /* rows is at least 1 */
    order[0] = 0;
    for (unsigned row = 0; row < rows; row++) {
        tw_real value = entry_of(table, cells, row, j);
        unsigned at = row;
        for (; at > 0 && sorted[at - 1] > value; at--) {
            sorted[at] = sorted[at - 1];
            order[at] = order[at - 1];
        }
        sorted[at] = value;
        order[at] = row;
    }
    *out = sorted[rows / 2];
    return order[rows / 2];
}

/* What a row says of a tile of values. */
TW_DISPATCHED(static, void, take_entries,
              (const tw_real *cells, const uint32_t *hashes, const uint32_t *buckets, uint64_t n,
               tw_real *entries),
              (cells, hashes, buckets, n, entries))
{
    for (uint64_t i = 0; i < n; i++)
        entries[i] = signed_by(hashes[i], cells[buckets[i]]);
}

/* The smaller of each pair stays, the larger goes on. Equal numbers are alike but for the sign of a
 * zero, which no choice looks at. */
TW_DISPATCHED(static, void, exchange, (tw_real * stays, tw_real *goes, uint64_t n),
              (stays, goes, n))
{
    for (uint64_t i = 0; i < n; i++) {
        tw_real held = stays[i], low = goes[i];
        stays[i] = held < low ? held : low;
        goes[i] = held < low ? low : held;
    }
}

/* Estimates of a tile of values, side by side: the entries of every row go up through the sorted
 * ones of the rows before it. */
static void take_medians(const struct tw_table *table, const tw_real *cells, uint64_t first,
                         uint64_t n, tw_real *out)
{
    uint32_t hashes[TILE], buckets[TILE];
    tw_real sorted[TW_TABLE_ROWS_MOST][TILE];
    for (uint64_t row = 0; row < table->rows; row++, cells += table->columns) {
        find_buckets(table->hash[row], table->columns, (uint32_t)first, n, hashes, buckets);
        take_entries(cells, hashes, buckets, n, sorted[row]);
        for (uint64_t at = 0; at < row; at++)
            exchange(sorted[at], sorted[row], n);
    }
    TW_T(tw_vec_copy)(out, sorted[table->rows / 2], n);
}

void TW_T(tw_table_estimate)(const struct tw_table *table, const tw_real *cells, tw_real *estimates)
{
    for (uint64_t first = 0; first < table->dimension; first += TILE)
        take_medians(table, cells, first, tile_at(table, first), estimates + first);
}

tw_status TW_T(tw_table_choose)(const struct tw_table *table, const tw_real *cells, uint64_t k,
                                void *scratch, tw_real *estimates, uint32_t *indices)
{
    uint64_t d = table->dimension;
    if (!TW_T(tw_vec_finite)(cells, table->rows * table->columns))
        return TW_INPUT;
    TW_T(tw_table_estimate)(table, cells, estimates);
    return TW_T(tw_select)(estimates, d, k, scratch, indices);
}

double TW_T(tw_table_missed)(const struct tw_table *table, const tw_real *x,
                             const tw_real *estimates, const uint32_t *indices, uint64_t k)
{
    double sum = 0.0;
    uint64_t next = 0;
    for (uint64_t j = 0; j < table->dimension; j++) {
        int kept = next < k && indices[next] == j;
        double off = (double)x[j] - (kept ? (double)estimates[j] : 0.0);
        next += (uint64_t)kept;
        sum += off * off;
    }
    return sum;
}
