/* Two classes of a data set as sparse samples; the end of any. */
#include "samples.h"

#include <stdlib.h>
#include "dataset.h"

void tw_sparse_samples_free(struct tw_sparse_samples *samples)
{
    free(samples->positive);
    free(samples->starts);
    free(samples->columns);
    free(samples->values);
    *samples = (struct tw_sparse_samples){0};
}

/* Counts, then (with arrays in place) fills. */
static void take_pair(const struct tw_dataset *data, uint32_t positive, uint32_t negative,
                      struct tw_sparse_samples *samples, uint64_t *entries)
{
    const int fill = samples->starts != NULL;
    uint32_t count = 0;
    uint64_t at = 0;

    for (uint32_t i = 0; i < data->train.count; i++) {
        const uint8_t label = data->train.labels[i];
        const uint8_t *image = data->train.images + (uint64_t)i * data->features;

        if (label != positive && label != negative)
            continue;
        if (fill) {
            samples->positive[count] = label == positive;
            samples->starts[count] = at;
        }
        for (uint32_t j = 0; j < data->features; j++) {
            if (!image[j])
                continue;
            if (fill) {
                samples->columns[at] = j;
                samples->values[at] = image[j] / 255.0;
            }
            at++;
        }
        count++;
    }
    if (fill)
        samples->starts[count] = at;
    samples->count = count;
    *entries = at;
}

static tw_status make_pair(const struct tw_dataset *data, uint32_t positive, uint32_t negative,
                           struct tw_sparse_samples *samples, struct tw_err *err)
{
    uint64_t entries;
    int both = 0;

    for (uint32_t i = 0; i < data->train.count; i++)
        both |= data->train.labels[i] == positive ? 1 : data->train.labels[i] == negative ? 2 : 0;
    if (positive == negative || both != 3)
        return tw_err_set(err, TW_RANGE, "classes %u and %u are not two that the data set has",
                          positive, negative);
    samples->features = data->features;
    samples->hash = data->hash;
    take_pair(data, positive, negative, samples, &entries);
    samples->positive = malloc(samples->count);
    samples->columns = malloc((entries + 1) * sizeof *samples->columns);
    samples->values = malloc((entries + 1) * sizeof *samples->values);
    samples->starts = malloc(((size_t)samples->count + 1) * sizeof *samples->starts);
    if (!samples->positive || !samples->columns || !samples->values || !samples->starts)
        return tw_err_set(err, TW_MEMORY, "no memory for %u samples", samples->count);
    take_pair(data, positive, negative, samples, &entries);
    return TW_OK;
}

tw_status tw_pair_open(int index, uint32_t positive, uint32_t negative,
                       struct tw_sparse_samples *samples, struct tw_err *err)
{
    struct tw_dataset data;
    tw_status status = tw_dataset_open(index, &data, err);

    *samples = (struct tw_sparse_samples){0};
    if (status != TW_OK)
        return status;
    status = make_pair(&data, positive, negative, samples, err);
    tw_dataset_close(&data);
    if (status != TW_OK)
        tw_sparse_samples_free(samples);
    return status;
}
