/* Count-Sketch tables: hashing, adding, reading. */
#include "table_real.h"

#include "base/vec.h"
#include "select_real.h"

/* Bucket of a hash: its upper 31 bits as a fraction of the columns. */
static inline uint64_t bucket_of(uint32_t hash, uint64_t columns)
{
    return ((uint64_t)(hash >> 1) * columns) >> 31;
}

static inline tw_real signed_by(uint32_t hash, tw_real value)
{
    return hash & 1U ? -value : value;
}

void TW_T(tw_table_fill)(const struct tw_table *table, const tw_real *x, tw_real *cells)
{
    uint64_t columns = table->columns, d = table->dimension;
    TW_T(tw_vec_zero)(cells, table->rows * columns);
    for (uint64_t row = 0; row < table->rows; row++, cells += columns) {
        struct tw_rounding key = table->hash[row];
        for (uint64_t j = 0; j < d; j++) {
            uint32_t hash = tw_rounding_bits(key, (uint32_t)j);
            cells[bucket_of(hash, columns)] += signed_by(hash, x[j]);
        }
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

/* The median alone: every entry goes up through the sorted ones before it without a branch. Equal
 * numbers are alike but for the sign of a zero, which no choice looks at. */
static tw_real middle_of(const struct tw_table *table, const tw_real *cells, uint64_t j)
{
    tw_real sorted[TW_TABLE_ROWS_MOST];
    unsigned rows = (unsigned)table->rows;
    sorted[0] = 0;
    for (unsigned row = 0; row < rows; row++) {
        tw_real low = entry_of(table, cells, row, j);
        for (unsigned at = 0; at < row; at++) {
            tw_real held = sorted[at];
            sorted[at] = held < low ? held : low;
            low = held < low ? low : held;
        }
        sorted[row] = low;
    }
    return sorted[rows / 2];
}

tw_status TW_T(tw_table_choose)(const struct tw_table *table, const tw_real *cells, uint64_t k,
                                void *scratch, tw_real *estimates, uint32_t *indices)
{
    uint64_t d = table->dimension;
    if (!TW_T(tw_vec_finite)(cells, table->rows * table->columns))
        return TW_INPUT;
    for (uint64_t j = 0; j < d; j++)
        estimates[j] = middle_of(table, cells, j);
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
