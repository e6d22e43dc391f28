/* The rows of the table. Every kernel is entered by the door through which a run enters it: a
 * compressor's local() and mean(), a feedback rule's before() and after(), the vector and codec
 * functions that members call.
 *
 * The read is the sum of the vector in 64 float accumulators, built for the same instruction set.
 * Bars: multiples of the read (or of the bare add z = x + y) with AVX-512, twice that with AVX2;
 * plain x86-64 has none. */
#define TW_PRECISION 32
#include "bench_table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "../train/feedback.h"
#include "base/isa.h"
#include "base/vec.h"
#include "bench_group.h"
#include "codec.h"
#include "select_real.h"

#define ACCUMULATORS 64
#define SAMPLES_MOST 64
#define DENSITY 100U /* of Rice's indices: one value of so many */

enum input { NORMAL, EQUAL, TIES };

/* What a run works on. */
struct load {
    float *normal, *other, *out; /* `elements` values each */
    float *x;                    /* the input: normal, or `other` filled otherwise */
    uint64_t n, units;
    struct tw_bench_group group;
    const struct tw_feedback *ef14;
    _Alignas(16) unsigned char ef14_params[TW_PARAMS_MAX];
    struct tw_work work;
    uint32_t *indices;
    unsigned char *wire;
    uint64_t wire_B;
    volatile float sum;
    tw_status status;
};

TW_DISPATCHED(static, float, read_all, (const float *x, uint64_t n), (x, n))
{
    float sums[ACCUMULATORS] = {0}, sum = 0;
    for (uint64_t i = 0; i + ACCUMULATORS <= n; i += ACCUMULATORS)
        for (int j = 0; j < ACCUMULATORS; j++)
            sums[j] += x[i + (uint64_t)j];
    for (int j = 0; j < ACCUMULATORS; j++)
        sum += sums[j];
    return sum;
}

static void run_read(struct load *load)
{
    load->sum = read_all(load->x, load->n);
}

static void run_add(struct load *load)
{
    tw_vec_sum_f32(load->out, load->x, load->other, load->n);
}

static void run_local(struct load *load)
{
    struct tw_instance *instance = &load->group.instance;
    tw_work_clear(&load->group.work);
    load->status = instance->ops->local(instance->shared, instance->own[0], 0, 0, load->x, NULL,
                                        &load->group.requests[0], &load->group.work);
}

static void run_mean(struct load *load)
{
    tw_bench_group_mean(&load->group, load->out);
}

static void add_own(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    struct load *load = (struct load *)(uintptr_t)own->context;
    struct tw_instance *instance = &load->group.instance;
    instance->ops->own(instance->shared, instance->own[0], 0, scale, y, work);
}

static void add_searching(const struct tw_sum *sum, const void *addend, void *x)
{
    struct load *load = (struct load *)(uintptr_t)sum->context;
    struct tw_instance *instance = &load->group.instance;
    instance->ops->add(instance->shared, instance->own[0], addend, x);
}

/* ef14 around a compressor, as a rank of a run does it: `other` is its memory, and x too. */
static void run_feedback(struct load *load)
{
    struct tw_feedback_step at = {
        .step = 1, .rate = 0.1, .count = load->n, .params = load->ef14_params};
    struct tw_instance *instance = &load->group.instance;
    struct tw_sum sum = {add_searching, load};
    void *memory[1] = {load->other};
    struct tw_own own = {add_own, load};
    at.sum = instance->ops->add ? &sum : NULL;
    tw_work_clear(&load->work);
    load->ef14->before(&at, memory, load->x, memory[0], &load->work);
    load->status = instance->ops->local(instance->shared, instance->own[0], 0, 0, memory[0], NULL,
                                        &load->group.requests[0], &load->work);
    load->ef14->after(&at, memory, memory[0], &own, NULL, &load->work);
}

static void run_rice_put(struct load *load)
{
    load->wire_B = tw_codec_put(TW_INDEX_RICE, load->units, load->n, load->indices, load->wire);
}

static void run_rice_next(struct load *load)
{
    struct tw_codec_reader reader;
    uint64_t sum = 0;
    tw_codec_open(&reader, TW_INDEX_RICE, load->units, load->n, load->wire, load->wire_B);
    for (uint64_t i = 0; i < load->units; i++)
        sum += tw_codec_next(&reader);
    load->sum = (float)sum;
}

