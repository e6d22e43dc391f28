/* Paths of a whole run by names of members, for tests that compare two of them. */
#ifndef TW_TEST_TRAIN_PATHS_H
#define TW_TEST_TRAIN_PATHS_H

#include "train_toys.h"

static inline double *path_of(enum tw_precision precision, const char *compressor,
                              const char *options, const char *feedback,
                              const char *feedback_options, const char *optimizer, struct toy *toy)
{
    static struct toy_run r;
    toy_setup(&r, precision, toy);
    r.setup.bucket_B = 156;
    toy_compressor(&r, compressor, options);
    toy_feedback(&r, feedback, feedback_options);
    toy_optimizer(&r, optimizer);
    return toy_path(&r, toy);
}

/* Largest |a − b| over the largest |b|. */
static inline double difference(const double *a, const double *b, const struct toy *toy,
                                uint32_t steps)
{
    double most = 0, scale = 0;
    for (uint64_t i = 0; i < (steps + 1) * toy->dimension; i++) {
        most = fmax(most, fabs(a[i] - b[i]));
        scale = fmax(scale, fabs(b[i]));
    }
    return most / scale;
}

#endif
