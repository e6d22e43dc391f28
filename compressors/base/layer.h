/* What a layer of a model takes to compute, beside its tensors (tensor.h). */
#ifndef TW_BASE_LAYER_H
#define TW_BASE_LAYER_H

/* Seconds of one rank and micro-batch, at speed 1. The layer has the tensors that are called
 * `name`, or `name` and a point and more; a layer without tensors (an activation) takes its time
 * all the same. */
struct tw_layer_time {
    char name[64];
    double forward_s, backward_s;
};

#endif
