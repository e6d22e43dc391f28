/* Convolutional network: convolutions with ReLU and 2 × 2 pooling (conv_stack_real.c), then dense
 * layers with ReLU (classify_real.c). By default 5 × 5 kernels, 16 and 32 channels and a layer of
 * 128: 215,370 weights on Fashion-MNIST. Weights start as in He et al., arXiv:1502.01852 §2.2:
 * N(0, 2/inputs), where a convolution has channels·kernel² inputs; biases 0.
 * Cost per image by default: 18 MFlop for a gradient, 6 for an evaluation. */
#include "classify_real.h"

struct params {
    struct tw_classify_options classify;
    uint64_t kernel, sample;
    char channels[TW_TEXT_MAX], hidden[TW_TEXT_MAX];
};

static const struct tw_option options[] = {
    TW_CLASSIFY_ROWS,
    {.name = "channels",
     .type = TW_OPTION_TEXT,
     .offset = offsetof(struct params, channels),
     .fallback = "16,32",
     .unit = "channels",
     .help = "convolutions, first to last, at most three; each is pooled 2 × 2"},
    {.name = "kernel",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, kernel),
     .fallback = "5",
     .min = 1,
     .max = TW_CONV_KERNEL_MAX,
     .unit = "pixels",
     .help = "side of every kernel, odd"},
    {.name = "hidden",
     .type = TW_OPTION_TEXT,
     .offset = offsetof(struct params, hidden),
     .fallback = "128",
     .unit = "widths",
     .help = "dense layers behind them, first to last, at most four"},
    {.name = "sample",
     .type = TW_OPTION_COUNT,
     .offset = offsetof(struct params, sample),
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .unit = "images",
     .help = "images that loss and accuracy are taken on, spread evenly; 0: all"},
};

static tw_status read_net(const struct params *params, struct tw_classify_net *net,
                          struct tw_err *err)
{
    const tw_status status =
        tw_width_list_parse("channels", params->channels, "16,32", TW_CONV_LAYERS,
                            TW_CONV_CHANNELS_MAX, net->channels, &net->convolutions, err);

    if (status != TW_OK)
        return status;
    if (params->kernel % 2 == 0) {
        tw_err_set(err, TW_RANGE, "kernel: %u is even, so it has no middle",
                   (unsigned)params->kernel);
        return tw_err_hint(err, TW_RANGE, "an odd number from 1 to %u, by default 5",
                           TW_CONV_KERNEL_MAX);
    }
    net->kernel = (uint32_t)params->kernel;
    net->sample = params->sample;
    return tw_stack_parse_hidden(params->hidden, net->width, &net->hidden, err);
}

static tw_status open_cnn(const struct tw_workload_setup *setup, void **state, struct tw_err *err)
{
    struct tw_classify_net net = {0};
    const tw_status status = read_net(setup->params, &net, err);

    *state = NULL;
    return status == TW_OK ? TW_T(tw_classify_open)(setup, &net, state, err) : status;
}

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;
    struct tw_classify_net net = {0};
    const tw_status status = read_net(p, &net, err);

    return status == TW_OK ? tw_dataset_check(p->classify.data, err) : status;
}

const struct tw_workload TW_T(tw_workload_cnn) = {
    .member = {.name = "cnn",
               .summary = "convolutional network with ReLU and pooling on images",
               .source = "Fashion-MNIST: Xiao, Rasul and Vollgraf, arXiv:1708.07747; start: He et "
                         "al., arXiv:1502.01852",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_ACCURACY | TW_REAL_DATA},
    .precision = TW_THIS_PRECISION,
    .open = open_cnn,
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
