/* Walks through a vector as members make them: zeros, reads, thresholds, hashed tables, bins. */
#define TW_PRECISION 32
#include "bench_load.h"

#include <stdlib.h>
#include "above_real.h"
#include "base/vec.h"
#include "energy_real.h"
#include "select_real.h"
#include "table_real.h"

#define TABLE_ROWS 5U    /* count-sketch's defaults */
#define TABLE_SHARE 12U  /* a row has one column of so many values */
#define HIGHEST_DIGIT 20 /* shift of the first 11 of 31 bits */

void tw_bench_run_zero(void *context)
{
    struct tw_bench_load *load = context;
    tw_vec_zero_f32(tw_bench_into(load), load->n);
}

void tw_bench_run_read(void *context)
{
    struct tw_bench_load *load = context;
    load->wide[0] = tw_vec_norm2_f32(tw_bench_from(load), load->n);
}

tw_status tw_bench_open_filter(struct tw_bench_load *load, struct tw_err *err)
{
    load->scratch = malloc(tw_select_scratch_B_f32(load->n, load->k));
    if (!load->scratch)
        return tw_err_set(err, TW_MEMORY, "bench: no memory for a threshold");
    tw_status status = tw_select_f32(load->x, load->n, load->k, load->scratch, load->indices);
    if (status != TW_OK)
        return tw_err_set(err, status, "bench: no threshold: %s", tw_status_text(status));
    for (uint64_t i = 0; i < load->k; i++) {
        float value = load->x[load->indices[i]], size = value < 0 ? -value : value;
        load->threshold = i == 0 || size < load->threshold ? size : load->threshold;
    }
    return TW_OK;
}

void tw_bench_run_filter(void *context)
{
    struct tw_bench_load *load = context;
    const float *x = tw_bench_from(load);
    uint64_t found = tw_above_collect_f32(x, load->n, load->threshold, load->indices);
    load->status = found >= load->k ? TW_OK : TW_INTERNAL;
}

/* n cells are added to, then read: two walks. z holds the cells and y the estimates. */
void tw_bench_run_table(void *context)
{
    struct tw_bench_load *load = context;
    uint64_t d = load->n / TABLE_ROWS + 1, columns = d / TABLE_SHARE + 1;
    struct tw_table table = {.rows = TABLE_ROWS, .columns = columns, .dimension = d};
    tw_table_draw(&table, (struct tw_stream_key){1, 0, 0, 0, 0, TW_PURPOSE_SKETCH});
    tw_table_fill_f32(&table, load->x, load->z);
    tw_table_estimate_f32(&table, load->z, load->y);
}

void tw_bench_run_histogram(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_energy_bins *bins = (struct tw_energy_bins *)(void *)load->wide;
    load->y[0] =
        (float)tw_energy_digits_f32(load->x, load->n, HIGHEST_DIGIT, TW_ENERGY_DIGIT_BITS, 0, bins);
}
