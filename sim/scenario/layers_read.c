/* A table of layers: a CSV of name,forward_s,backward_s in forward order. */
#include "bind.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "files.h"

#define LAYERS_MAX_B ((size_t)16 << 20)

static tw_status wrong(const char *path, long line, const char *text, struct tw_err *err)
{
    tw_err_set(err, TW_INPUT, "%s", text);
    tw_err_hint(err, TW_INPUT, "a line is name,forward_s,backward_s: conv1,0.0012,0.0025");
    tw_err_at(err, path, line);
    return TW_INPUT;
}

/* A number of seconds from `text` to its end. */
static int take_seconds(const char *text, double *seconds)
{
    return tw_units_parse(text, TW_UNIT_NUMBER, seconds, NULL) == TW_OK && *seconds >= 0;
}

/* Splits the line in place. */
static tw_status read_layer(char *line, struct tw_layer_time *layer, const char *path, long number,
                            struct tw_err *err)
{
    char *forward = strchr(line, ','), *backward = forward ? strchr(forward + 1, ',') : NULL;
    if (!backward || forward == line || (size_t)(forward - line) >= sizeof layer->name)
        return wrong(path, number, "a name of 1 to 63 bytes and two numbers were expected", err);
    *forward++ = *backward++ = '\0';
    snprintf(layer->name, sizeof layer->name, "%s", line);
    if (!take_seconds(forward, &layer->forward_s) || !take_seconds(backward, &layer->backward_s))
        return wrong(path, number, "the seconds of a layer are numbers of at least 0", err);
    return TW_OK;
}

static int count_lines(const char *text)
{
    int count = 1;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

static tw_status read_lines(char *text, const char *path, struct tw_layer_time *layers, int *count,
                            struct tw_err *err)
{
    long number = 0;
    for (char *line = text, *next; line && *line; line = next) {
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        line[strcspn(line, "\r")] = '\0';
        number++;
        if (number == 1 && strcmp(line, "name,forward_s,backward_s") != 0)
            return wrong(path, 1, "the first line is not name,forward_s,backward_s", err);
        if (number == 1)
            continue;
        tw_status status = read_layer(line, &layers[*count], path, number, err);
        for (int i = 0; i < *count && !status; i++)
            if (strcmp(layers[i].name, layers[*count].name) == 0)
                status = wrong(path, number, "this layer has been listed above", err);
        if (status)
            return status;
        ++*count;
    }
    return *count ? TW_OK : wrong(path, number + 1, "the table lists no layer", err);
}

tw_status tw_layers_read(const char *path, struct tw_pool *pool,
                         const struct tw_layer_time **layers, int *count, struct tw_err *err)
{
    char *text = NULL;
    size_t size = 0;
    tw_status status = tw_file_read(path, LAYERS_MAX_B, &text, &size, err);
    *layers = NULL;
    *count = 0;
    if (status)
        return status;
    struct tw_layer_time *list = tw_pool_array(pool, (size_t)count_lines(text), sizeof *list);
    status = list ? read_lines(text, path, list, count, err) : TW_MEMORY;
    free(text);
    if (status)
        *count = 0;
    else
        *layers = list;
    return status;
}
