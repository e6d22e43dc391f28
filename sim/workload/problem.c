/* Shared by the problems that are formulas. */
#include "problem.h"

#include <stdio.h>

const char *const tw_problem_loss_names[] = {"value", "gap", NULL};

void tw_problem_stream(const struct tw_workload_setup *setup, enum tw_purpose purpose,
                       uint32_t rank, uint32_t step, struct tw_stream *stream)
{
    const struct tw_stream_key key = {.seed = setup->seed,
                                      .repetition = setup->repetition,
                                      .rank = rank,
                                      .step = step,
                                      .tensor = TW_TENSOR_NONE,
                                      .purpose = purpose};
    tw_stream_open(stream, &key);
}

tw_status tw_problem_shape(uint64_t dimension, uint64_t columns, struct tw_model *model,
                           struct tw_err *err)
{
    const tw_status status = tw_model_even(dimension, 1, columns, model, err);

    if (status == TW_OK)
        snprintf(model->tensors[0].name, sizeof model->tensors[0].name, "w");
    return status;
}

uint64_t tw_problem_no_data(const void *state)
{
    (void)state;
    return 0;
}
