/* Opening a workload of weights for a test, and asking it for loss and gradient. */
#ifndef TEST_WORKLOAD_OPEN_H
#define TEST_WORKLOAD_OPEN_H

#include "unit/test_workload_data.h"

#define SEED 42

struct opened {
    const struct tw_workload *workload;
    void *state;
    uint64_t d;
};

static inline tw_status try_open(struct opened *o, const char *name, enum tw_precision precision,
                                 int ranks, uint32_t batch, const char *const *texts,
                                 struct tw_err *err)
{
    union test_params params;
    struct tw_workload_setup setup = {.precision = precision,
                                      .ranks = ranks,
                                      .batch = batch,
                                      .steps = 10,
                                      .seed = SEED,
                                      .params = &params};

    *o = (struct opened){.workload = tw_workload_find(name, precision)};
    ck_assert_ptr_nonnull(o->workload);
    test_set_options(o->workload, &params, texts);
    const tw_status status = o->workload->open(&setup, &o->state, err);
    o->d = o->state ? o->workload->dimension(o->state) : 0;
    return status;
}

static inline struct opened open_as(const char *name, enum tw_precision precision, int ranks,
                                    uint32_t batch, const char *const *texts)
{
    struct opened o;
    struct tw_err err = {0};

    ck_assert_msg(try_open(&o, name, precision, ranks, batch, texts, &err) == TW_OK, "%s",
                  err.text);
    return o;
}

static inline double *numbers(uint64_t n)
{
    double *x = calloc(n, sizeof *x);
    ck_assert_ptr_nonnull(x);
    return x;
}

/* accuracy may be NULL. */
static inline double loss_at(const struct opened *o, const void *w, double *accuracy)
{
    struct tw_err err = {0};
    double loss, unused;

    ck_assert_int_eq(o->workload->loss(o->state, w, &loss, accuracy ? accuracy : &unused, &err),
                     TW_OK);
    return loss;
}

static inline void gradient_at(const struct opened *o, int rank, uint32_t step, const void *w,
                               void *out)
{
    struct tw_err err = {0};
    ck_assert_int_eq(o->workload->gradient(o->state, rank, step, w, out, &err), TW_OK);
}

/* The start, moved by sd·N(0, 1): off the zeros of biases and the ones of norms. fp64; the caller
 * frees them. */
static inline double *some_weights(const struct opened *o, double sd)
{
    const struct tw_stream_key key = {.seed = SEED, .purpose = TW_PURPOSE_TEST};
    double *w = numbers(o->d), *noise = numbers(o->d);
    struct tw_stream stream;

    tw_stream_open(&stream, &key);
    o->workload->start(o->state, w);
    tw_stream_normals(&stream, noise, o->d);
    for (uint64_t i = 0; i < o->d; i++)
        w[i] += sd * noise[i];
    free(noise);
    return w;
}

/* For workloads opened with one sample per rank, so that the mean of the ranks' gradients is the
 * loss's: compares both for a direction within each tensor, so that none hides behind another.
 * Central differences of step h: |error| ≤ floor + 1e-6·‖the tensor's gradient‖. */
static inline void check_each_tensor(const struct opened *o, int ranks, const double *w, double h,
                                     double floor)
{
    const struct tw_stream_key key = {.seed = 17, .purpose = TW_PURPOSE_TEST};
    double *moved = numbers(o->d), *mean = numbers(o->d), *one = numbers(o->d);
    struct tw_stream stream;
    int count;
    const struct tw_tensor *tensors = o->workload->tensors(o->state, &count);

    tw_stream_open(&stream, &key);
    for (int rank = 0; rank < ranks; rank++) {
        gradient_at(o, rank, 3, w, one);
        for (uint64_t i = 0; i < o->d; i++)
            mean[i] += one[i] / ranks;
    }
    for (int t = 0; t < count; t++) {
        const uint64_t size = tw_tensor_size(&tensors[t]), at = tensors[t].offset;
        double slope = 0, square = 0, ends[2];

        tw_stream_normals(&stream, one, size);
        for (uint64_t i = 0; i < size; i++) {
            one[i] /= sqrt((double)size);
            slope += mean[at + i] * one[i];
            square += mean[at + i] * mean[at + i];
        }
        for (int side = 0; side < 2; side++) {
            memcpy(moved, w, o->d * sizeof *w);
            for (uint64_t i = 0; i < size; i++)
                moved[at + i] += (side ? h : -h) * one[i];
            ends[side] = loss_at(o, moved, NULL);
        }
        ck_assert_double_gt(square, 0);
        ck_assert_msg(fabs((ends[1] - ends[0]) / (2 * h) - slope) < floor + 1e-6 * sqrt(square),
                      "seed 17 %s: %.12g instead of %.12g", tensors[t].name,
                      (ends[1] - ends[0]) / (2 * h), slope);
    }
    free(moved);
    free(mean);
    free(one);
}

#endif
