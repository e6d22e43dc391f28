/* The rows of other folders. Those are only read: no file is made in them, and nothing is locked.
 */
#include "store.h"

tw_status tw_store_import(struct tw_store *store, const char *directory, struct tw_err *err)
{
    char none[] = "", *name = (char *)directory; /* borrowed: nothing here is freed by the store */
    struct tw_store from = {.directory = name, .path = none, .descriptor = -1};
    const char *key;
    json_t *row;
    from.rows = json_object();
    tw_status status = from.rows ? tw_store_refresh(&from, err) : TW_MEMORY;
    json_object_foreach(from.rows, key, row)
    {
        if (status)
            break;
        status = tw_store_append(store, row, err);
    }
    json_decref(from.rows);
    return status;
}
