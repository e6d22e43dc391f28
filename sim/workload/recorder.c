/* Records gradients in the forms that recording.h reads. The whole file has its size from the
 * beginning; each gradient goes to its place, so that the order of asking does not matter:
 *   .npy           (steps, ranks, d): one piece per gradient
 *   safetensors    (steps, ranks, …shape) per tensor: one piece per tensor of a gradient
 * It is written under a temporary name, and renamed when it is whole. */
#include "recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <jansson.h>

#define NPY_HEADER_B 128

static tw_status failed(const struct tw_recorder *self, const char *what, struct tw_err *err)
{
    return tw_err_set(err, TW_IO, "%s: %s: %s", self->path, what, strerror(errno));
}

static tw_status put(const struct tw_recorder *self, const void *bytes, size_t size, uint64_t at,
                     struct tw_err *err)
{
    const unsigned char *from = bytes;

    while (size > 0) {
        const ssize_t done = pwrite(self->file, from, size, (off_t)at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return failed(self, "writing failed", err);
        from += done;
        at += (uint64_t)done;
        size -= (size_t)done;
    }
    return TW_OK;
}

/* ---- headers ---- */

static tw_status put_npy_header(struct tw_recorder *self, struct tw_err *err)
{
    unsigned char header[NPY_HEADER_B];
    const int length = snprintf((char *)header + 10, sizeof header - 10,
                                "{'descr': '<f%u', 'fortran_order': False, 'shape': (%" PRIu32
                                ", %d, %" PRIu64 "), }",
                                self->value_B, self->steps, self->ranks, self->values);

    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = NPY_HEADER_B - 10;
    header[9] = 0;
    memset(header + 10 + length, ' ', sizeof header - 10 - (size_t)length);
    header[sizeof header - 1] = '\n';
    self->header_B = sizeof header;
    return put(self, header, sizeof header, 0, err);
}

/* {"dtype": …, "shape": [steps, ranks, …], "data_offsets": […]} */
static json_t *describe(const struct tw_recorder *self, const struct tw_tensor *tensor)
{
    const json_int_t unit = (json_int_t)self->gradients * (json_int_t)self->value_B;
    const json_int_t begin = unit * (json_int_t)tensor->offset;
    const json_int_t end = begin + unit * (json_int_t)tw_tensor_size(tensor);
    json_t *shape = json_pack("[I, i]", (json_int_t)self->steps, self->ranks);

    if (!tensor->vector)
        json_array_append_new(shape, json_integer((json_int_t)tensor->rows));
    json_array_append_new(shape, json_integer((json_int_t)tensor->columns));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", self->value_B == 8 ? "F64" : "F32", "shape",
                     shape, "data_offsets", begin, end);
}

static tw_status put_safetensors_header(struct tw_recorder *self, struct tw_err *err)
{
    json_t *header = json_object();
    tw_status status = TW_OK;
    unsigned char size[8];
    uint64_t length;
    char *text;
    int count;
    const struct tw_tensor *tensors = self->inner->tensors(self->inner_state, &count);

    for (int t = 0; t < count; t++)
        status |= json_object_set_new(header, tensors[t].name, describe(self, &tensors[t])) ? 1 : 0;
    text = json_dumps(header, JSON_COMPACT);
    if (status || !text || json_object_size(header) != (size_t)count) {
        status = tw_err_set(err, TW_MEMORY, "%s: its header could not be made", self->path);
        goto done;
    }
    length = (strlen(text) + 7) / 8 * 8; /* padded by spaces */
    self->header_B = 8 + length;
    for (int i = 0; i < 8; i++)
        size[i] = (unsigned char)(length >> 8 * i);
    status = put(self, size, sizeof size, 0, err);
    if (status == TW_OK)
        status = put(self, text, strlen(text), 8, err);
    if (status == TW_OK)
        status = put(self, "        ", length - strlen(text), 8 + strlen(text), err);
done:
    free(text);
    json_decref(header);
    return status;
}

