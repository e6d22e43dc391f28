/* Gradients that another program recorded (recording.h: .npy, .npz, safetensors; all ranks in one
 * file or a file for each). They do not answer to the weights, so there is no loss. The initial
 * weights are zero. reuse = error: every step and rank asked for must be in the file. reuse =
 * cycle: rank r at step t gets [t mod steps][r mod ranks]. Ranks that share a recorded rank are
 * then equal, which flatters every method that gathers supports. */
#include "workload.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/vec.h"
#include "recording.h"

#define CHUNK 512 /* values converted at a time */

enum reuse { REUSE_ERROR, REUSE_CYCLE };
static const char *const reuse_names[] = {"error", "cycle", NULL};
static const char *const yes_names[] = {"no", "yes", NULL};

struct params {
    char file[TW_TEXT_MAX], layout[TW_TEXT_MAX];
    int reuse, per_rank;
};

static const struct tw_option options[] = {
    {.name = "file",
     .type = TW_OPTION_FILE,
     .offset = offsetof(struct params, file),
     .unit = "",
     .help =
         ".npy of floats shaped (steps, ranks, d) or (steps, d), or .npz or safetensors with an "
         "array (steps, ranks, ...) per tensor"},
    {.name = "layout",
     .type = TW_OPTION_FILE,
     .offset = offsetof(struct params, layout),
     .fallback = "",
     .unit = "",
     .help =
         "CSV of name,offset,rows,columns[,vector]; without it, the tensors that the file names, "
         "or one vector"},
    {.name = "reuse",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct params, reuse),
     .fallback = "error",
     .choices = reuse_names,
     .unit = "",
     .help = "when steps or ranks run out: stop before the run, or start again"},
    {.name = "per_rank",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct params, per_rank),
     .fallback = "no",
     .choices = yes_names,
     .unit = "",
     .help =
         "file is rank 0's, without a dimension of ranks; the others' have their number for its 0"},
};

static const char *const late[] = {"per_rank", NULL};

struct recorded {
    struct tw_recording recording;
    uint64_t hash;
};

static tw_status open_files(const struct params *params, struct tw_recording *self,
                            struct tw_err *err)
{
    if (!params->file[0])
        return tw_err_set(err, TW_INPUT, "recorded: file is not given");
    return tw_recording_open(params->file, params->layout, params->per_rank, self, err);
}

static void close_recorded(void *state)
{
    struct recorded *self = state;

    if (self)
        tw_recording_close(&self->recording);
    free(self);
}

static tw_status check_supply(const struct tw_recording *self,
                              const struct tw_workload_setup *setup, struct tw_err *err)
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

static tw_status not_finite(const struct tw_recorded_piece *piece, uint64_t step, uint64_t rank,
                            uint64_t element, double value, struct tw_err *err)
{
    const int named = piece->name[0] != '\0';

    tw_err_set(err, TW_CORRUPT,
               "recorded: the value at step %llu, rank %llu, %s%s%selement %llu is %g%s",
               (unsigned long long)step, (unsigned long long)rank, named ? "tensor " : "",
               piece->name, named ? ", " : "", (unsigned long long)element, value,
               isfinite(value) ? ", too large for fp32" : "");
    return tw_err_hint(
        err, TW_CORRUPT,
        isfinite(value)
            ? "valid: finite numbers of fp32, up to 3.4e38 in size; precision=\"fp64\" takes "
              "larger ones"
            : "valid: finite numbers; record before the run diverges, or ask for fewer steps");
}

/* One piece of a gradient into out; the first value that is not finite is a mistake of the file. */
static tw_status convert_piece(const struct tw_recording *self, uint64_t step, uint64_t rank,
                               int index, tw_real *out, struct tw_err *err)
{
    const struct tw_recorded_piece *piece = &self->pieces[index];
    double chunk[CHUNK];

    for (uint64_t i = 0; i < piece->count; i += CHUNK) {
        const uint64_t n = piece->count - i < CHUNK ? piece->count - i : CHUNK;

        tw_recording_read(self, step, rank, index, i, n, chunk);
        for (uint64_t j = 0; j < n; j++)
            out[i + j] = (tw_real)chunk[j];
        if (TW_T(tw_vec_finite)(out + i, n))
            continue;
        for (uint64_t j = 0; j < n; j++) {
            if (!isfinite((double)out[i + j]))
                return not_finite(piece, step, rank, i + j, chunk[j], err);
        }
    }
    return TW_OK;
}

