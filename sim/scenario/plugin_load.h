/* Shared objects with compressors: the only place that loads code. */
#ifndef TW_SCENARIO_PLUGIN_LOAD_H
#define TW_SCENARIO_PLUGIN_LOAD_H

#include "pool.h"
#include "scenario.h"

/* What came of one file; a file that failed fails the same way when it is asked for again. */
struct tw_loaded {
    struct tw_plugged plugged; /* file among it: the name that was asked for, in the pool */
    void *handle;
    tw_status status;
    struct tw_err err;
    struct tw_loaded *next;
};

/* Loads the file, or finds it in *list, where it is put. The text of an error begins with the name
 * given in `shown`: TW_IO for a file that is no shared object of this machine or calls what nobody
 * has; TW_INPUT for one without the catalogue's symbol, with a table that cannot be used, or whose
 * compressors lie in another object; TW_MEMORY. */
tw_status tw_plugin_load(struct tw_loaded **list, struct tw_pool *pool,
                         const struct tw_catalogue *catalogue, const char *path, const char *shown,
                         const struct tw_plugged **plugged, struct tw_err *err) TW_MUST_CHECK;
/* Unloads all; nothing of them may be in use. */
void tw_plugins_unload(struct tw_loaded *list);

#endif
