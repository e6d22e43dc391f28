/* A stack of dense layers: widths, and where each tensor lies in the flat vector of weights. */
#ifndef TW_WORKLOAD_DENSE_STACK_H
#define TW_WORKLOAD_DENSE_STACK_H

#include "base/err.h"
#include "base/tensor.h"

#define TW_STACK_LAYERS 5         /* at most; with one layer the network is softmax regression */
#define TW_STACK_WIDTH_MAX 65536U /* of any layer */

/* tensors[2l] is the weight matrix of layer l (rows = outputs, columns = inputs), tensors[2l+1] its
 * bias, one behind the other. */
struct tw_stack {
    int layers;
    uint32_t width[TW_STACK_LAYERS + 1]; /* inputs, hidden layers …, outputs */
    struct tw_tensor tensors[2 * TW_STACK_LAYERS];
    uint64_t dimension; /* all weights */
};

/* width has layers + 1 entries. TW_RANGE: a width of 0 or beyond TW_STACK_WIDTH_MAX, or a bad
 * number of layers. */
tw_status tw_stack_make(struct tw_stack *stack, const uint32_t *width, int layers,
                        struct tw_err *err) TW_MUST_CHECK;

/* "256,128" → widths of 1 … max each and their number (1 to `most`), for the option of that name;
 * TW_INPUT or TW_RANGE where it is not such a list, the hint shows `example`. */
tw_status tw_width_list_parse(const char *option, const char *text, const char *example, int most,
                              uint32_t max, uint32_t *width, int *count,
                              struct tw_err *err) TW_MUST_CHECK;

/* "256,128" → widths and their number; TW_INPUT or TW_RANGE where it is not a list of 1 to
 * TW_STACK_LAYERS − 1 whole numbers in 1 … TW_STACK_WIDTH_MAX. */
tw_status tw_stack_parse_hidden(const char *text, uint32_t *width, int *count,
                                struct tw_err *err) TW_MUST_CHECK;

#endif
