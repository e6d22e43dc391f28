/* Compressors out of shared objects: of <compressor>, which is one of the built-in ones by type or
 * a plug-in, and of rules for tensors. */
#include <string.h>

#include "bind.h"
#include "plugin_load.h"

static const struct tw_plugged *load(const struct tw_bind *bind, const struct tw_node *element)
{
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    const struct tw_plugged *plugged = NULL;
    if (tw_bind_text(bind, element, "plugin", &text) != TW_GIVEN)
        return NULL;
    if (!bind->catalogue->read_plugin || !bind->plugins) {
        tw_report_at(bind->report, TW_ERROR, element, "use type",
                     "%s: attribute plugin: this program loads none", element->name);
        return NULL;
    }
    const char *file = tw_bind_file(bind, &text);
    if (!file)
        return NULL;
    tw_status status = tw_plugin_load(bind->plugins, bind->pool, bind->catalogue, file,
                                      tw_report_short(text.text, shown), &plugged, &err);
    if (status == TW_OK)
        return plugged;
    if (status == TW_MEMORY)
        bind->report->memory = 1;
    else
        tw_bind_mistake(bind, &text, &err);
    return NULL;
}

const struct tw_plugged *tw_bind_plugin(const struct tw_bind *bind, const struct tw_node *element,
                                        const struct tw_member **member)
{
    if (tw_model_attribute(element, "type")) {
        tw_report_at(bind->report, TW_ERROR, element, "leave one of them out",
                     "%s: type names a built-in one, and plugin a file", element->name);
        return NULL;
    }
    const struct tw_plugged *plugged = load(bind, element);
    if (plugged)
        *member = plugged->member[TW_FP32] ? plugged->member[TW_FP32] : plugged->member[TW_FP64];
    return plugged;
}

void tw_bind_compressor(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_method *method)
{
    const struct tw_member *member = NULL;
    if (!tw_model_attribute(element, "plugin")) {
        if (tw_model_attribute(element, "type"))
            (void)tw_bind_choice(bind, element, "type", &bind->catalogue->compressors,
                                 &method->compressor);
        else
            tw_report_at(bind->report, TW_ERROR, element,
                         "type names a built-in one, plugin=\"./mine.so\" a file",
                         "compressor: attribute type is missing");
        return;
    }
    const struct tw_plugged *plugged = tw_bind_plugin(bind, element, &member);
    if (plugged && tw_bind_options(bind, element, "plugin", member, &method->compressor))
        method->plugged = plugged;
}
