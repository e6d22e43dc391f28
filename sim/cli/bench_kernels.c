/* Kernel costs by running the real code on warm data.
 *
 * Of every kernel, seconds at a few sizes; launch is the time of a run of 16 elements. For kernels
 * that also keep or touch k of their elements, two shares of k at each size tell the two apart:
 *     selected = median over the larger sizes of (t(share 2) − t(share 1)) / (k2 − k1)
 *     per element(n) = (t(share 1) − launch − k1·selected) / n, not below 0
 * Neither is exactly linear in k; `thinwire bench` shows how far whole compressors are off. */
#define TW_PRECISION 32 /* profiles are of float vectors */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../collective/combine.h"
#include "../train/optimizer.h"
#include "base/rng.h"
#include "base/vec.h"
#include "bench_load.h"
#include "codec.h"
#include "select_real.h"
#include "sketch_real.h"
#include "sparse_real.h"

#define SMALLEST 10 /* sizes are 2^10, 2^13, … and the largest */
#define EXPONENT_STEP 3
#define LAUNCH_ELEMENTS 16
#define SKETCH_COLUMNS 4U
#define PACK_DENSITY 16U /* one of so many values is packed */
#define NORMALS_MOST 20
#define FIT_FROM 65536.0 /* `selected` is fitted at sizes from here on */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double tw_bench_seconds(const struct tw_bench_effort *effort, void (*run)(void *), void *context)
{
    double times[64], taken = 0;
    int samples = effort->samples < 64 ? effort->samples : 64;
    uint64_t runs = 1;
    run(context);
    for (;; runs *= 2) {
        double start = now();
        for (uint64_t i = 0; i < runs; i++)
            run(context);
        taken = now() - start;
        if (taken >= effort->sample_s / 2)
            break;
    }
    runs = (uint64_t)((double)runs * effort->sample_s / taken) + 1;
    for (int s = 0; s < samples; s++) {
        double start = now();
        for (uint64_t i = 0; i < runs; i++)
            run(context);
        times[s] = (now() - start) / (double)runs;
    }
    qsort(times, (size_t)samples, sizeof *times, ascending);
    return times[samples / 2];
}

static void run_copy(void *context)
{
    struct tw_bench_load *load = context;
    tw_vec_copy_f32(load->y, load->x, load->n);
}

static void run_add(void *context)
{
    struct tw_bench_load *load = context;
    tw_vec_axpy_f32(load->y, 0.5F, load->x, load->n);
}

static void run_norm(void *context)
{
    struct tw_bench_load *load = context;
    tw_sketch_scores_f32(tw_bench_from(load), load->n / SKETCH_COLUMNS, (int)SKETCH_COLUMNS,
                         load->wide);
}

static void run_select(void *context)
{
    struct tw_bench_load *load = context;
    const float *x = tw_bench_from(load);
    load->status = tw_select_f32(x, load->n, load->k, load->scratch, load->indices);
}

static void run_subset(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_stream_key key = {1, 0, 0, 0, 0, TW_PURPOSE_INDICES};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    tw_stream_subset(&stream, (uint32_t)load->n, (uint32_t)load->k, load->bitmap, load->indices);
}

static void run_normal(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_stream_key key = {1, 0, 0, 0, 0, TW_PURPOSE_SKETCH};
    struct tw_stream stream;
    tw_stream_open(&stream, &key);
    tw_stream_normals(&stream, load->wide, load->n);
}

static void run_pack(void *context)
{
    struct tw_bench_load *load = context;
    struct tw_sparse_rank rank = {.values = load->y, .indices = load->indices};
    tw_sparse_take_f32(&rank, load->x, load->n);
    tw_codec_write((unsigned char *)load->z, load->n, load->y, sizeof(float), load->indices, 4);
}

/* A compressor's local(): none's in bf16, quantisers'. */
static void run_cast(void *context)
{
    struct tw_bench_load *load = context;
    load->group.x = tw_bench_from(load);
    load->status = tw_bench_group_local(&load->group);
}

/* A compressor's mean(): topk's of two ranks, a quantiser's of one. */
static void run_scatter(void *context)
{
    struct tw_bench_load *load = context;
    tw_bench_group_mean(&load->group, tw_bench_into(load));
}

static void run_update(void *context)
{
    struct tw_bench_load *load = context;
    tw_work_clear(&load->work);
    load->sgd->update(load->sgd_params, 0, NULL, load->y, load->x, load->n, &load->work);
}

static void run_combine(void *context)
{
    struct tw_bench_load *load = context;
    tw_combine_into(TW_ELEMENT_F32, TW_COMBINE_SUM, load->y, load->x, load->n);
}

static tw_status open_select(struct tw_bench_load *load, struct tw_err *err)
{
    load->scratch = malloc(tw_select_scratch_B_f32(load->n, load->k));
    return load->scratch ? TW_OK : tw_err_set(err, TW_MEMORY, "bench: no memory for a selection");
}

