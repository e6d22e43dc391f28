/* Shapes of a stack of dense layers (arithmetic: dense_stack_real.c). */
#include "dense_stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <ctype.h>

static void add_tensor(struct tw_stack *stack, const char *kind, int layer, uint64_t rows,
                       uint64_t columns)
{
    const uint32_t id = 2 * (uint32_t)layer + (kind[0] == 'b');
    struct tw_tensor *tensor = &stack->tensors[id];

    *tensor = (struct tw_tensor){.rows = rows,
                                 .columns = columns,
                                 .offset = stack->dimension,
                                 .id = id,
                                 .vector = kind[0] == 'b'};
    snprintf(tensor->name, sizeof tensor->name, "fc%d.%s", layer + 1, kind);
    stack->dimension += rows * columns;
}

tw_status tw_stack_make(struct tw_stack *stack, const uint32_t *width, int layers,
                        struct tw_err *err)
{
    *stack = (struct tw_stack){.layers = layers};
    if (layers < 1 || layers > TW_STACK_LAYERS)
        return tw_err_set(err, TW_RANGE, "a network of %d layers: 1 to %d are possible", layers,
                          TW_STACK_LAYERS);
    for (int l = 0; l <= layers; l++) {
        if (width[l] < 1 || width[l] > TW_STACK_WIDTH_MAX)
            return tw_err_set(err, TW_RANGE, "layer width %u is not in 1 … %u", width[l],
                              TW_STACK_WIDTH_MAX);
        stack->width[l] = width[l];
    }
    for (int l = 0; l < layers; l++) {
        add_tensor(stack, "weight", l, width[l + 1], width[l]);
        add_tensor(stack, "bias", l, 1, width[l + 1]);
    }
    return TW_OK;
}

struct width_list {
    const char *option, *text, *example;
    int most;
    uint32_t max;
};

static tw_status bad_list(const struct width_list *list, tw_status status, struct tw_err *err)
{
    tw_err_set(err, status, "%s: '%s' is not a list of layer widths", list->option, list->text);
    return tw_err_hint(err, status, "1 to %d whole numbers from 1 to %u, as in %s", list->most,
                       list->max, list->example);
}

tw_status tw_width_list_parse(const char *option, const char *text, const char *example, int most,
                              uint32_t max, uint32_t *width, int *count, struct tw_err *err)
{
    const struct width_list list = {option, text, example, most, max};
    const char *at = text;

    for (*count = 0; *count < most;) {
        char *end;
        unsigned long value;

        if (!isdigit((unsigned char)*at))
            return bad_list(&list, TW_INPUT, err);
        errno = 0;
        value = strtoul(at, &end, 10);
        if (errno || value < 1 || value > max)
            return bad_list(&list, TW_RANGE, err);
        width[(*count)++] = (uint32_t)value;
        if (*end == '\0')
            return TW_OK;
        if (*end != ',')
            return bad_list(&list, TW_INPUT, err);
        at = end + 1;
    }
    return bad_list(&list, TW_RANGE, err);
}

tw_status tw_stack_parse_hidden(const char *text, uint32_t *width, int *count, struct tw_err *err)
{
    return tw_width_list_parse("hidden", text, "256,128", TW_STACK_LAYERS - 1, TW_STACK_WIDTH_MAX,
                               width, count, err);
}
