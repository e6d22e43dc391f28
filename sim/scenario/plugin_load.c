/* Shared objects with compressors. */
#include "plugin_load.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "files.h"

/* Without a slash dlopen would look in the folders of the system's libraries. The content is hashed
 * before and after, so that the hash in the keys is that of the code that runs. */
static tw_status load_file(struct tw_loaded *loaded, const char *shown, struct tw_err *err)
{
    char path[TW_TEXT_MAX + 2];
    const char *file = loaded->plugged.file;
    uint64_t after = 0;
    int length = snprintf(path, sizeof path, "%s%s", strchr(file, '/') ? "" : "./", file);
    if (length < 0 || (size_t)length >= sizeof path)
        return tw_err_set(err, TW_RANGE, "the path of '%s' is too long", shown);
    tw_status status = tw_file_hash(NULL, path, &loaded->plugged.hash, err);
    if (status)
        return status;
    loaded->handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!loaded->handle) {
        const char *reason = dlerror();
        size_t skip = reason && strncmp(reason, path, (size_t)length) == 0 ? (size_t)length : 0;
        while (skip > 0 && (reason[skip] == ':' || reason[skip] == ' '))
            skip++;
        tw_err_set(err, TW_IO, "'%s' cannot be loaded: %s", shown, reason ? reason + skip : "");
        return tw_err_hint(err, TW_IO,
                           "valid: a shared object built with cc -shared from code of -fPIC, as "
                           "compressors/plugin_template.c says");
    }
    status = tw_file_hash(NULL, path, &after, err);
    if (!status && after != loaded->plugged.hash)
        status = tw_err_set(err, TW_IO, "'%s' was changed while it was loaded", shown);
    return status;
}

/* A plug-in's exported compressor is replaced by that of the program when names are equal: then
 * other code would run than the one in the file. */
static int is_inside(const void *table, const struct tw_member *member)
{
    Dl_info of_table, of_member;
    return !member || (dladdr(table, &of_table) && dladdr(member, &of_member) &&
                       of_table.dli_fbase == of_member.dli_fbase);
}

static tw_status read_table(struct tw_loaded *loaded, const struct tw_catalogue *catalogue,
                            const char *shown, struct tw_err *err)
{
    struct tw_err why = {0};
    const void *table = dlsym(loaded->handle, catalogue->plugin_symbol);
    if (!table) {
        tw_err_set(err, TW_INPUT, "'%s' has no symbol %s", shown, catalogue->plugin_symbol);
        return tw_err_hint(err, TW_INPUT,
                           "TW_PLUGIN_TABLE(name) of <thinwire/compressors.h> "
                           "makes it");
    }
    if (catalogue->read_plugin(table, loaded->plugged.member, &why)) {
        tw_err_set(err, TW_INPUT, "'%s' is no plug-in for this program: %s", shown, why.text);
        return tw_err_hint(err, TW_INPUT, "%s", why.hint);
    }
    for (int p = 0; p < 2; p++)
        if (!is_inside(table, loaded->plugged.member[p])) {
            tw_err_set(err, TW_INPUT, "'%s' has a compressor that lies in another object", shown);
            return tw_err_hint(err, TW_INPUT,
                               "define it by TW_PLUGIN_OPS(name), or hidden or "
                               "static");
        }
    return TW_OK;
}

static struct tw_loaded *find(struct tw_loaded *list, const char *path)
{
    while (list && strcmp(list->plugged.file, path) != 0)
        list = list->next;
    return list;
}

tw_status tw_plugin_load(struct tw_loaded **list, struct tw_pool *pool,
                         const struct tw_catalogue *catalogue, const char *path, const char *shown,
                         const struct tw_plugged **plugged, struct tw_err *err)
{
    struct tw_loaded *loaded = find(*list, path);
    if (!loaded) {
        loaded = tw_pool_take(pool, sizeof *loaded);
        const char *file = tw_pool_text(pool, path, strlen(path));
        if (!loaded || !file)
            return tw_err_set(err, TW_MEMORY, "out of memory");
        *loaded = (struct tw_loaded){.plugged = {.file = file}, .next = *list};
        *list = loaded;
        loaded->status = load_file(loaded, shown, &loaded->err);
        if (!loaded->status)
            loaded->status = read_table(loaded, catalogue, shown, &loaded->err);
    }
    *plugged = &loaded->plugged;
    if (loaded->status && err)
        *err = loaded->err;
    return loaded->status;
}

void tw_plugins_unload(struct tw_loaded *list)
{
    for (; list; list = list->next)
        if (list->handle)
            dlclose(list->handle);
}
