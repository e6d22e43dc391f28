/* manifest.json: what a run was made of, so that it can be made again elsewhere. It names no host,
 * no user and no absolute path. */
#include <ctype.h>
#include <gsl/gsl_version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <xxhash.h>
#include "build_flags.h"
#include "build_info.h"
#include "results.h"

/* ---- absolute paths ---- */

/* Whether an absolute path starts at text[i]: a slash that opens a word, after the start, a blank
 * or a mark, or behind -I and -L. "B/s", "../x" and "https://…" have none. */
static int opens_path(const char *text, size_t i)
{
    if (text[i] != '/' || !(isalnum((unsigned char)text[i + 1]) || strchr("_.~+", text[i + 1])) ||
        !text[i + 1])
        return 0;
    if (i == 0 || strchr(" \t\n=,;:'\"(<[", text[i - 1]))
        return 1;
    return i >= 2 && text[i - 2] == '-' && strchr("IL", text[i - 1]);
}

/* A copy of text whose absolute paths are cut to …/last-part; owned by the caller. */
static char *without_paths(const char *text)
{
    size_t length = strlen(text), used = 0;
    char *out = malloc(2 * length + 1); /* "…" is 3 bytes for at least "/x" */
    for (size_t i = 0; out && i < length;) {
        if (!opens_path(text, i)) {
            out[used++] = text[i++];
            continue;
        }
        size_t path = strcspn(text + i, " \t\n=,;:'\"()<>[]"), last = path;
        while (last > 1 && text[i + last - 1] == '/') /* "/a/b/" ends in b */
            last--;
        size_t name = last;
        while (text[i + name - 1] != '/')
            name--;
        memcpy(out + used, "…/", sizeof "…/" - 1);
        used += sizeof "…/" - 1;
        memcpy(out + used, text + i + name, last - name);
        used += last - name;
        i += path;
    }
    if (out)
        out[used] = '\0';
    return out;
}

static json_t *clean_text(const char *text)
{
    char *clean = without_paths(text);
    json_t *value = clean ? json_string(clean) : NULL;
    free(clean);
    return value;
}

/* A deep copy with clean texts, or NULL. */
static json_t *clean_copy(const json_t *value)
{
    const char *name;
    json_t *member, *copy;
    size_t i;
    int failed = 0;
    if (json_is_string(value))
        return clean_text(json_string_value(value));
    if (json_is_object(value)) {
        copy = json_object();
        json_object_foreach((json_t *)value, name, member)
        {
            char *clean = without_paths(name);
            failed |= !clean || json_object_set_new(copy, clean, clean_copy(member));
            free(clean);
        }
    } else if (json_is_array(value)) {
        copy = json_array();
        json_array_foreach(value, i, member) failed |=
            json_array_append_new(copy, clean_copy(member));
    } else {
        return json_deep_copy(value);
    }
    if (failed) {
        json_decref(copy);
        return NULL;
    }
    return copy;
}

/* ---- parts ---- */

/* Puts every "seed" below value into the list, each once. */
static int collect_seeds(const json_t *value, json_t *list)
{
    const char *name;
    json_t *member;
    size_t i;
    int failed = 0;
    json_object_foreach((json_t *)value, name, member)
    {
        size_t at, known = 0;
        json_t *seed;
        if (strcmp(name, "seed") || json_is_object(member) || json_is_array(member)) {
            failed |= collect_seeds(member, list);
            continue;
        }
        json_array_foreach(list, at, seed) known += json_equal(seed, member) != 0;
        if (!known)
            failed |= json_array_append(list, member);
    }
    json_array_foreach(value, i, member) failed |= collect_seeds(member, list);
    return failed;
}

/* The model name of the first processor, or null where the system does not tell. */
static json_t *processor(void)
{
    char line[512], *value = NULL;
    FILE *from = fopen("/proc/cpuinfo", "re");
    while (from && !value && fgets(line, sizeof line, from))
        if (!strncmp(line, "model name", 10) && (value = strchr(line, ':')))
            value += strspn(value, ": \t");
    if (from)
        fclose(from);
    if (!value)
        return json_null();
    value[strcspn(value, "\n")] = '\0';
    return json_string(value);
}

static json_t *machine(void)
{
    struct utsname system = {0};
    uname(&system); /* its nodename is the host's name and stays out */
    return json_pack("{s:o, s:I, s:I, s:s, s:s, s:s}", "processor", processor(), "cores",
                     (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "memory_B",
                     (json_int_t)sysconf(_SC_PHYS_PAGES) * (json_int_t)sysconf(_SC_PAGESIZE),
                     "system", system.sysname, "kernel", system.release, "architecture",
                     system.machine);
}

static json_t *libraries(void)
{
    unsigned xxhash = XXH_versionNumber();
    char text[40];
    snprintf(text, sizeof text, "%u.%u.%u", xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "simgrid", TW_BUILD_SIMGRID, "gsl",
                     gsl_version, "libxml2", TW_BUILD_LIBXML2, "jansson", jansson_version_str(),
                     "xxhash", text, "zlib", TW_BUILD_ZLIB);
}

static json_t *build(void)
{
    /* null, not an empty text, when the sources were no repository */
    json_t *commit = *TW_GIT_COMMIT ? json_string(TW_GIT_COMMIT) : json_null();
    json_t *dirty = *TW_GIT_COMMIT ? json_boolean(TW_GIT_DIRTY) : json_null();
    return json_pack("{s:s, s:o, s:s, s:o, s:o}", "compiler", TW_BUILD_COMPILER, "flags",
                     clean_text(TW_BUILD_FLAGS), "type", TW_BUILD_TYPE, "git_commit", commit,
                     "git_dirty", dirty);
}

tw_status tw_manifest_write(const char *directory, const json_t *resolved, struct tw_err *err)
{
    json_t *seeds = json_array();
    json_t *scenario = resolved ? clean_copy(resolved) : json_null();
    int failed = !scenario || !seeds || collect_seeds(resolved, seeds);
    /* A NULL member makes json_pack fail, and it frees what it was given all the same. */
    json_t *manifest =
        json_pack("{s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "thinwire", TW_BUILD_VERSION,
                  "model_version", TW_MODEL_VERSION, "build", build(), "libraries", libraries(),
                  "machine", machine(), "seeds", seeds, "scenario", scenario);
    char *text =
        failed || !manifest
            ? NULL
            : json_dumps(manifest, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(manifest);
    if (!text)
        return tw_err_set(err, TW_MEMORY, "no memory for manifest.json");
    size_t size = strlen(text);
    text[size] = '\n'; /* in the place of the final zero: the size goes along */
    tw_status status = tw_file_replace(directory, "manifest.json", text, size + 1, err);
    free(text);
    return status;
}
