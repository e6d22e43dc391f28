/* A workload's model as layers, for the scenario room, which knows no workload. */
#include "model_layers.h"

#include <stdlib.h>
#include <string.h>
#include "../workload/models.h"

/* The workload's choice of a model, as index into tw_model_choices; 0: none. */
static int model_of(const struct tw_member *workload, const void *params)
{
    for (size_t i = 0; i < workload->option_count; i++) {
        const struct tw_option *row = &workload->options[i];
        int shift = row->choices == tw_model_choices + 1;
        if (row->type == TW_OPTION_CHOICE && (shift || row->choices == tw_model_choices))
            return *(const int *)((const char *)params + row->offset) + shift;
    }
    return 0;
}

tw_status tw_layers_of_model(const struct tw_member *workload, const void *params,
                             uint64_t sequence, struct tw_layer_time **layers, int *count,
                             struct tw_err *err)
{
    struct tw_model model = {0};
    double *flops = NULL;
    int choice = model_of(workload, params);
    *layers = NULL;
    if (!choice) {
        tw_err_set(err, TW_REFUSED, "the operations of %s are not known", workload->name);
        return tw_err_hint(err, TW_REFUSED, "a gradient with model=, or flops in numbers: 8.2Gf");
    }
    tw_status status = tw_model_make(choice, &model, err);
    if (!status)
        status = tw_model_flops(choice, sequence, &flops, count, err);
    if (!status && !(*layers = calloc((size_t)model.count, sizeof **layers)))
        status = tw_err_set(err, TW_MEMORY, "no memory for %d layers", model.count);
    for (int i = 0; i < model.count && !status; i++) {
        struct tw_layer_time *layer = &(*layers)[i];
        memcpy(layer->name, model.tensors[i].name, sizeof layer->name);
        layer->forward_s = flops[i];
        layer->backward_s = 2 * flops[i];
    }
    free(flops);
    tw_model_free(&model);
    return status;
}
