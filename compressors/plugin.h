/* A compressor that was built outside the tree and is loaded as a shared object: the table that it
 * exports, and whether that table can be used. Loading is the caller's: nothing here opens a file.
 *
 * A plug-in is code and runs with the rights of whoever loads it. Its ops must lie in the object
 * itself: hidden symbols, as TW_PLUGIN_TABLE declares them, or else a host that exports the same
 * name would put its own in their place. plugin_template.c is a whole one. */
#ifndef TW_PLUGIN_H
#define TW_PLUGIN_H

#include "compressor.h"

/* Raised when anything below or in compressor.h changes its meaning. */
#define TW_PLUGIN_VERSION 1U
#define TW_PLUGIN_SYMBOL "tw_plugin_table"

struct tw_plugin {
    uint32_t version;      /* TW_PLUGIN_VERSION of the header it was built with; stays first */
    uint32_t compressor_B; /* sizes that the header had, so that a stale build is noticed */
    uint32_t problem_B, request_B, answer_B;
    const struct tw_compressor *f32, *f64; /* NULL: not in this precision; one at least is there */
};

#define TW_PLUGIN_INIT(f32, f64)                                                    \
    {                                                                               \
        TW_PLUGIN_VERSION, sizeof(struct tw_compressor), sizeof(struct tw_problem), \
            sizeof(struct tw_request), sizeof(struct tw_answer), f32, f64           \
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
