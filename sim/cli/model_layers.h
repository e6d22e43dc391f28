/* Operations of the layers of a workload's model. */
#ifndef TW_CLI_MODEL_LAYERS_H
#define TW_CLI_MODEL_LAYERS_H

#include "base/err.h"
#include "base/layer.h"
#include "base/member.h"

/* As struct tw_catalogue's model_flops: a layer per tensor of the model that the workload's options
 * name, forward_s and backward_s in operations per sample; *layers is the caller's to free.
 * TW_REFUSED: it has no such option, or no model. sequence: as tw_model_flops. */
tw_status tw_layers_of_model(const struct tw_member *workload, const void *params,
                             uint64_t sequence, struct tw_layer_time **layers, int *count,
                             struct tw_err *err) TW_MUST_CHECK;

#endif
