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

tw_real TW_T(tw_table_entry)(const struct tw_table *table, const tw_real *cells, uint64_t row,
                             uint64_t j)
{
    uint32_t hash = tw_rounding_bits(table->hash[row], (uint32_t)j);
    return signed_by(hash, cells[row * table->columns + bucket_of(hash, table->columns)]);
}

/* By insertion. */
unsigned TW_T(tw_table_median)(const struct tw_table *table, const tw_real *cells, uint64_t j,
                               tw_real *out)
{
    tw_real sorted[TW_TABLE_ROWS_MOST] = {0};
    unsigned order[TW_TABLE_ROWS_MOST] = {0}, rows = (unsigned)table->rows;
    for (unsigned row = 0; row < rows; row++) {
        tw_real value = TW_T(tw_table_entry)(table, cells, row, j);
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

tw_status TW_T(tw_table_choose)(const struct tw_table *table, const tw_real *cells, uint64_t k,
                                void *scratch, tw_real *estimates, uint32_t *indices)
{
    uint64_t d = table->dimension;
    if (!TW_T(tw_vec_finite)(cells, table->rows * table->columns))
        return TW_INPUT;
    for (uint64_t j = 0; j < d; j++)
        TW_T(tw_table_median)(table, cells, j, &estimates[j]);
    return TW_T(tw_select)(estimates, d, k, scratch, indices);
}
