/* What the problems that are formulas (no data) share: options, the tensor of their weights. */
#ifndef TW_WORKLOAD_PROBLEM_H
#define TW_WORKLOAD_PROBLEM_H

#include "base/rng.h"
#include "models.h"
#include "workload.h"

/* `loss` tells f, or f − f*: f alone cannot show a gap below 1e-16 of itself. */
enum tw_problem_loss { TW_LOSS_VALUE, TW_LOSS_GAP };
extern const char *const tw_problem_loss_names[];

#define TW_ROW_LOSS(field_offset)                                                                \
    {                                                                                            \
        .name = "loss", .type = TW_OPTION_CHOICE, .offset = (field_offset), .fallback = "value", \
        .choices = tw_problem_loss_names, .unit = "",                                            \
        .help = "what is reported: f (value) or f less its smallest value (gap)"                 \
    }
#define TW_ROW_NOISE(field_offset, text)                                                       \
    {                                                                                          \
        .name = "noise", .type = TW_OPTION_REAL, .offset = (field_offset), .fallback = (text), \
        .max = 1e9, .unit = "",                                                                \
        .help = "deviation of the noise on each coordinate of a "                              \
                "gradient, whatever the batch"                                                 \
    }
#define TW_ROW_NUMPY_SEED(field_offset)                                                           \
    {                                                                                             \
        .name = "numpy_seed", .type = TW_OPTION_COUNT, .offset = (field_offset), .fallback = "0", \
        .max = 4294967295.0, .unit = "",                                                          \
        .help = "draw as NumPy does after seeding with this (plus the repetition), to repeat "    \
                "a published run; 0: from the run's own seed"                                     \
    }

/* A stream of the run's seed and repetition. */
void tw_problem_stream(const struct tw_workload_setup *setup, enum tw_purpose purpose,
                       uint32_t rank, uint32_t step, struct tw_stream *stream);

/* The weights as one tensor called "w": rows of `columns` values, or a vector for columns = 0.
 * TW_RANGE when columns do not divide the dimension. Freed by tw_model_free. */
tw_status tw_problem_shape(uint64_t dimension, uint64_t columns, struct tw_model *model,
                           struct tw_err *err) TW_MUST_CHECK;

/* data_hash of a problem that reads no file. */
uint64_t tw_problem_no_data(const void *state);

#ifdef TW_PRECISION
/* g += noise·N(0, I) from the stream (rank, step, NOISE). scratch has d doubles. */
void TW_T(tw_problem_add_noise)(const struct tw_workload_setup *setup, int rank, uint32_t step,
                                double noise, double *scratch, tw_real *g, uint64_t d);

/* ‖x − to‖² of d values, added in double in their order. */
double TW_T(tw_problem_distance2)(const tw_real *x, const double *to, uint64_t d);
#endif

#endif
