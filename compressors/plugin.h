/* A compressor that was built outside the tree and is loaded as a shared object: the table that it
 * exports, and whether that table can be used. Loading is the caller's: nothing here opens a file.
 *
 * A plug-in is code and runs with the rights of whoever loads it. Its ops must lie in the object
 * itself: hidden symbols, as TW_PLUGIN_TABLE declares them, or else a host that exports the same
 * name would put its own in their place. plugin_template.c is a whole one. */
#ifndef TW_PLUGIN_H
#define TW_PLUGIN_H

#include "compressor.h"

/* Raised when anything below or in compressor.h changes its meaning, or the list its length. */
#define TW_PLUGIN_VERSION 1U
#define TW_PLUGIN_SYMBOL "tw_plugin_table"

/* Structures that cross the door: a plug-in keeps the sizes that its header gave them, so that a
 * stale build is noticed. */
#define TW_PLUGIN_STRUCTURES(X) \
    X(tw_compressor)            \
    X(tw_option)                \
    X(tw_problem)               \
    X(tw_tensor)                \
    X(tw_request)               \
    X(tw_answer)                \
    X(tw_partial)               \
    X(tw_support)               \
    X(tw_plan_phase)            \
    X(tw_work_item)
#define TW_PLUGIN_ONE(name) +1
#define TW_PLUGIN_SIZE(name) sizeof(struct name),
enum { TW_PLUGIN_STRUCTURE_COUNT = 0 TW_PLUGIN_STRUCTURES(TW_PLUGIN_ONE) };

struct tw_plugin {
    uint32_t version; /* TW_PLUGIN_VERSION of the header it was built with; stays first */
    uint32_t size_B[TW_PLUGIN_STRUCTURE_COUNT];
    const struct tw_compressor *f32, *f64; /* NULL: not in this precision; one at least is there */
};

/* A table, of which f32 or f64 may be NULL: const struct tw_plugin tw_plugin_table = … */
#define TW_PLUGIN_INIT(f32, f64)                                            \
    {                                                                       \
        TW_PLUGIN_VERSION, {TW_PLUGIN_STRUCTURES(TW_PLUGIN_SIZE)}, f32, f64 \
    }

/* The last line of a member that is built twice (TW_PRECISION=32 and 64) and linked into one
 * object. Before it, TW_PLUGIN_OPS(name) stands where its ops are defined:
 *     TW_PLUGIN_OPS(mine) = {.member = {.name = "mine", …}, …};
 *     TW_PLUGIN_TABLE(mine) */
#define TW_PLUGIN_HIDDEN __attribute__((visibility("hidden")))
#define TW_PLUGIN_OPS(name)                                                 \
    extern TW_PLUGIN_HIDDEN const struct tw_compressor TW_T(tw_own_##name); \
    const struct tw_compressor TW_T(tw_own_##name)
#if defined(TW_PRECISION) && TW_PRECISION == 32
#define TW_PLUGIN_TABLE(name)                                                             \
    extern TW_PLUGIN_HIDDEN const struct tw_compressor tw_own_##name##_f64;               \
    extern __attribute__((visibility("default"))) const struct tw_plugin tw_plugin_table; \
    const struct tw_plugin tw_plugin_table =                                              \
        TW_PLUGIN_INIT(&tw_own_##name##_f32, &tw_own_##name##_f64);
#else
#define TW_PLUGIN_TABLE(name)
#endif

/* Whether the table can be used: version and sizes, a name that no member of list.def has, option
 * rows whose defaults parse and whose fields lie in params, every callback that may not be NULL,
 * and both precisions saying the same of themselves. TW_INPUT with what was found and, as hint,
 * what is valid. Reads nothing behind `version` when that is a stranger's. */
tw_status tw_plugin_check(const struct tw_plugin *plugin, struct tw_err *err) TW_MUST_CHECK;

/* The ops that a member is part of: members of compressors stand first in theirs. */
static inline const struct tw_compressor *tw_compressor_of(const struct tw_member *member)
{
    return (const struct tw_compressor *)(const void *)member;
}

/* Its ops, or NULL. */
const struct tw_compressor *tw_plugin_ops(const struct tw_plugin *plugin,
                                          enum tw_precision precision);

#endif