static tw_status put_layout(const struct tw_recorder *self, struct tw_err *err)
{
    char path[4200];
    FILE *file;
    int count, bad;
    const struct tw_tensor *tensors = self->inner->tensors(self->inner_state, &count);

    snprintf(path, sizeof path, "%s/layout.csv", self->directory);
    file = fopen(path, "we");
    if (!file)
        return tw_err_set(err, TW_IO, "%s: %s", path, strerror(errno));
    fputs("name,offset,rows,columns,vector\n", file);
    for (int t = 0; t < count; t++)
        fprintf(file, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%d\n", tensors[t].name,
                tensors[t].offset, tensors[t].rows, tensors[t].columns, tensors[t].vector);
    bad = ferror(file);
    if (fclose(file) != 0 || bad)
        return tw_err_set(err, TW_IO, "%s: writing failed", path);
    return TW_OK;
}

/* ---- the workload around the workload ---- */

static tw_status start_file(struct tw_recorder *self, struct tw_err *err)
{
    const char *name = self->form == TW_RECORD_NPY ? "gradients.npy" : "gradients.safetensors";
    tw_status status;

    if (mkdir(self->directory, 0777) && errno != EEXIST)
        return tw_err_set(err, TW_IO, "%s: %s", self->directory, strerror(errno));
    if (snprintf(self->path, sizeof self->path, "%s/%s", self->directory, name) >=
        (int)sizeof self->path)
        return tw_err_set(err, TW_IO, "path too long: %s", self->directory);
    snprintf(self->temporary, sizeof self->temporary, "%s.%ld.tmp", self->path, (long)getpid());
    self->seen = calloc((size_t)(self->gradients / 8 + 1), 1);
    if (!self->seen)
        return tw_err_set(err, TW_MEMORY, "%s: no memory", self->path);
    self->file = open(self->temporary, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
    if (self->file < 0)
        return failed(self, "cannot be written", err);
    status =
        self->form == TW_RECORD_NPY ? put_npy_header(self, err) : put_safetensors_header(self, err);
    if (status == TW_OK && self->form == TW_RECORD_NPY)
        status = put_layout(self, err);
    return status;
}

static tw_status open_both(const struct tw_workload_setup *setup, void **state, struct tw_err *err)
{
    struct tw_recorder *self = *(struct tw_recorder *const *)setup->params;
    struct tw_workload_setup inner = *setup;
    tw_status status;

    *state = NULL;
    inner.params = self->inner_params;
    status = self->inner->open(&inner, &self->inner_state, err);
    if (status != TW_OK)
        return status;
    self->value_B = tw_precision_B(setup->precision);
    self->steps = setup->steps;
    self->ranks = setup->ranks;
    self->values = self->inner->dimension(self->inner_state);
    self->gradients = (uint64_t)setup->steps * (uint64_t)setup->ranks;
    status = start_file(self, err);
    if (status == TW_OK)
        *state = self;
    else
        self->inner->close(self->inner_state);
    return status;
}

static void close_inner(void *state)
{
    struct tw_recorder *self = state;

    if (self)
        self->inner->close(self->inner_state);
}

/* Index of a gradient of `size` values among those of its place in the file. */
static tw_status put_gradient(struct tw_recorder *self, uint64_t index, const unsigned char *g,
                              struct tw_err *err)
{
    tw_status status = TW_OK;
    int count;
    const struct tw_tensor *tensors = self->inner->tensors(self->inner_state, &count);

    if (self->form == TW_RECORD_NPY)
        return put(self, g, self->values * self->value_B,
                   self->header_B + index * self->values * self->value_B, err);
    for (int t = 0; t < count && status == TW_OK; t++) {
        const uint64_t size = tw_tensor_size(&tensors[t]);
        const uint64_t at = self->gradients * tensors[t].offset + index * size;
        status = put(self, g + tensors[t].offset * self->value_B, size * self->value_B,
                     self->header_B + at * self->value_B, err);
    }
    return status;
}

static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    struct tw_recorder *self = state;
    const uint64_t index = (uint64_t)step * (uint64_t)self->ranks + (uint64_t)rank;
    tw_status status = self->inner->gradient(self->inner_state, rank, step, w, out, err);

    if (status != TW_OK || step >= self->steps)
        return status; /* beyond the last step gradients are only measured */
    status = put_gradient(self, index, out, err);
    if (status == TW_OK && !(self->seen[index / 8] >> index % 8 & 1U)) {
        self->seen[index / 8] |= (unsigned char)(1U << index % 8);
        self->written++;
    }
    return status;
}

