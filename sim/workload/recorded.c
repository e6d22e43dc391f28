/* Gradients that another program recorded: a .npy array shaped (steps, ranks, d), or (steps, d) for
 * one rank. They do not answer to the weights, so there is no loss. The initial weights are zero.
 * reuse = error: every step and rank asked for must be in the file.
 * reuse = cycle: rank r at step t gets [t mod steps][r mod ranks]. Ranks that share a recorded rank
 * are then equal, which flatters every method that gathers supports. */
#include "workload.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
#include "base/vec.h"
#include "models.h"
#include "npy.h"
#include "tensor_csv.h"

#define CHUNK 512 /* values converted at a time */

enum reuse { REUSE_ERROR, REUSE_CYCLE };
static const char *const reuse_names[] = {"error", "cycle", NULL};

struct params {
    char file[TW_TEXT_MAX], layout[TW_TEXT_MAX];
    int reuse;
};

static const struct tw_option options[] = {
    {.name = "file",
     .type = TW_OPTION_FILE,
     .offset = offsetof(struct params, file),
     .unit = "",
     .help = ".npy of floats shaped (steps, ranks, d) or (steps, d)"},
    {.name = "layout",
     .type = TW_OPTION_FILE,
     .offset = offsetof(struct params, layout),
     .fallback = "",
     .unit = "",
     .help = "CSV of name,offset,rows,columns[,vector]; without it, one vector"},
    {.name = "reuse",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct params, reuse),
     .fallback = "error",
     .choices = reuse_names,
     .unit = "",
     .help = "when steps or ranks run out: stop before the run, or start again"},
};

struct recording {
    struct tw_npy npy;
    struct tw_model model;
    uint64_t steps, ranks, dimension;
    uint64_t hash;
};

/* File and layout, without looking at the values. */
static tw_status open_files(const struct params *params, struct recording *self, uint64_t *layout,
                            struct tw_err *err)
{
    struct tw_npy *npy = &self->npy;
    tw_status status;

    *layout = 0;
    if (!params->file[0])
        return tw_err_set(err, TW_INPUT, "recorded: file is not given");
    status = tw_npy_open(params->file, npy, err);
    if (status != TW_OK)
        return status;
    if (npy->dimensions < 2 || npy->dimensions > 3 || npy->count == 0) {
        tw_err_set(err, TW_CORRUPT, "%s: an array of %d dimensions and %llu values", params->file,
                   npy->dimensions, (unsigned long long)npy->count);
        return tw_err_hint(err, TW_CORRUPT,
                           "a recording is shaped (steps, ranks, d) or (steps, d)");
    }
    self->steps = npy->shape[0];
    self->ranks = npy->dimensions == 3 ? npy->shape[1] : 1;
    self->dimension = npy->shape[npy->dimensions - 1];
    if (params->layout[0])
        return tw_tensor_csv_read(params->layout, self->dimension, &self->model, layout, err);
    status = tw_model_even(self->dimension, 1, 0, &self->model, err);
    if (status == TW_OK)
        snprintf(self->model.tensors[0].name, sizeof self->model.tensors[0].name, "recorded");
    return status;
}

static void close_recorded(void *state)
{
    struct recording *self = state;

    if (!self)
        return;
    tw_npy_close(&self->npy);
    tw_model_free(&self->model);
    free(self);
}

static tw_status check_supply(const struct recording *self, const struct tw_workload_setup *setup,
                              struct tw_err *err)
{
    const struct params *params = setup->params;

    if (params->reuse == REUSE_CYCLE)
        return TW_OK;
    if (setup->steps <= self->steps && (uint64_t)setup->ranks <= self->ranks)
        return TW_OK;
    tw_err_set(err, TW_RANGE, "%s holds %llu steps of %llu ranks, the run needs %u of %d",
               params->file, (unsigned long long)self->steps, (unsigned long long)self->ranks,
               setup->steps, setup->ranks);
    return tw_err_hint(err, TW_RANGE, "reuse=\"cycle\" starts again from the first");
}

