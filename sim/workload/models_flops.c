/* Operations of a model's forward, tensor by tensor; a multiplication and an addition are two.
 *
 *   convolution   2 * values * (side of its output)^2
 *   dense layer   2 * values, per token in a transformer; the pooler of BERT sees one token
 *   attention     4 * sequence^2 * h per layer (scores, and the sums they weigh; a causal mask is
 *                 not used to skip any), at the projection behind it
 *   embedding     0 where it is looked up; where the output is tied to it (gpt2) 2 * values a token
 * Of a transformer that is the forward of Narayanan et al., arXiv:2104.04473, appendix: 24 B s l
 * h^2 (1 + s/(6h) + V/(12 l h)). Sides of resnet: of 224 (32) pixels, the stride at the 3 x 3
 * convolution of a bottleneck, as torchvision. Sequences: llama 256 (Zhao et al., arXiv:2403.03507;
 * 7b 2048, Touvron et al., arXiv:2302.13971), gpt2 1024, bert and roberta 512. */
#include "models.h"

#include <stdlib.h>
#include <string.h>

#define SEQUENCE_MAX ((uint64_t)1 << 20)

static int begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static int ends(const char *text, const char *with)
{
    size_t length = strlen(text), tail = strlen(with);
    return length >= tail && strcmp(text + length - tail, with) == 0;
}

/* 0: the model sees images. */
static uint64_t own_sequence(const char *model)
{
    if (strcmp(model, "llama-7b") == 0)
        return 2048;
    if (begins(model, "llama"))
        return 256;
    if (strcmp(model, "gpt2") == 0)
        return 1024;
    return begins(model, "bert") || begins(model, "roberta") ? 512 : 0;
}

/* Side of the output of a convolution of a resnet; wide: of 224 pixels. */
static double resnet_side(const char *model, const char *tensor)
{
    int wide = !ends(model, "cifar"), bottleneck = strcmp(model, "resnet50") == 0;
    if (begins(tensor, "fc."))
        return 1;
    if (begins(tensor, "conv1"))
        return wide ? 112 : 32;
    int stage = tensor[5] - '1'; /* layerS.B.… */
    double side = (wide ? 56 : 32) >> stage;
    int before = bottleneck && stage > 0 && tensor[7] == '0' && ends(tensor, ".conv1.weight");
    return before ? 2 * side : side;
}

/* Of the number-th convolution of a VGG, before whose stages the side halves. */
static double vgg_side(const char *model, int number)
{
    static const int stages[] = {0, 0, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
    return (ends(model, "cifar") ? 32 : 224) >> stages[number];
}

static double image_flops(const char *model, const struct tw_tensor *tensor, int *convolutions)
{
    double side = 1;
    if (tensor->vector)
        return 0;
    if (begins(model, "resnet"))
        side = resnet_side(model, tensor->name);
    else if (begins(model, "vgg") && begins(tensor->name, "features."))
        side = vgg_side(model, (*convolutions)++);
    return 2 * (double)tw_tensor_size(tensor) * side * side;
}

static double token_flops(const struct tw_tensor *tensor, double sequence)
{
    static const char *const looked_up[] = {"model.embed_tokens", "wpe.", "embeddings."};
    double values = (double)tw_tensor_size(tensor);
    const char *name = tensor->name;
    if (tensor->vector)
        return 0;
    for (size_t i = 0; i < sizeof looked_up / sizeof *looked_up; i++)
        if (begins(name, looked_up[i]))
            return 0;
    if (begins(name, "pooler."))
        return 2 * values;
    int behind = ends(name, "self_attn.o_proj.weight") || ends(name, ".attn.c_proj.weight") ||
                 ends(name, ".attention.output.dense.weight");
    double attention = behind ? 4 * sequence * sequence * (double)tensor->rows : 0;
    return 2 * values * sequence + attention;
}

tw_status tw_model_flops(int choice, uint64_t sequence, double **flops, int *count,
                         struct tw_err *err)
{
    const char *name = tw_model_choices[choice];
    uint64_t own = own_sequence(name);
    struct tw_model model;
    int convolutions = 0;
    *flops = NULL;
    if (sequence > SEQUENCE_MAX || (sequence && !own)) {
        tw_err_set(err, TW_RANGE, "%s sees %s", name,
                   own ? "at most 2^20 tokens" : "images, which have no sequence");
        return tw_err_hint(err, TW_RANGE, "valid: %s",
                           own ? "a sequence of 1 to 1048576" : "no sequence");
    }
    tw_status status = tw_model_make(choice, &model, err);
    if (status)
        return status;
    *flops = calloc((size_t)model.count, sizeof **flops);
    *count = model.count;
    for (int t = 0; t < model.count && *flops; t++)
        (*flops)[t] = own ? token_flops(&model.tensors[t], (double)(sequence ? sequence : own))
                          : image_flops(name, &model.tensors[t], &convolutions);
    tw_model_free(&model);
    return *flops ? TW_OK : tw_err_set(err, TW_MEMORY, "no memory for operations of %s", name);
}