static tw_status convert(const struct tw_recording *self, uint64_t step, uint64_t rank,
                         tw_real *out, struct tw_err *err)
{
    tw_status status = TW_OK;

    for (int i = 0; i < self->piece_count && status == TW_OK; i++)
        status = convert_piece(self, step, rank, i, out + self->pieces[i].first, err);
    return status;
}

/* All values are looked at before the run, which reads the whole file once, as its hash does. */
static tw_status scan(const struct tw_recording *self, const char *file, struct tw_err *err)
{
    struct tw_err inner = {0};
    tw_real *values = malloc(self->dimension * sizeof *values);
    tw_status status = TW_OK;

    if (!values)
        return tw_err_set(err, TW_MEMORY, "no memory for one recorded gradient");
    for (uint64_t i = 0; i < self->steps * self->ranks && status == TW_OK; i++)
        status = convert(self, i / self->ranks, i % self->ranks, values, &inner);
    free(values);
    if (status != TW_OK)
        tw_err_set(err, status, "%s: %s", file, inner.text);
    return status;
}

static tw_status open_recorded(const struct tw_workload_setup *setup, void **state,
                               struct tw_err *err)
{
    const struct params *params = setup->params;
    struct recorded *self = calloc(1, sizeof *self);
    tw_status status;

    *state = NULL;
    if (!self)
        return tw_err_set(err, TW_MEMORY, "no memory for the workload");
    status = open_files(params, &self->recording, err);
    if (status == TW_OK)
        status = check_supply(&self->recording, setup, err);
    if (status == TW_OK && !setup->shapes_only)
        status = scan(&self->recording, params->file, err);
    if (status != TW_OK) {
        close_recorded(self);
        return status;
    }
    self->hash = setup->shapes_only ? 0 : tw_recording_hash(&self->recording);
    *state = self;
    return TW_OK;
}

static tw_status check(const void *params, struct tw_err *err)
{
    struct tw_recording recording = {0};
    tw_status status = open_files(params, &recording, err);

    tw_recording_close(&recording);
    return status;
}

/* The files of the ranks from 1 on. */
static int data_file(const void *params, int i, char *path, size_t size)
{
    const struct params *p = params;

    return p->per_rank && tw_recording_rank_file(p->file, (uint64_t)i + 1, path, size) &&
           access(path, F_OK) == 0;
}

static uint64_t dimension(const void *state)
{
    return ((const struct recorded *)state)->recording.dimension;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct tw_recording *self = &((const struct recorded *)state)->recording;
    *count = self->model.count;
    return self->model.tensors;
}

static uint64_t data_hash(const void *state)
{
    return ((const struct recorded *)state)->hash;
}

static void start(void *state, void *w)
{
    TW_T(tw_vec_zero)(w, dimension(state));
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    const struct tw_recording *self = &((const struct recorded *)state)->recording;

    (void)w;
    return convert(self, step % self->steps, (uint64_t)rank % self->ranks, out, err);
}

const struct tw_workload TW_T(tw_workload_recorded) = {
    .member = {.name = "recorded",
               .summary = "gradients recorded in .npy, .npz or safetensors files",
               .source = "NumPy enhancement proposal 1 (.npy); Hugging Face safetensors",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_RECORDED_DATA,
               .late = late},
    .precision = TW_THIS_PRECISION,
    .open = open_recorded,
    .tells_shapes = 1,
    .close = close_recorded,
    .dimension = dimension,
    .tensors = tensors,
    .start = start,
    .gradient = gradient,
    .data_hash = data_hash,
    .data_file = data_file,
    .check = check,
};
