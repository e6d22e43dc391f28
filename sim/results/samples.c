/* Joining steps.csv with points.csv. */
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct keyed {
    const char *key;
    int row;
};

static int by_key(const void *left, const void *right)
{
    return strcmp(((const struct keyed *)left)->key, ((const struct keyed *)right)->key);
}

static int by_row_and_step(const void *left, const void *right)
{
    const struct tw_sample *a = left, *b = right;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->step > b->step) - (a->step < b->step);
}

/* Columns of steps.csv that curves are made of. */
struct step_columns {
    int key, step, time_s, value;
};

static tw_status find_columns(const struct tw_table *steps, const char *column,
                              struct step_columns *at, struct tw_err *err)
{
    const char *const names[] = {"key", "step", "time_s", column};
    int *const found[] = {&at->key, &at->step, &at->time_s, &at->value};
    for (int i = 0; i < 4; i++)
        if ((*found[i] = tw_table_column(steps, names[i])) < 0)
            return tw_err_set(err, TW_INPUT, "steps.csv has no column %s", names[i]);
    return TW_OK;
}

/* The first of the sorted keys that is not less. */
static int first_not_less(const struct keyed *keys, int count, const char *key)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (strcmp(keys[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Samples of one row of steps.csv: one for every point of its key, for an axis may change nothing
 * for a method. With samples NULL only counts. */
static int sample_row(const struct tw_figure_input *input, const struct step_columns *at, int row,
                      const struct keyed *keys, struct tw_sample *samples)
{
    const struct tw_table *steps = input->steps;
    const char *key = tw_table_text(steps, row, at->key);
    struct tw_sample sample = {0, tw_table_real(steps, row, at->step),
                               tw_table_real(steps, row, at->time_s),
                               tw_table_real(steps, row, at->value)};
    int count = 0;
    if (isnan(sample.step) || isnan(sample.time_s) || isnan(sample.value))
        return 0;
    for (int k = first_not_less(keys, input->points->rows, key);
         k < input->points->rows && !strcmp(keys[k].key, key); k++, count++) {
        sample.row = keys[k].row;
        if (samples)
            samples[count] = sample;
    }
    return count;
}

tw_status tw_samples_join(const struct tw_figure_input *input, const char *column,
                          struct tw_sample **samples, int *count, struct tw_err *err)
{
    const struct tw_table *points = input->points;
    struct step_columns at;
    int key = tw_table_column(points, "key");
    size_t total = 0;
    tw_status status = find_columns(input->steps, column, &at, err);
    if (!status && key < 0)
        status = tw_err_set(err, TW_INPUT, "points.csv has no column key");
    if (status)
        return status;
    struct keyed *keys = malloc(((size_t)points->rows + 1) * sizeof *keys);
    if (!keys)
        return TW_MEMORY;
    for (int r = 0; r < points->rows; r++)
        keys[r] = (struct keyed){tw_table_text(points, r, key), r};
    qsort(keys, (size_t)points->rows, sizeof *keys, by_key);
    for (int s = 0; s < input->steps->rows; s++)
        total += (size_t)sample_row(input, &at, s, keys, NULL);
    *samples = malloc((total + 1) * sizeof **samples);
    for (int s = 0; *samples && s < input->steps->rows; s++)
        *count += sample_row(input, &at, s, keys, *samples + *count);
    if (*samples)
        qsort(*samples, (size_t)*count, sizeof **samples, by_row_and_step);
    free(keys);
    return *samples ? TW_OK : TW_MEMORY;
}

/* The first sample of that row or a later one. */
static int first_of(const struct tw_sample *samples, int count, int row)
{
    int low = 0, high = count;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (samples[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int tw_samples_of(const struct tw_sample *samples, int count, int row, int *first)
{
    *first = first_of(samples, count, row);
    return first_of(samples, count, row + 1) - *first;
}
