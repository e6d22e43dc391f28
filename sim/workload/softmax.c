/* Softmax regression: one dense layer, convex; 7850 weights on Fashion-MNIST (the formulas are in
 * classify_real.c). Starts at w = 0, where the loss is log(classes) exactly. */
#include "classify_real.h"

static const struct tw_option options[] = {TW_CLASSIFY_ROWS};

static tw_status open_softmax(const struct tw_workload_setup *setup, void **state,
                              struct tw_err *err)
{
    return TW_T(tw_classify_open)(setup, &(struct tw_classify_net){0}, state, err);
}

static tw_status check(const void *params, struct tw_err *err)
{
    return tw_dataset_check(((const struct tw_classify_options *)params)->data, err);
}

const struct tw_workload TW_T(tw_workload_softmax) = {
    .member = {.name = "softmax",
               .summary = "softmax regression on images (convex)",
               .source = "Fashion-MNIST: Xiao, Rasul and Vollgraf, arXiv:1708.07747",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct tw_classify_options),
               .traits = TW_HAS_LOSS | TW_HAS_ACCURACY | TW_REAL_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_softmax,
    .tells_shapes = 1,
    .close = TW_T(tw_classify_close),
    .dimension = TW_T(tw_classify_dimension),
    .tensors = TW_T(tw_classify_tensors),
    .start = TW_T(tw_classify_start_zero),
    .gradient = TW_T(tw_classify_gradient),
    .loss = TW_T(tw_classify_loss),
    .data_hash = TW_T(tw_classify_data_hash),
    .data_file = TW_T(tw_classify_data_file),
    .check = check,
};