static const struct row_case {
    const char *kernel, *compressor, *options;
    void (*run)(struct load *load);
    enum input input;
    enum tw_bench_against against;
    double bar; /* with AVX-512; 0: none */
} cases[] = {
    {"read", NULL, NULL, run_read, NORMAL, TW_BENCH_READ, 0},
    {"add", NULL, NULL, run_add, NORMAL, TW_BENCH_READ, 0},
    {"topk 0.1%", "topk", "ratio=0.001", run_local, NORMAL, TW_BENCH_READ, 2.2},
    {"topk 1%", "topk", "ratio=0.01", run_local, NORMAL, TW_BENCH_READ, 4.5},
    {"topk 5%", "topk", "ratio=0.05", run_local, NORMAL, TW_BENCH_READ, 0},
    {"topk 20%", "topk", "ratio=0.2", run_local, NORMAL, TW_BENCH_READ, 9},
    {"topk 1% of equals", "topk", "ratio=0.01", run_local, EQUAL, TW_BENCH_READ, 15},
    {"topk 1% of ties", "topk", "ratio=0.01", run_local, TIES, TW_BENCH_READ, 15},
    {"topk 20% of ties", "topk", "ratio=0.2", run_local, TIES, TW_BENCH_READ, 15},
    {"ef14 topk 0.1%", "topk", "ratio=0.001", run_feedback, NORMAL, TW_BENCH_ADD, 1.3},
    {"ef14 topk 1%", "topk", "ratio=0.01", run_feedback, NORMAL, TW_BENCH_ADD, 1.6},
    {"arctopk sketch r=4", "arctopk", "ratio=0.01 sketch=4", run_local, NORMAL, TW_BENCH_READ, 3},
    {"sign code", "sign", "", run_local, NORMAL, TW_BENCH_READ, 3},
    {"sign mean", "sign", "", run_mean, NORMAL, TW_BENCH_READ, 0},
    {"bf16 code", "none", "value=bf16", run_local, NORMAL, TW_BENCH_READ, 3},
    {"fp16 code", "cast", "value=fp16", run_local, NORMAL, TW_BENCH_READ, 3},
    {"fp16 mean", "cast", "value=fp16", run_mean, NORMAL, TW_BENCH_READ, 0},
    {"int8 code", "cast", "value=int8", run_local, NORMAL, TW_BENCH_READ, 3},
    {"int8 mean", "cast", "value=int8", run_mean, NORMAL, TW_BENCH_READ, 0},
    {"int4 code", "cast", "value=int4", run_local, NORMAL, TW_BENCH_READ, 3},
    {"fp8_e4m3 code", "cast", "value=fp8_e4m3", run_local, NORMAL, TW_BENCH_READ, 3},
    {"fp8_e4m3 mean", "cast", "value=fp8_e4m3", run_mean, NORMAL, TW_BENCH_READ, 0},
    {"qsgd code", "qsgd", "", run_local, NORMAL, TW_BENCH_READ, 4},
    {"qsgd mean", "qsgd", "", run_mean, NORMAL, TW_BENCH_READ, 0},
    {"natural code", "natural", "", run_local, NORMAL, TW_BENCH_READ, 4},
    {"natural mean", "natural", "", run_mean, NORMAL, TW_BENCH_READ, 0},
    {"rice code 1%", NULL, NULL, run_rice_put, NORMAL, TW_BENCH_NS, 4},
    {"rice decode 1%", NULL, NULL, run_rice_next, NORMAL, TW_BENCH_NS, 4},
};
#define CASES (sizeof cases / sizeof *cases)

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

static tw_status time_case(const struct row_case *what, struct load *load, struct tw_bench_row *row)
{
    double times[SAMPLES_MOST];
    int samples = row->samples;
    load->status = TW_OK;
    what->run(load);
    for (int s = 0; s < samples && load->status == TW_OK; s++) {
        double start = now();
        what->run(load);
        times[s] = now() - start;
    }
    if (load->status != TW_OK)
        return load->status;
    qsort(times, (size_t)samples, sizeof *times, ascending);
    row->median_s = times[samples / 2];
    row->least_s = times[0];
    row->low_s = times[samples / 4];
    row->high_s = times[samples - 1 - samples / 4];
    return TW_OK;
}

/* Equal magnitudes, or eight of them. */
static void fill_input(struct load *load, enum input input)
{
    load->x = input == NORMAL ? load->normal : load->other;
    for (uint64_t i = 0; i < load->n && input != NORMAL; i++)
        load->other[i] =
            input == EQUAL ? 1.0F : (float)((uint32_t)(i * UINT64_C(2654435761) >> 16) & 7U) + 1.0F;
}

static uint64_t rows_of(uint64_t n)
{
    uint64_t rows = 1;
    while (rows * rows < n && n % (2 * rows) == 0)
        rows *= 2;
    return rows;
}

