/* Named image data sets with a training and a test part. */
#ifndef TW_WORKLOAD_DATASET_H
#define TW_WORKLOAD_DATASET_H

#include "base/err.h"
#include <stdint.h>

/* Names, ended by NULL: the choices of the option `data`. */
extern const char *const tw_dataset_names[];

struct tw_samples {
    uint32_t count;
    uint8_t *images; /* count × features, row-major; a pixel's value is byte/255 */
    uint8_t *labels; /* count, each < classes */
};

struct tw_dataset {
    uint32_t features, classes;
    uint32_t height, width; /* of an image; features = height · width */
    struct tw_samples train, test;
    uint64_t hash; /* of all its files */
};

/* Opens tw_dataset_names[index] in /usr/share/datasets, or in the directory that the environment
 * variable THINWIRE_DATA names; there each set has a directory of its own name. Images stay bytes
 * (47 MB for Fashion-MNIST). Freed by tw_dataset_close, which accepts a zeroed one.
 * TW_IO: a file is missing; the hint names the Debian package. TW_CORRUPT: images and labels do not
 * match, the shape is another, or a label is out of range. TW_MEMORY. */
tw_status tw_dataset_open(int index, struct tw_dataset *data, struct tw_err *err) TW_MUST_CHECK;
void tw_dataset_close(struct tw_dataset *data);

/* What is known of a set without its files: features, classes, height and width. */
void tw_dataset_shape(int index, struct tw_dataset *data);

/* Path of one of a set's files, as tw_dataset_open finds it. TW_IO: longer than size. */
enum { TW_DATASET_FILES = 4 };
tw_status tw_dataset_path(int index, int file, char *path, size_t size,
                          struct tw_err *err) TW_MUST_CHECK;

/* TW_IO as above when a file cannot be read; reads nothing. */
tw_status tw_dataset_check(int index, struct tw_err *err) TW_MUST_CHECK;

#endif
