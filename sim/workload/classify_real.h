/* What softmax and mlp share: a data set split over ranks, batches, cross-entropy, evaluation. */
#ifndef TW_WORKLOAD_CLASSIFY_REAL_H
#define TW_WORKLOAD_CLASSIFY_REAL_H

#include <stddef.h>
#include "workload.h"
#include "dataset.h"
#include "conv_stack.h"
#include "dense_stack.h"
#include "split.h"

/* First field of the params struct of every member that classifies. */
struct tw_classify_options {
    int data, split;
    double alpha;
};

/* What lies between the image and the logits, first to last. Zeroed is softmax regression. */
struct tw_classify_net {
    int convolutions; /* each with ReLU and pooling */
    uint32_t kernel, channels[TW_CONV_LAYERS];
    int hidden; /* dense layers with ReLU */
    uint32_t width[TW_STACK_LAYERS];
    uint64_t sample; /* images that the loss is taken on, and the accuracy; 0: all */
};

/* Their option rows. */
#define TW_CLASSIFY_ROWS                                                                      \
    {.name = "data",                                                                          \
     .type = TW_OPTION_CHOICE,                                                                \
     .offset = offsetof(struct tw_classify_options, data),                                    \
     .fallback = "fashion-mnist",                                                             \
     .choices = tw_dataset_names,                                                             \
     .unit = "",                                                                              \
     .help = "data set, in /usr/share/datasets or $THINWIRE_DATA"},                           \
        {.name = "split",                                                                     \
         .type = TW_OPTION_CHOICE,                                                            \
         .offset = offsetof(struct tw_classify_options, split),                               \
         .fallback = "iid",                                                                   \
         .choices = tw_split_names,                                                           \
         .unit = "",                                                                          \
         .help = "how samples are dealt to ranks"},                                           \
    {                                                                                         \
        .name = "alpha", .type = TW_OPTION_REAL,                                              \
        .offset = offsetof(struct tw_classify_options, alpha), .fallback = "0.5", .min = 0,   \
        .max = 1e6, .open_min = 1, .unit = "",                                                \
        .help = "split=dirichlet: concentration; small is uneven, 1000 almost as even as iid" \
    }

#ifdef TW_PRECISION
struct TW_T(tw_classify);

/* The setup's params begin with a tw_classify_options. Statuses of tw_dataset_open, tw_split_make,
 * tw_conv_make and tw_stack_make. */
tw_status TW_T(tw_classify_open)(const struct tw_workload_setup *setup,
                                 const struct tw_classify_net *net, void **state,
                                 struct tw_err *err) TW_MUST_CHECK;

/* The workload's door. */
void TW_T(tw_classify_close)(void *state);
uint64_t TW_T(tw_classify_dimension)(const void *state);
const struct tw_tensor *TW_T(tw_classify_tensors)(const void *state, int *count);
tw_status TW_T(tw_classify_gradient)(void *state, int rank, uint32_t step, const void *w, void *out,
                                     struct tw_err *err) TW_MUST_CHECK;
tw_status TW_T(tw_classify_loss)(void *state, const void *w, double *loss, double *accuracy,
                                 struct tw_err *err) TW_MUST_CHECK;
uint64_t TW_T(tw_classify_data_hash)(const void *state);
int TW_T(tw_classify_data_file)(const void *params, int i, char *path, size_t size);

/* Initial weights: all zero, and He's: N(0, 2/inputs) for matrices from the stream (seed,
 * repetition, all ranks, tensor, WEIGHTS), zero biases. */
void TW_T(tw_classify_start_zero)(void *state, void *w);
void TW_T(tw_classify_start_he)(void *state, void *w);
#endif

#endif
