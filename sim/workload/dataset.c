/* Fashion-MNIST: Xiao, Rasul and Vollgraf, arXiv:1708.07747; MIT licence, Zalando SE. */
#include "dataset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>
#include "idx.h"

const char *const tw_dataset_names[] = {"fashion-mnist", NULL};

struct source {
    const char *package; /* Debian's */
    uint32_t height, width, classes;
};

static const struct source sources[] = {
    {"dataset-fashion-mnist", 28, 28, 10},
};

/* Training images and labels, test images and labels: names of the MNIST family. */
static const char *const files[TW_DATASET_FILES] = {
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz"};

tw_status tw_dataset_path(int index, int file, char *path, size_t size, struct tw_err *err)
{
    const char *root = getenv("THINWIRE_DATA");
    const int length =
        snprintf(path, size, "%s/%s/%s", root && *root ? root : "/usr/share/datasets",
                 tw_dataset_names[index], files[file]);
    if (length < 0 || (size_t)length >= size)
        return tw_err_set(err, TW_IO, "THINWIRE_DATA: the path is longer than %zu bytes", size);
    return TW_OK;
}

static tw_status say_package(int index, tw_status status, struct tw_err *err)
{
    return tw_err_hint(err, status,
                       "install the Debian package %s, or set THINWIRE_DATA to the directory that "
                       "holds %s/",
                       sources[index].package, tw_dataset_names[index]);
}

tw_status tw_dataset_check(int index, struct tw_err *err)
{
    char path[4096];

    for (int file = 0; file < TW_DATASET_FILES; file++) {
        const tw_status status = tw_dataset_path(index, file, path, sizeof path, err);
        if (status != TW_OK)
            return status;
        if (access(path, R_OK) != 0) {
            tw_err_set(err, TW_IO, "data set %s: %s: %s", tw_dataset_names[index], path,
                       strerror(errno));
            return say_package(index, TW_IO, err);
        }
    }
    return TW_OK;
}

static tw_status read_file(int index, int file, int dimensions, struct tw_idx *idx,
                           struct tw_err *err)
{
    char path[4096];
    tw_status status = tw_dataset_path(index, file, path, sizeof path, err);

    if (status == TW_OK)
        status = tw_idx_read(path, dimensions, idx, err);
    if (status == TW_IO)
        status = say_package(index, status, err);
    return status;
}

static tw_status check_samples(int index, const char *part, const struct tw_idx *images,
                               const struct tw_idx *labels, struct tw_err *err)
{
    const struct source *source = &sources[index];
    const char *name = tw_dataset_names[index];

    if (images->size[1] != source->height || images->size[2] != source->width)
        return tw_err_set(err, TW_CORRUPT, "data set %s: %s images are %u × %u instead of %u × %u",
                          name, part, images->size[1], images->size[2], source->height,
                          source->width);
    if (images->size[0] != labels->size[0] || images->size[0] == 0)
        return tw_err_set(err, TW_CORRUPT, "data set %s: %u %s images but %u labels", name,
                          images->size[0], part, labels->size[0]);
    for (uint32_t i = 0; i < labels->size[0]; i++) {
        if (labels->values[i] >= source->classes)
            return tw_err_set(err, TW_CORRUPT, "data set %s: label %u of %s sample %u is not < %u",
                              name, labels->values[i], part, i, source->classes);
    }
    return TW_OK;
}

/* One part; adds the hashes of its two files to hashes[2]. */
static tw_status read_part(int index, int first_file, const char *part, struct tw_samples *samples,
                           uint64_t *hashes, struct tw_err *err)
{
    struct tw_idx images = {0}, labels = {0};
    tw_status status = read_file(index, first_file, 3, &images, err);

    if (status == TW_OK)
        status = read_file(index, first_file + 1, 1, &labels, err);
    if (status == TW_OK)
        status = check_samples(index, part, &images, &labels, err);
    if (status != TW_OK) {
        tw_idx_free(&images);
        tw_idx_free(&labels);
        return status;
    }
    *samples = (struct tw_samples){images.size[0], images.values, labels.values};
    hashes[0] = images.hash;
    hashes[1] = labels.hash;
    return TW_OK;
}

void tw_dataset_shape(int index, struct tw_dataset *data)
{
    *data = (struct tw_dataset){.height = sources[index].height,
                                .width = sources[index].width,
                                .classes = sources[index].classes};
    data->features = data->height * data->width;
}

tw_status tw_dataset_open(int index, struct tw_dataset *data, struct tw_err *err)
{
    uint64_t hashes[4] = {0};
    tw_status status;

    tw_dataset_shape(index, data);
    status = read_part(index, 0, "training", &data->train, hashes, err);
    if (status == TW_OK)
        status = read_part(index, 2, "test", &data->test, hashes + 2, err);
    if (status == TW_OK)
        data->hash = XXH3_64bits(hashes, sizeof hashes);
    else
        tw_dataset_close(data);
    return status;
}

void tw_dataset_close(struct tw_dataset *data)
{
    free(data->train.images);
    free(data->train.labels);
    free(data->test.images);
    free(data->test.labels);
    *data = (struct tw_dataset){0};
}
