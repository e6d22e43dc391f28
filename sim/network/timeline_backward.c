/* When the backward has made a bucket, and when the forward needs one.
 *
 * The backward goes from the last layer to the first. With a table of layers a tensor is made when
 * its layer's time and that of all behind it have passed; a layer without tensors (an activation)
 * takes its time where it stands. Without a table each tensor takes a share by its values. A bucket
 * is made when all its tensors are, and not before the bucket in front of it. The forward goes the
 * other way, needs a bucket from the first layer that has a tensor of it, and not before the bucket
 * behind it. O(layers · tensors). */
#include <string.h>
#include "timeline_plan.h"

/* Whether the layer has this tensor. */
static int has(const struct tw_layer_time *layer, const char *tensor)
{
    size_t length = strlen(layer->name);
    return strncmp(layer->name, tensor, length) == 0 &&
           (tensor[length] == '\0' || tensor[length] == '.');
}

/* The tensor's layer: of all with the longest name that fits the first in forward order. −1: none.
 */
static int layer_of(const struct tw_pricing *pricing, const char *tensor)
{
    int own = -1;
    for (int i = 0; i < pricing->layer_count; i++)
        if (has(&pricing->layers[i], tensor) &&
            (own < 0 || strlen(pricing->layers[i].name) > strlen(pricing->layers[own].name)))
            own = i;
    return own;
}

/* Seconds of what a layer counts. */
static double layer_s(const struct tw_pricing *pricing)
{
    return pricing->layer_s > 0 ? pricing->layer_s : 1;
}

/* Seconds from the begin of the backward until the tensor is made: those of its layer and of what
 * is behind it. −1: no layer. */
static double made_at(const struct tw_pricing *pricing, const char *tensor)
{
    double made_s = 0;
    int own = layer_of(pricing, tensor);
    if (own < 0)
        return -1;
    for (int i = pricing->layer_count - 1; i >= own; i--)
        made_s += pricing->layers[i].backward_s;
    return made_s * layer_s(pricing);
}

static tw_status no_layer(const char *tensor, struct tw_err *err)
{
    return tw_err_hint(err,
                       tw_err_set(err, TW_INPUT, "no layer of the table has the tensor %s", tensor),
                       "a layer has the tensors that are called like it, or like it and a point");
}

/* ready_s[b] ← when the last tensor of bucket b is made, by the layers. */
static tw_status ready_by_layers(const struct tw_pricing *pricing, const struct tw_trace *trace,
                                 double *ready_s, struct tw_err *err)
{
    for (int t = 0; t < trace->tensor_count; t++) {
        const struct tw_trace_tensor *tensor = &trace->tensors[t];
        double made_s = made_at(pricing, tensor->name);
        if (made_s < 0 && tensor->values)
            return no_layer(tensor->name, err);
        if (made_s > ready_s[tensor->bucket])
            ready_s[tensor->bucket] = made_s;
    }
    return TW_OK;
}

/* The same by values. */
static void ready_by_values(const struct tw_pricing *pricing, const struct tw_trace *trace,
                            double *ready_s)
{
    double values = 0, made = 0;
    for (int t = 0; t < trace->tensor_count; t++)
        values += (double)trace->tensors[t].values;
    for (int t = trace->tensor_count - 1; t >= 0 && values > 0; t--) {
        made += (double)trace->tensors[t].values;
        ready_s[trace->tensors[t].bucket] = pricing->backward_s * (made / values);
    }
}

static tw_status check_buckets(const struct tw_trace *trace, struct tw_err *err)
{
    for (int t = 0; t < trace->tensor_count; t++)
        if (trace->tensors[t].bucket < 0 || trace->tensors[t].bucket >= trace->buckets)
            return tw_err_set(err, TW_CORRUPT, "tensor %s is in bucket %d of %d",
                              trace->tensors[t].name, trace->tensors[t].bucket, trace->buckets);
    return TW_OK;
}

tw_status tw_plan_backward(const struct tw_pricing *pricing, const struct tw_trace *trace,
                           double *seconds, double *left_s, struct tw_err *err)
{
    double whole_s = pricing->backward_s, before_s = 0;
    memset(seconds, 0, (size_t)trace->buckets * sizeof *seconds);
    *left_s = 0;
    tw_status status = check_buckets(trace, err);
    if (status)
        return status;
    if (trace->buckets == 1 && !pricing->layers)
        seconds[0] = whole_s;
    else if (trace->tensor_count == 0)
        return tw_err_set(err, TW_REFUSED, "the trace does not say which tensors are in a bucket");
    else if (!pricing->layers)
        ready_by_values(pricing, trace, seconds);
    else {
        status = ready_by_layers(pricing, trace, seconds, err);
        if (status)
            return status;
    }
    for (int b = 0; b < trace->buckets; b++) {
        double ready_s = seconds[b] > before_s ? seconds[b] : before_s;
        seconds[b] = ready_s - before_s;
        before_s = ready_s;
    }
    *left_s = whole_s > before_s ? whole_s - before_s : 0;
    return TW_OK;
}

/* Seconds from the begin of the forward until the tensor is needed: those of all layers before its
 * own. −1: no layer. */
static double needed_at(const struct tw_pricing *pricing, const char *tensor)
{
    double needed_s = 0;
    int own = layer_of(pricing, tensor);
    if (own < 0)
        return -1;
    for (int i = 0; i < own; i++)
        needed_s += pricing->layers[i].forward_s;
    return needed_s * layer_s(pricing);
}

/* need_s[b] ← when the forward needs the first tensor of bucket b, if it is before that. */
static tw_status needs(const struct tw_pricing *pricing, const struct tw_trace *trace,
                       double *need_s, struct tw_err *err)
{
    double values = 0, passed = 0;
    for (int t = 0; t < trace->tensor_count; t++)
        values += (double)trace->tensors[t].values;
    for (int t = 0; t < trace->tensor_count; t++) {
        const struct tw_trace_tensor *tensor = &trace->tensors[t];
        double needed_s = 0;
        if (tensor->values == 0)
            continue;
        if (pricing->layers)
            needed_s = needed_at(pricing, tensor->name);
        else
            needed_s = pricing->forward_s * (passed / values);
        if (needed_s < 0)
            return no_layer(tensor->name, err);
        passed += (double)tensor->values;
        if (needed_s < need_s[tensor->bucket])
            need_s[tensor->bucket] = needed_s;
    }
    return TW_OK;
}

tw_status tw_plan_forward(const struct tw_pricing *pricing, const struct tw_trace *trace,
                          double *seconds, struct tw_err *err)
{
    double from_s = 0;
    tw_status status = check_buckets(trace, err);
    if (!status && trace->buckets > 1 && trace->tensor_count == 0)
        status =
            tw_err_set(err, TW_REFUSED, "the trace does not say which tensors are in a bucket");
    for (int b = 0; b < trace->buckets; b++)
        seconds[b] = pricing->forward_s;
    if (!status)
        status = needs(pricing, trace, seconds, err);
    for (int b = 1; b < trace->buckets; b++)
        seconds[b] = seconds[b - 1] < seconds[b] ? seconds[b - 1] : seconds[b];
    for (int b = trace->buckets - 1; b >= 0 && !status; b--) {
        double to_s = b > 0 ? seconds[b - 1] : pricing->forward_s;
        seconds[b] = to_s - from_s;
        from_s = to_s;
    }
    return status;
}
