/* Whether a plug-in's table can be used. */
#include "plugin.h"

#include <string.h>

_Static_assert(offsetof(struct tw_compressor, member) == 0, "tw_compressor_of rests on it");

const struct tw_compressor *tw_plugin_ops(const struct tw_plugin *plugin,
                                          enum tw_precision precision)
{
    return precision == TW_FP64 ? plugin->f64 : plugin->f32;
}

#define NAME_AND_SIZE(name) {#name, sizeof(struct name)},
static const struct {
    const char *name;
    size_t size;
} structures[] = {TW_PLUGIN_STRUCTURES(NAME_AND_SIZE)};

static tw_status check_build(const struct tw_plugin *plugin, struct tw_err *err)
{
    if (plugin->version != TW_PLUGIN_VERSION) {
        tw_err_set(err, TW_INPUT, "it is of version %u", (unsigned)plugin->version);
        return tw_err_hint(err, TW_INPUT, "valid: %u; build it again with this release's header",
                           TW_PLUGIN_VERSION);
    }
    for (int i = 0; i < TW_PLUGIN_STRUCTURE_COUNT; i++)
        if (plugin->size_B[i] != structures[i].size) {
            tw_err_set(err, TW_INPUT, "its struct %s has %u bytes, not %zu", structures[i].name,
                       (unsigned)plugin->size_B[i], structures[i].size);
            return tw_err_hint(err, TW_INPUT, "build it again with this release's header");
        }
    return TW_OK;
}

/* A name that can stand in a scenario file and in a CSV. */
static int is_word(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    return length > 0 && length < 64 && name[0] >= 'a' && name[0] <= 'z' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static size_t field_B(enum tw_option_type type)
{
    switch (type) {
    case TW_OPTION_REAL:
    case TW_OPTION_TIME:
        return sizeof(double);
    case TW_OPTION_COUNT:
        return sizeof(uint64_t);
    case TW_OPTION_CHOICE:
        return sizeof(int);
    case TW_OPTION_TEXT:
    case TW_OPTION_FILE:
        return TW_TEXT_MAX;
    }
    return TW_PARAMS_MAX + 1; /* no type of ours: fits nowhere */
}

static tw_status check_options(const struct tw_member *member, struct tw_err *err)
{
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    if (member->params_size > TW_PARAMS_MAX)
        return tw_err_set(err, TW_INPUT, "its options take %zu bytes, more than %d",
                          member->params_size, TW_PARAMS_MAX);
    for (size_t i = 0; i < member->option_count; i++) {
        const struct tw_option *row = &member->options[i];
        if (!is_word(row->name) || strcmp(row->name, "type") == 0 ||
            strcmp(row->name, "plugin") == 0)
            return tw_err_set(err, TW_INPUT, "its option %zu has no usable name", i + 1);
        if (row->offset > member->params_size ||
            field_B(row->type) > member->params_size - row->offset)
            return tw_err_set(err, TW_INPUT, "its option %s lies outside its params", row->name);
        if (row->type == TW_OPTION_CHOICE && !row->choices)
            return tw_err_set(err, TW_INPUT, "its option %s has no choices", row->name);
    }
    struct tw_err wrong = {0};
    if (tw_options_defaults(member->options, member->option_count, params, &wrong) != TW_OK)
        return tw_err_set(err, TW_INPUT, "it has a wrong default: %s", wrong.text);
    return TW_OK;
}

static tw_status check_ops(const struct tw_compressor *ops, enum tw_precision precision,
                           struct tw_err *err)
{
    const struct tw_member *member = &ops->member;
    const uint32_t kinds = (1U << TW_REQUEST_COUNT) - 1;
    if (ops->precision != precision)
        return tw_err_set(err, TW_INPUT, "its fp32 and fp64 are of the wrong precision");
    if (!is_word(member->name) || !member->summary || !member->source) {
        tw_err_set(err, TW_INPUT, "its name, summary or source is missing or not usable");
        return tw_err_hint(err, TW_INPUT, "names have lower-case letters, digits and _");
    }
    if (tw_compressor_find(member->name, precision)) {
        tw_err_set(err, TW_INPUT, "its compressor is called '%s', as a built-in one", member->name);
        return tw_err_hint(err, TW_INPUT, "give it a name of its own");
    }
    if (member->requests == 0 || (member->requests & ~kinds))
        return tw_err_set(err, TW_INPUT, "its requests 0x%x are not known",
                          (unsigned)member->requests);
    if (!ops->sizes || !ops->open || !ops->open_rank || !ops->phases || !ops->local ||
        !ops->digest || !ops->mean || !ops->own || !ops->support || !ops->try_alone ||
        (!ops->merge && (member->requests & (1U << TW_MERGE)))) {
        tw_err_set(err, TW_INPUT, "a callback of '%s' is missing", member->name);
        return tw_err_hint(
            err, TW_INPUT,
            "may be NULL: check, suits, whole, close, plan, plan_turn, begin, delta, omega, add, "
            "and merge without MERGE requests");
    }
    if (ops->plan_turn && (!ops->plan || ops->turns < 2 || ops->turns > TW_TURNS_MAX))
        return tw_err_set(err, TW_INPUT,
                          "'%s' has a plan_turn, which needs a plan and 2 to %d turns",
                          member->name, TW_TURNS_MAX);
    return check_options(member, err);
}

/* Scenario files are read with the rows of one precision and run with either. */
static int say_the_same(const struct tw_member *a, const struct tw_member *b)
{
    int same = strcmp(a->name, b->name) == 0 && a->option_count == b->option_count &&
               a->params_size == b->params_size && a->traits == b->traits &&
               a->requests == b->requests;
    for (size_t i = 0; same && i < a->option_count; i++)
        same = strcmp(a->options[i].name, b->options[i].name) == 0 &&
               a->options[i].type == b->options[i].type &&
               a->options[i].offset == b->options[i].offset;
    return same;
}

tw_status tw_plugin_check(const struct tw_plugin *plugin, struct tw_err *err)
{
    tw_status status = check_build(plugin, err);
    if (status == TW_OK && !plugin->f32 && !plugin->f64)
        status = tw_err_set(err, TW_INPUT, "it has no compressor");
    if (status == TW_OK && plugin->f32)
        status = check_ops(plugin->f32, TW_FP32, err);
    if (status == TW_OK && plugin->f64)
        status = check_ops(plugin->f64, TW_FP64, err);
    if (status == TW_OK && plugin->f32 && plugin->f64 &&
        !say_the_same(&plugin->f32->member, &plugin->f64->member))
        status = tw_err_set(err, TW_INPUT, "its fp32 and fp64 say different things of themselves");
    return status;
}