static tw_status open_pack(struct tw_bench_load *load, struct tw_err *err)
{
    (void)err;
    for (uint64_t i = 0; i < load->n; i++)
        load->indices[i] = (uint32_t)(i * PACK_DENSITY + i * 7 % PACK_DENSITY);
    return TW_OK;
}

static tw_status open_cast(struct tw_bench_load *load, struct tw_err *err)
{
    return tw_bench_group_open(&load->group, "none", "value=bf16", 1, 1, load->n, load->x, err);
}

static tw_status open_scatter(struct tw_bench_load *load, struct tw_err *err)
{
    char options[64];
    snprintf(options, sizeof options, "ratio=%.17g", (double)load->k / 2 / (double)load->n);
    tw_status status =
        tw_bench_group_open(&load->group, "topk", options, 2, 1, load->n, load->x, err);
    return status ? status : tw_bench_group_exchange(&load->group, err);
}

/* largest: exponent of the largest size, 0: the effort's; below 0: so much less than that. */
static const struct kernel_case {
    enum tw_kernel kernel;
    void (*run)(void *context);
    tw_status (*open)(struct tw_bench_load *load, struct tw_err *err);
    double first, second; /* shares of k; 0: the kernel has no k */
    int largest;
    int walks; /* walks through n elements in a run; 0: one */
} cases[] = {
    {TW_KERNEL_COPY, run_copy, NULL, 0, 0, 0, 0},
    {TW_KERNEL_ADD, run_add, NULL, 0, 0, 0, 0},
    {TW_KERNEL_CAST, run_cast, open_cast, 0, 0, 0, 0},
    {TW_KERNEL_SELECT, run_select, open_select, 0.01, 0.2, 0, 0},
    {TW_KERNEL_SUBSET, run_subset, NULL, 0.01, 0.2, 0, 0},
    {TW_KERNEL_PACK, run_pack, open_pack, 0, 0, -4, 0},
    {TW_KERNEL_SCATTER, run_scatter, open_scatter, 0.02, 0.4, 0, 0},
    {TW_KERNEL_SKETCH, tw_bench_run_sketch, NULL, 0, 0, 0, 0},
    {TW_KERNEL_NORMAL, run_normal, NULL, 0, 0, NORMALS_MOST, 0},
    {TW_KERNEL_NORM, run_norm, NULL, 0, 0, 0, 0},
    {TW_KERNEL_UPDATE, run_update, NULL, 0, 0, 0, 0},
    {TW_KERNEL_QUANTISE, run_cast, tw_bench_open_quantise, 0, 0, 0, 0},
    {TW_KERNEL_DITHER, run_cast, tw_bench_open_dither, 0, 0, 0, 0},
    {TW_KERNEL_DEQUANTISE, run_scatter, tw_bench_open_dequantise, 0, 0, 0, 0},
    {TW_KERNEL_RICE, tw_bench_run_rice, tw_bench_open_rice, 0, 0, -4, 0},
    {TW_KERNEL_ORTHO, tw_bench_run_ortho, NULL, 0, 0, 0, 0},
    {TW_KERNEL_SKETCH_TRANSPOSED, tw_bench_run_sketch_transposed, NULL, 0, 0, 0, 0},
    {TW_KERNEL_EXPAND, tw_bench_run_expand, NULL, 0, 0, 0, 0},
    {TW_KERNEL_ZERO, tw_bench_run_zero, NULL, 0, 0, 0, 0},
    {TW_KERNEL_READ, tw_bench_run_read, NULL, 0, 0, 0, 0},
    {TW_KERNEL_FILTER, tw_bench_run_filter, tw_bench_open_filter, 0.01, 0.2, 0, 0},
    {TW_KERNEL_TABLE, tw_bench_run_table, NULL, 0, 0, 0, 2},
    {TW_KERNEL_HISTOGRAM, tw_bench_run_histogram, NULL, 0, 0, 0, 0},
};
_Static_assert(sizeof cases / sizeof *cases == TW_KERNEL_COUNT, "a kernel has no case");

/* *seconds becomes the least of what it is, unless that is 0, and what is measured. */
static tw_status measure_once(const struct tw_bench_effort *effort, const struct kernel_case *what,
                              struct tw_bench_load *load, double *seconds, struct tw_err *err)
{
    load->status = TW_OK;
    tw_status status = what->open ? what->open(load, err) : TW_OK;
    if (status == TW_OK) {
        double taken_s = tw_bench_seconds(effort, what->run, load);
        taken_s /= what->walks > 0 ? what->walks : 1;
        *seconds = *seconds > 0 && *seconds < taken_s ? *seconds : taken_s;
        status = load->status;
    }
    tw_bench_group_close(&load->group);
    free(load->scratch);
    load->scratch = NULL;
    return status;
}

static uint64_t kept_at(double share, double elements)
{
    double kept = share * elements;
    return share > 0 && kept < 1 ? 1 : (uint64_t)kept;
}

static int next_size(int exponent, int largest)
{
    int next = exponent + EXPONENT_STEP;
    return exponent < largest && next > largest ? largest : next;
}

