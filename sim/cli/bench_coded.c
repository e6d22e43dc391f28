/* Quantisers, Rice gaps, orthogonal columns and thin factors, as members run them. */
#define TW_PRECISION 32
#include "bench_load.h"

#include <gsl/gsl_randist.h>
#include "base/rng.h"
#include "codec.h"
#include "lowrank_real.h"
#include "sketch_real.h"

#define APART 64.0 /* mean distance of Rice's indices */
#define COLUMNS 4

tw_status tw_bench_open_quantise(struct tw_bench_load *load, struct tw_err *err)
{
    return tw_bench_group_open(&load->group, "cast", "value=int8", 1, 1, load->n, load->x, err);
}

tw_status tw_bench_open_dither(struct tw_bench_load *load, struct tw_err *err)
{
    return tw_bench_group_open(&load->group, "qsgd", "", 1, 1, load->n, load->x, err);
}

tw_status tw_bench_open_dequantise(struct tw_bench_load *load, struct tw_err *err)
{
    tw_status status = tw_bench_open_quantise(load, err);
    return status ? status : tw_bench_group_exchange(&load->group, err);
}

/* Gaps of a random subset: geometric. The wire is z, whose 4 bytes per index Rice never fills. */
tw_status tw_bench_open_rice(struct tw_bench_load *load, struct tw_err *err)
{
    struct tw_stream_key key = {2, 0, 0, 0, 0, TW_PURPOSE_TEST};
    struct tw_stream stream;
    uint32_t index = 0;
    (void)err;
    tw_stream_open(&stream, &key);
    for (uint64_t i = 0; i < load->n / 2; i++) {
        index += (uint32_t)gsl_ran_geometric(&stream.gsl, 1.0 / APART);
        load->indices[i] = index;
    }
    return TW_OK;
}

void tw_bench_run_rice(void *context)
{
    struct tw_bench_load *load = context;
    uint64_t count = load->n / 2, d = (uint64_t)load->indices[count - 1] + 1, last = 0;
    unsigned char *wire = (unsigned char *)load->z;
    struct tw_codec_reader reader;
    uint64_t bytes = tw_codec_put(TW_INDEX_RICE, count, d, load->indices, wire);
    tw_codec_open(&reader, TW_INDEX_RICE, count, d, wire, bytes);
    for (uint64_t i = 0; i < count; i++)
        last = tw_codec_next(&reader);
    load->status = last == d - 1 ? TW_OK : TW_CORRUPT;
}

void tw_bench_run_ortho(void *context)
{
    struct tw_bench_load *load = context;
    tw_lowrank_orthogonalise_f32(load->x, load->n / (COLUMNS * COLUMNS), COLUMNS, load->y);
}

static struct tw_lowrank_view matrix_of(uint64_t values)
{
    uint64_t columns = 1;
    while (columns * columns < values)
        columns *= 2;
    return (struct tw_lowrank_view){.rows = values / columns, .columns = columns, .low = 1};
}

void tw_bench_run_sketch(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_lowrank_view view = matrix_of(load->n / tw_sketch_elements(1, COLUMNS));
    tw_sketch_rows_f32(tw_bench_from(load), view.rows, view.columns, view.columns, load->x, COLUMNS,
                       load->z);
}

void tw_bench_run_sketch_transposed(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_lowrank_view view = matrix_of(load->n / tw_sketch_elements(1, COLUMNS));
    tw_sketch_columns_f32(tw_bench_from(load), view.columns, view.rows, load->x, COLUMNS, load->z);
}

void tw_bench_run_expand(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_lowrank_view view = matrix_of(load->n / (1 + COLUMNS));
    tw_lowrank_expand_f32(&view, COLUMNS, load->x, load->x, 0.125F, load->y);
}