static uint64_t dimension(const void *state)
{
    const struct tw_recorder *self = state;
    return self->inner->dimension(self->inner_state);
}

static const struct tw_tensor *tensors_of(const void *state, int *count)
{
    const struct tw_recorder *self = state;
    return self->inner->tensors(self->inner_state, count);
}

static void start(void *state, void *w)
{
    struct tw_recorder *self = state;
    self->inner->start(self->inner_state, w);
}

static tw_status loss(void *state, const void *w, double *value, double *accuracy,
                      struct tw_err *err)
{
    struct tw_recorder *self = state;
    return self->inner->loss(self->inner_state, w, value, accuracy, err);
}

static double distance(void *state, const void *w)
{
    struct tw_recorder *self = state;
    return self->inner->distance(self->inner_state, w);
}

static uint64_t data_hash(const void *state)
{
    const struct tw_recorder *self = state;
    return self->inner->data_hash(self->inner_state);
}

tw_status tw_recorder_make(struct tw_recorder *recorder, const char *directory,
                           enum tw_record_form form, const struct tw_workload *workload,
                           const void *params, struct tw_err *err)
{
    *recorder = (struct tw_recorder){.file = -1};
    if (workload->member.traits & TW_SIZES_ONLY)
        return tw_err_set(err, TW_REFUSED, "workload %s has no gradients to record",
                          workload->member.name);
    if (tw_workload_sampled(workload, params) > 0)
        return tw_err_set(err, TW_REFUSED, "only some ranks of a sampled run have gradients");
    recorder->ops = (struct tw_workload){.member = workload->member,
                                         .precision = workload->precision,
                                         .open = open_both,
                                         .close = close_inner,
                                         .dimension = dimension,
                                         .tensors = tensors_of,
                                         .start = start,
                                         .gradient = gradient,
                                         .loss = workload->loss ? loss : NULL,
                                         .distance = workload->distance ? distance : NULL,
                                         .data_hash = data_hash};
    recorder->self = recorder;
    recorder->inner = workload;
    recorder->inner_params = params;
    recorder->directory = directory;
    recorder->form = form;
    return TW_OK;
}

tw_status tw_recorder_finish(struct tw_recorder *recorder, struct tw_err *err)
{
    tw_status status = TW_OK;

    if (recorder->file < 0)
        return tw_err_set(err, TW_INTERNAL, "a recording that was never begun");
    if (recorder->written != recorder->gradients) {
        status = tw_err_set(err, TW_DIVERGED,
                            "%s: the run ended after %" PRIu64 " of its %" PRIu64
                            " gradients; nothing is kept",
                            recorder->path, recorder->written, recorder->gradients);
        tw_err_hint(err, status, "record fewer steps, or a run that does not diverge");
    } else if (fsync(recorder->file) != 0) {
        status = failed(recorder, "writing failed", err);
    } else if (rename(recorder->temporary, recorder->path) != 0) {
        status = failed(recorder, "renaming failed", err);
    }
    tw_recorder_abandon(recorder);
    return status;
}

void tw_recorder_abandon(struct tw_recorder *recorder)
{
    if (recorder->file >= 0) {
        close(recorder->file);
        unlink(recorder->temporary); /* not there any more after a success */
    }
    recorder->file = -1;
    free(recorder->seen);
    recorder->seen = NULL;
}