static tw_status measure_sizes(const struct tw_bench_effort *effort, const struct kernel_case *what,
                               struct tw_bench_load *load, struct tw_kernel_cost *cost,
                               struct tw_bench_figures *figures, struct tw_err *err)
{
    int largest = what->largest > 0 ? what->largest : effort->largest + what->largest;
    largest = largest < effort->largest ? largest : effort->largest;
    load->n = LAUNCH_ELEMENTS;
    load->k = kept_at(what->first, LAUNCH_ELEMENTS);
    tw_status status = measure_once(effort, what, load, &figures->launch_s, err);
    cost->points = 0;
    for (int e = SMALLEST; status == TW_OK && e <= largest; e = next_size(e, largest)) {
        int i = cost->points++;
        cost->elements[i] = (double)(UINT64_C(1) << e);
        load->n = UINT64_C(1) << e;
        load->k = kept_at(what->first, cost->elements[i]);
        status = measure_once(effort, what, load, &figures->first_s[i], err);
        if (status == TW_OK && what->second > 0) {
            load->k = kept_at(what->second, cost->elements[i]);
            status = measure_once(effort, what, load, &figures->second_s[i], err);
        }
    }
    return status;
}

/* The two equations at the top of the file. */
static void fit(const struct kernel_case *what, const struct tw_bench_figures *figures,
                struct tw_kernel_cost *cost)
{
    double slopes[TW_DEVICE_POINTS];
    int count = 0;
    for (int i = 0; i < cost->points && what->second > 0; i++) {
        double more = (what->second - what->first) * cost->elements[i];
        if (cost->elements[i] >= FIT_FROM)
            slopes[count++] = (figures->second_s[i] - figures->first_s[i]) / more;
    }
    qsort(slopes, (size_t)count, sizeof *slopes, ascending);
    cost->selected_s = count > 0 && slopes[count / 2] > 0 ? slopes[count / 2] : 0;
    cost->launch_s = figures->launch_s;
    for (int i = 0; i < cost->points; i++) {
        double kept = (double)kept_at(what->first, cost->elements[i]);
        double rest = figures->first_s[i] - cost->launch_s - kept * cost->selected_s;
        cost->element_s[i] = rest > 0 ? rest / cost->elements[i] : 0;
    }
}

static void release(struct tw_bench_load *load)
{
    free(load->x);
    free(load->twin);
    free(load->y);
    free(load->z);
    free(load->wide);
    free(load->indices);
    free(load->bitmap);
    tw_work_free(&load->work);
}

static tw_status prepare(const struct tw_bench_effort *effort, struct tw_bench_load *load,
                         struct tw_err *err)
{
    uint64_t n = UINT64_C(1) << effort->largest, normals = UINT64_C(1) << NORMALS_MOST;
    load->x = malloc(n * sizeof *load->x);
    load->twin = malloc(n * sizeof *load->twin);
    load->y = calloc(n, sizeof *load->y);
    load->z = calloc(n + 1, sizeof *load->z);
    load->wide = malloc((n / 4 > normals ? n / 4 : normals) * sizeof *load->wide);
    load->indices = malloc(n * sizeof *load->indices);
    load->bitmap = calloc(n / 32 + 1, sizeof *load->bitmap);
    if (!load->x || !load->twin || !load->y || !load->z || !load->wide || !load->indices ||
        !load->bitmap)
        return tw_err_set(err, TW_MEMORY, "bench: no memory for vectors of %llu values",
                          (unsigned long long)n);
    load->sgd = tw_optimizer_find("sgd", TW_FP32);
    if (!load->sgd)
        return tw_err_set(err, TW_INTERNAL, "bench: there is no optimizer sgd");
    const struct tw_member *member = &load->sgd->member;
    tw_status status =
        tw_options_defaults(member->options, member->option_count, load->sgd_params, err);
    if (status == TW_OK)
        status = tw_options_set(member->options, member->option_count, load->sgd_params, "rate",
                                "0.125", err);
    tw_bench_normals(load->x, n);
    tw_vec_copy_f32(load->twin, load->x, n);
    memset(load->indices, 0, n * sizeof *load->indices);
    return status;
}

tw_status tw_bench_kernels(const struct tw_bench_effort *effort, struct tw_bench_figures *figures,
                           struct tw_device *device, struct tw_err *err)
{
    struct tw_bench_load load = {0};
    tw_status status = prepare(effort, &load, err);
    for (size_t c = 0; status == TW_OK && c < sizeof cases / sizeof *cases; c++) {
        struct tw_kernel_cost *cost = &device->kernels[cases[c].kernel];
        status = measure_sizes(effort, &cases[c], &load, cost, &figures[c], err);
        if (status == TW_OK)
            fit(&cases[c], &figures[c], cost);
    }
    if (status == TW_OK) {
        load.n = UINT64_C(1) << (effort->largest < 20 ? effort->largest : 20);
        double combine_sB =
            tw_bench_seconds(effort, run_combine, &load) / (double)(load.n * sizeof(float));
        int less = device->combine_sB <= 0 || combine_sB < device->combine_sB;
        device->combine_sB = less ? combine_sB : device->combine_sB;
    }
    release(&load);
    return status;
}
