/* Count-Sketch tables: what options may say; nothing here looks at values. */
#include "table_real.h"

/* The median of an even number of rows is the mean of two: no row's own. */
tw_status tw_table_rows_check(uint64_t rows, struct tw_err *err)
{
    if (rows % 2 == 1)
        return TW_OK;
    tw_err_set(err, TW_RANGE, "rows=\"%llu\" is even, and an estimate is the row of the median",
               (unsigned long long)rows);
    return tw_err_hint(
        err, TW_RANGE, "odd numbers from 1 to %d; the nearest are %llu and %llu (default 5)",
        TW_TABLE_ROWS_MOST, (unsigned long long)(rows - 1), (unsigned long long)(rows + 1));
}

tw_status tw_table_memory_check(int remembers, int estimates, double momentum, struct tw_err *err)
{
    if (remembers && !estimates) {
        tw_err_set(err, TW_RANGE,
                   "memory=\"sketch\" keeps the table's error, and with values=\"exact\" what is "
                   "sent is not the table's");
        return tw_err_hint(err, TW_RANGE,
                           "values=\"table\" with memory=\"sketch\", or memory=\"none\" with "
                           "values=\"exact\" (the defaults)");
    }
    if (!remembers && momentum > 0) {
        tw_err_set(err, TW_RANGE,
                   "momentum=\"%g\" is that of the table which memory=\"sketch\" keeps, and "
                   "memory is \"none\"",
                   momentum);
        return tw_err_hint(err, TW_RANGE,
                           "memory=\"sketch\" values=\"table\" with it, or the momentum of the "
                           "optimizer or of the feedback");
    }
    return TW_OK;
}

/* A table of as many cells as there are values saves nothing. */
tw_status tw_table_suits(uint64_t rows, double width, uint64_t dimension, uint64_t cells,
                         struct tw_err *err)
{
    if (dimension < 2 || cells < dimension)
        return TW_OK;
    tw_err_set(err, TW_RANGE,
               "a table of %llu rows by width=\"%g\" of %llu values has %llu cells, no fewer",
               (unsigned long long)rows, width, (unsigned long long)dimension,
               (unsigned long long)cells);
    return tw_err_hint(err, TW_RANGE, "width must be below %.6g with these rows (default 0.08)",
                       1.0 / (double)rows);
}