static tw_status open_case(const struct row_case *what, struct load *load, struct tw_err *err)
{
    memset(load->other, 0, load->n * sizeof *load->other);
    fill_input(load, what->input);
    if (!what->compressor)
        return TW_OK;
    tw_status status = tw_bench_group_open(&load->group, what->compressor, what->options, 1,
                                           rows_of(load->n), load->n, load->x, err);
    if (status == TW_OK && what->run == run_mean)
        status = tw_bench_group_exchange(&load->group, err);
    else if (status == TW_OK && load->group.instance.ops->begin)
        load->group.instance.ops->begin(load->group.instance.shared, 0);
    return status;
}

static void judge(const struct row_case *what, const struct tw_bench_row *read,
                  const struct tw_bench_row *add, struct tw_bench_row *row)
{
    const struct tw_bench_row *yard = what->against == TW_BENCH_ADD ? add : read;
    row->against = what->against;
    row->ratio = what->against == TW_BENCH_NS ? row->median_s * 1e9 / (double)row->units
                                              : row->median_s / yard->median_s;
    row->bar = tw_isa() == TW_ISA_PLAIN ? 0 : what->bar;
    if (tw_isa() == TW_ISA_AVX2 && what->against == TW_BENCH_READ && what->bar < 15)
        row->bar *= 2;
}

static tw_status measure(uint64_t elements, int samples, struct load *load, FILE *to,
                         struct tw_err *err)
{
    struct tw_bench_row rows[CASES];
    tw_status status = TW_OK;
    for (size_t c = 0; c < CASES && status == TW_OK; c++) {
        int per_index = cases[c].against == TW_BENCH_NS;
        load->units = per_index ? elements / DENSITY : elements;
        rows[c] = (struct tw_bench_row){.kernel = cases[c].kernel,
                                        .isa = tw_isa_name(tw_isa()),
                                        .elements = elements,
                                        .samples = samples,
                                        .unit = per_index ? "index" : "value",
                                        .units = load->units};
        status = open_case(&cases[c], load, err);
        if (status == TW_OK)
            status = time_case(&cases[c], load, &rows[c]);
        tw_bench_group_close(&load->group);
        if (status == TW_OK) {
            judge(&cases[c], &rows[0], &rows[1], &rows[c]);
            tw_bench_row_write(to, &rows[c]);
            fflush(to);
        }
    }
    return status;
}

static tw_status prepare(uint64_t elements, struct load *load, struct tw_err *err)
{
    uint64_t kept = elements / DENSITY;
    load->n = elements;
    load->normal = malloc(elements * sizeof *load->normal);
    load->other = malloc(elements * sizeof *load->other);
    load->out = calloc(elements, sizeof *load->out);
    load->indices = malloc((kept + 1) * sizeof *load->indices);
    load->wire = calloc(tw_codec_index_B(TW_INDEX_RICE, kept, elements) + 8, 1);
    if (!load->normal || !load->other || !load->out || !load->indices || !load->wire)
        return tw_err_set(err, TW_MEMORY, "bench: no memory for vectors of %llu values",
                          (unsigned long long)elements);
    load->ef14 = tw_feedback_find("ef14", TW_FP32);
    if (!load->ef14)
        return tw_err_set(err, TW_INTERNAL, "bench: there is no feedback rule ef14");
    tw_bench_normals(load->normal, elements);
    const struct tw_member *member = &load->ef14->member;
    return tw_options_defaults(member->options, member->option_count, load->ef14_params, err);
}

/* Rice's indices: those of the largest values. */
static tw_status choose_indices(struct load *load, struct tw_err *err)
{
    uint64_t kept = load->n / DENSITY;
    void *scratch = malloc(tw_select_scratch_B_f32(load->n, kept));
    if (!scratch)
        return tw_err_set(err, TW_MEMORY, "bench: no memory for a selection");
    tw_status status = tw_select_f32(load->normal, load->n, kept, scratch, load->indices);
    free(scratch);
    return status;
}

tw_status tw_bench_rows(uint64_t elements, int samples, FILE *to, struct tw_err *err)
{
    struct load load = {0};
    samples = samples < SAMPLES_MOST ? samples : SAMPLES_MOST;
    tw_status status = prepare(elements, &load, err);
    if (status == TW_OK)
        status = choose_indices(&load, err);
    if (status == TW_OK)
        status = measure(elements, samples, &load, to, err);
    free(load.normal);
    free(load.other);
    free(load.out);
    free(load.indices);
    free(load.wire);
    tw_work_free(&load.work);
    return status;
}