/* Gradient number `index` (step · ranks + rank) into out; the first value that is not finite is a
 * mistake of the file. */
static tw_status convert(const struct recording *self, uint64_t index, tw_real *out,
                         struct tw_err *err)
{
    double chunk[CHUNK];

    for (uint64_t i = 0; i < self->dimension; i += CHUNK) {
        const uint64_t n = self->dimension - i < CHUNK ? self->dimension - i : CHUNK;

        tw_npy_read(&self->npy, index * self->dimension + i, n, chunk);
        for (uint64_t j = 0; j < n; j++)
            out[i + j] = (tw_real)chunk[j];
        if (TW_T(tw_vec_finite)(out + i, n))
            continue;
        for (uint64_t j = 0; j < n; j++) {
            if (!isfinite((double)out[i + j]))
                return tw_err_set(
                    err, TW_CORRUPT,
                    "recorded: the value at step %llu, rank %llu, element %llu is %g%s",
                    (unsigned long long)(index / self->ranks),
                    (unsigned long long)(index % self->ranks), (unsigned long long)(i + j),
                    chunk[j], isfinite(chunk[j]) ? ", too large for fp32" : "");
        }
    }
    return TW_OK;
}

/* All values are looked at before the run, which reads the whole file once, as its hash does. */
static tw_status scan(const struct recording *self, const char *file, struct tw_err *err)
{
    struct tw_err inner = {0};
    tw_real *values = malloc(self->dimension * sizeof *values);
    tw_status status = TW_OK;

    if (!values)
        return tw_err_set(err, TW_MEMORY, "no memory for one recorded gradient");
    for (uint64_t i = 0; i < self->steps * self->ranks && status == TW_OK; i++)
        status = convert(self, i, values, &inner);
    free(values);
    if (status != TW_OK)
        tw_err_set(err, status, "%s: %s", file, inner.text);
    return status;
}

static tw_status open_recorded(const struct tw_workload_setup *setup, void **state,
                               struct tw_err *err)
{
    const struct params *params = setup->params;
    struct recording *self = calloc(1, sizeof *self);
    uint64_t hashes[2];
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    status = open_files(params, self, &hashes[1], err);
    if (status == TW_OK)
        status = check_supply(self, setup, err);
    if (status == TW_OK)
        status = scan(self, params->file, err);
    if (status != TW_OK) {
        close_recorded(self);
        return status;
    }
    hashes[0] = XXH3_64bits(self->npy.map, self->npy.map_B);
    self->hash = XXH3_64bits(hashes, sizeof hashes);
    *state = self;
    return TW_OK;
}

static tw_status check(const void *params, struct tw_err *err)
{
    struct recording *self = calloc(1, sizeof *self);
    uint64_t layout;
    tw_status status;

    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    status = open_files(params, self, &layout, err);
    close_recorded(self);
    return status;
}

static uint64_t dimension(const void *state)
{
    return ((const struct recording *)state)->dimension;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct recording *self = state;
    *count = self->model.count;
    return self->model.tensors;
}

static uint64_t data_hash(const void *state)
{
    return ((const struct recording *)state)->hash;
}

static void start(void *state, void *w)
{
    TW_T(tw_vec_zero)(w, ((const struct recording *)state)->dimension);
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    const struct recording *self = state;

    (void)w;
    return convert(self, step % self->steps * self->ranks + (uint64_t)rank % self->ranks, out, err);
}

const struct tw_workload TW_T(tw_workload_recorded) = {
    .member = {.name = "recorded",
               .summary = "gradients recorded in a .npy file",
               .source = "NumPy enhancement proposal 1 (the .npy format)",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_RECORDED_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_recorded,
    .close = close_recorded,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .data_hash = data_hash,
    .check = check,
};
