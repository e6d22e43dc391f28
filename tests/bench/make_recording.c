/* links: tw_workload tw_base */
/* Makes the recording that ships in scenarios/data/: trains softmax regression on Fashion-MNIST
 * with plain SGD (rate 0.1, 4 ranks, batch 32, seed 1), and from step WARM-UP on writes every
 * rank's gradient as half floats in a .npy shaped (steps, ranks, 7850), and the layout as CSV.
 *     make_recording OUT.npy LAYOUT.csv [WARM-UP [STEPS]]        defaults 100 and 4
 * Same arguments, same bytes (on one machine, compiler and C library). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "workload/workload.h"

#define RANKS 4

/* Nearest half float, ties to even; values beyond its range do not occur here and become infinite,
 * which the reader would refuse. */
static uint16_t to_half(float value)
{
    const uint16_t sign = signbit(value) ? 0x8000 : 0;
    int exponent;
    const double fraction = frexp(fabs((double)value), &exponent); /* in [0.5, 1) · 2^exponent */

    if (!(fabs((double)value) < 65520))
        return sign | 0x7c00;
    if (value == 0 ||
        exponent <
            -13) /* zero or subnormal: a multiple of 2^−24; a carry makes the smallest normal */
        return sign | (uint16_t)nearbyint(ldexp(fraction, exponent + 24));
    /* the hidden bit of 1024 … 2048 adds one to the exponent, as does a carry */
    return sign | (uint16_t)(((exponent + 13) << 10) + (int)nearbyint(ldexp(fraction, 11)));
}

static int write_header(FILE *file, unsigned steps, uint64_t d)
{
    char header[118 + 1];
    int length = snprintf(header, sizeof header,
                          "{'descr': '<f2', 'fortran_order': False, 'shape': (%u, %d, %llu), }",
                          steps, RANKS, (unsigned long long)d);

    memset(header + length, ' ', 117 - (size_t)length);
    header[117] = '\n'; /* 10 + 118 bytes: a multiple of 64 */
    return fwrite("\x93NUMPY\1\0\x76\0", 1, 10, file) == 10 && fwrite(header, 1, 118, file) == 118;
}

static int write_gradient(FILE *file, const float *gradient, uint64_t d)
{
    for (uint64_t i = 0; i < d; i++) {
        const uint16_t half = to_half(gradient[i]);
        if (fputc(half & 255, file) == EOF || fputc(half >> 8, file) == EOF)
            return 0;
    }
    return 1;
}

static int write_layout(const char *path, const struct tw_tensor *tensors, int count)
{
    FILE *file = fopen(path, "w");
    int good = file != NULL;

    if (!good)
        return 0;
    good = fprintf(file, "name,offset,rows,columns,vector\n") > 0;
    for (int t = 0; t < count && good; t++)
        good = fprintf(file, "%s,%llu,%llu,%llu,%d\n", tensors[t].name,
                       (unsigned long long)tensors[t].offset, (unsigned long long)tensors[t].rows,
                       (unsigned long long)tensors[t].columns, tensors[t].vector) > 0;
    return fclose(file) == 0 && good;
}

struct trainer {
    const struct tw_workload *workload;
    void *state;
    uint64_t d;
    float *w, *gradient, *sum;
};

/* One step of all ranks; writes their gradients where file is not NULL. */
static tw_status train_step(struct trainer *t, uint32_t step, FILE *file, struct tw_err *err)
{
    memset(t->sum, 0, t->d * sizeof *t->sum);
    for (int rank = 0; rank < RANKS; rank++) {
        const tw_status status =
            t->workload->gradient(t->state, rank, step, t->w, t->gradient, err);
        if (status != TW_OK)
            return status;
        if (file && !write_gradient(file, t->gradient, t->d))
            return tw_err_set(err, TW_IO, "the recording cannot be written");
        for (uint64_t i = 0; i < t->d; i++)
            t->sum[i] += t->gradient[i];
    }
    for (uint64_t i = 0; i < t->d; i++)
        t->w[i] -= 0.1F / RANKS * t->sum[i];
    return TW_OK;
}

static tw_status record(struct trainer *t, const char *path, const char *layout, unsigned warm_up,
                        unsigned steps, struct tw_err *err)
{
    int count;
    const struct tw_tensor *tensors = t->workload->tensors(t->state, &count);
    FILE *file = fopen(path, "w");
    tw_status status = TW_OK;

    if (!file || !write_header(file, steps, t->d) || !write_layout(layout, tensors, count))
        status = tw_err_set(err, TW_IO, "%s or %s cannot be written", path, layout);
    for (unsigned step = 0; step < warm_up + steps && status == TW_OK; step++)
        status = train_step(t, step, step < warm_up ? NULL : file, err);
    if (file && fclose(file) != 0 && status == TW_OK)
        status = tw_err_set(err, TW_IO, "%s cannot be written", path);
    return status;
}

static tw_status run(const char *path, const char *layout, unsigned warm_up, unsigned steps,
                     struct tw_err *err)
{
    struct trainer t = {.workload = tw_workload_find("softmax", TW_FP32)};
    union {
        unsigned char bytes[TW_PARAMS_MAX];
        double align;
    } params = {{0}};
    const struct tw_workload_setup setup = {
        .ranks = RANKS, .batch = 32, .steps = warm_up + steps, .seed = 1, .params = &params};
    const struct tw_member *member = &t.workload->member;
    tw_status status = tw_options_defaults(member->options, member->option_count, &params, err);

    if (status == TW_OK)
        status = t.workload->open(&setup, &t.state, err);
    if (status != TW_OK)
        return status;
    t.d = t.workload->dimension(t.state);
    t.w = calloc(3 * t.d, sizeof *t.w);
    if (t.w) {
        t.gradient = t.w + t.d;
        t.sum = t.gradient + t.d;
        t.workload->start(t.state, t.w);
        status = record(&t, path, layout, warm_up, steps, err);
    } else {
        status = tw_err_set(err, TW_MEMORY, "no memory for the weights");
    }
    free(t.w);
    t.workload->close(t.state);
    return status;
}

int main(int count, char **arguments)
{
    struct tw_err err = {0};
    const long warm_up = count > 3 ? strtol(arguments[3], NULL, 10) : 100;
    const long steps = count > 4 ? strtol(arguments[4], NULL, 10) : 4;

    if (count < 3 || count > 5 || warm_up < 0 || steps < 1 || warm_up + steps > 1000000) {
        fprintf(stderr, "usage: make_recording OUT.npy LAYOUT.csv [WARM-UP [STEPS]]\n");
        return 2;
    }
    if (run(arguments[1], arguments[2], (unsigned)warm_up, (unsigned)steps, &err) != TW_OK) {
        fprintf(stderr, "make_recording: %s\n%s\n", err.text, err.hint);
        return 1;
    }
    return 0;
}
