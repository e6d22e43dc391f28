/* Character-level transformer: GPT-2's layers (gpt_real.c) learn to predict each byte of a text
 * from those before it (characters_real.c). By default two layers of width 64 on windows of 64
 * bytes: with the 100 different bytes of the Jargon File 116,992 weights. Cost per byte: 6 flops
 * per weight of the matrices for a gradient, 2 for an evaluation. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "characters_real.h"
#include "text.h"

struct params {
    int data, split, head;
    uint64_t layers, width, heads, context, sample;
    char file[TW_TEXT_MAX];
};

#define FIELD(name) offsetof(struct params, name)
static const char *const split_names[] = {"iid", "contiguous", NULL};
static const char *const head_names[] = {"untied", "tied", NULL};

static const struct tw_option options[] = {
    {.name = "data",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(data),
     .fallback = "jargon",
     .choices = tw_text_names,
     .unit = "",
     .help = "text, in /usr/share/info or $THINWIRE_DATA"},
    {.name = "file",
     .type = TW_OPTION_FILE,
     .offset = FIELD(file),
     .fallback = "",
     .unit = "text, gzip or not",
     .help = "a text of your own in place of data"},
    {.name = "split",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(split),
     .fallback = "iid",
     .choices = split_names,
     .unit = "",
     .help = "how windows are dealt to ranks: shuffled, or the text in consecutive parts"},
    {.name = "layers",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(layers),
     .fallback = "2",
     .min = 1,
     .max = TW_GPT_LAYERS,
     .unit = "layers",
     .help = "layers of attention and MLP"},
    {.name = "width",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(width),
     .fallback = "64",
     .min = 1,
     .max = 4096,
     .unit = "features",
     .help = "features of a position; the MLP has four times as many"},
    {.name = "heads",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(heads),
     .fallback = "4",
     .min = 1,
     .max = 256,
     .unit = "heads",
     .help = "heads of attention; they divide the width"},
    {.name = "context",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(context),
     .fallback = "64",
     .min = 1,
     .max = 4096,
     .unit = "bytes",
     .help = "bytes of a window; a sample of the batch is a window"},
    {.name = "head",
     .type = TW_OPTION_CHOICE,
     .offset = FIELD(head),
     .fallback = "untied",
     .choices = head_names,
     .unit = "",
     .help = "whether the head is a matrix of its own or the embedding"},
    {.name = "sample",
     .type = TW_OPTION_COUNT,
     .offset = FIELD(sample),
     .fallback = "512",
     .min = 0,
     .max = 1e9,
     .unit = "windows",
     .help = "windows that loss and accuracy are taken on, spread evenly; 0: all"},
};

/* The vocabulary is known when the text has been read: any number stands for it here. */
static struct tw_gpt_shape shape_of(const struct params *params)
{
    return (struct tw_gpt_shape){.vocabulary = 256,
                                 .context = (uint32_t)params->context,
                                 .width = (uint32_t)params->width,
                                 .heads = (uint32_t)params->heads,
                                 .layers = (int)params->layers,
                                 .tied = params->head};
}

static tw_status open_transformer(const struct tw_workload_setup *setup, void **state,
                                  struct tw_err *err)
{
    const struct params *params = setup->params;
    const struct tw_characters_setup what = {.data = params->data,
                                             .file = params->file,
                                             .contiguous = params->split,
                                             .sample = params->sample,
                                             .shape = shape_of(params)};

    return TW_T(tw_characters_open)(setup, &what, state, err);
}

static int data_file(const void *params, int i, char *path, size_t size)
{
    const struct params *p = params;
    return !p->file[0] && i < 1 && tw_text_path(p->data, path, size, NULL) == TW_OK;
}

static tw_status check(const void *params, struct tw_err *err)
{
    const struct params *p = params;
    const struct tw_gpt_shape shape = shape_of(p);
    const tw_status status = tw_gpt_check(&shape, err);

    if (status != TW_OK)
        return status;
    if (!p->file[0])
        return tw_text_check(p->data, err);
    if (access(p->file, R_OK) == 0)
        return TW_OK;
    return tw_err_set(err, TW_IO, "file: %s: %s", p->file, strerror(errno));
}

const struct tw_workload TW_T(tw_workload_transformer) = {
    .member = {.name = "transformer",
               .summary = "character-level transformer (GPT-2's layers) on a text",
               .source = "Radford et al. 2019 (GPT-2); the Jargon File 4.0.0, public domain",
               .options = options,
               .option_count = sizeof options / sizeof options[0],
               .params_size = sizeof(struct params),
               .traits = TW_HAS_LOSS | TW_HAS_ACCURACY | TW_REAL_DATA},
    .precision = TW_THIS_PRECISION,
    .tells_shapes = 1,
    .open = open_transformer,
    .close = TW_T(tw_characters_close),
    .dimension = TW_T(tw_characters_dimension),
    .tensors = TW_T(tw_characters_tensors),
    .start = TW_T(tw_characters_start),
    .gradient = TW_T(tw_characters_gradient),
    .loss = TW_T(tw_characters_loss),
    .data_hash = TW_T(tw_characters_data_hash),
    .data_file = data_file,
    .check = check,
};
