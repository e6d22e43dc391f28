/* A model's tensors and nothing else: traffic and time of large models are priced from shapes, by
 * compressors whose bytes do not depend on the data. The tables are models*.c. */
#include "workload.h"

#include <stddef.h>
#include <stdlib.h>
#include "models.h"

struct params {
    int model; /* index into tw_model_choices + 1 */
};

static const struct tw_option options[] = {
    {.name = "model",
     .type = TW_OPTION_CHOICE,
     .offset = offsetof(struct params, model),
     .choices = tw_model_choices + 1,
     .unit = "",
     .help = "whose layer table"},
};

static tw_status open_sizes(const struct tw_workload_setup *setup, void **state, struct tw_err *err)
{
    const struct params *params = setup->params;
    struct tw_model *model = calloc(1, sizeof *model);
    tw_status status;

    *state = NULL;
    if (!model)
        return tw_err_set(err, TW_MEMORY, "no memory for the layer table");
    status = tw_model_make(params->model + 1, model, err);
    if (status != TW_OK) {
        free(model);
        return status;
    }
    *state = model;
    return TW_OK;
}

static void close_sizes(void *state)
{
    if (state)
        tw_model_free(state);
    free(state);
}

static uint64_t dimension(const void *state)
{
    return ((const struct tw_model *)state)->dimension;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    const struct tw_model *model = state;
    *count = model->count;
    return model->tensors;
}

static uint64_t data_hash(const void *state)
{
    (void)state;
    return 0;
}

const struct tw_workload TW_T(tw_workload_sizes) = {
    .member = {.name = "sizes",
               .summary = "the tensors of a model without numbers",
               .source = "He et al., arXiv:1512.03385; Zhao et al., arXiv:2403.03507",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_SIZES_ONLY},
    .precision = TW_THIS_PRECISION,
    .open = open_sizes,
    .close = close_sizes,
    .dimension = dimension,
    .tensors = tensors,
    .data_hash = data_hash,
};
