/* links: tw_base tw_compressors plugin_template_f32 plugin_template_f64 */
/* The template of a plug-in obeys the laws of the built-in members: laws_compressors.c with a list
 * whose one member is what the table of the template holds. */
#include "compressor.h"
#include "plugin.h"

extern const struct tw_plugin tw_plugin_table;

static const struct tw_compressor *plugin_at(int index, enum tw_precision precision)
{
    (void)index;
    return tw_plugin_ops(&tw_plugin_table, precision);
}

/* Laws compare with `none`, which stays the library's. */
static const struct tw_compressor *plugin_find(const char *name, enum tw_precision precision)
{
    const struct tw_compressor *built_in = (tw_compressor_find)(name, precision);
    return built_in ? built_in : plugin_at(0, precision);
}

#define tw_compressor_count() 1
#define tw_compressor_at(index, precision) plugin_at(index, precision)
#define tw_compressor_find(name, precision) plugin_find(name, precision)
#include "laws_compressors.c" /* NOLINT(bugprone-suspicious-include) */
