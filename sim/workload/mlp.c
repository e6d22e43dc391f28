/* Multi-layer perceptron with ReLU: 784-256-128-10 = 235,146 weights on Fashion-MNIST by default
 * (the formulas are in classify_real.c). Weights start as in He et al., arXiv:1502.01852 §2.2:
 * N(0, 2/inputs), biases 0. */
#include "classify_real.h"

struct params {
    struct tw_classify_options classify;
    char hidden[TW_TEXT_MAX];
};

static const struct tw_option options[] = {
    TW_CLASSIFY_ROWS,
    {.name = "hidden",
     .type = TW_OPTION_TEXT,
     .offset = offsetof(struct params, hidden),
     .fallback = "256,128",
     .unit = "widths",
     .help = "hidden layers, first to last, at most four"},
};

static tw_status open_mlp(const struct tw_workload_setup *setup, void **state, struct tw_err *err)
{
    const struct params *params = setup->params;
    struct tw_classify_net net = {0};
    const tw_status status = tw_stack_parse_hidden(params->hidden, net.width, &net.hidden, err);

    *state = NULL;
    if (status != TW_OK)
        return status;
    return TW_T(tw_classify_open)(setup, &net, state, err);
}

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;
    uint32_t width[TW_STACK_LAYERS];
    int count;
    const tw_status status = tw_stack_parse_hidden(p->hidden, width, &count, err);

    return status != TW_OK ? status : tw_dataset_check(p->classify.data, err);
}

const struct tw_workload TW_T(tw_workload_mlp) = {
    .member = {.name = "mlp",
               .summary = "multi-layer perceptron with ReLU on images",
               .source = "Fashion-MNIST: Xiao, Rasul and Vollgraf, arXiv:1708.07747; start: He et "
                         "al., arXiv:1502.01852",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_ACCURACY | TW_REAL_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_mlp,
    .tells_shapes = 1,
    .close = TW_T(tw_classify_close),
    .dimension = TW_T(tw_classify_dimension),
    .tensors = TW_T(tw_classify_tensors),
    .start = TW_T(tw_classify_start_he),
    .gradient = TW_T(tw_classify_gradient),
    .loss = TW_T(tw_classify_loss),
    .data_hash = TW_T(tw_classify_data_hash),
    .data_file = TW_T(tw_classify_data_file),
    .check = check,
};
