/* thinwire merge: folders of shards that ran apart become one. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "cli.h"
#include "../results/file.h"
#include "../results/results.h"

enum { FOLDERS_MAX = 1024 };

struct arguments {
    const char *output, *folders[FOLDERS_MAX];
    int folder_count;
};

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "the merged folder; one of the others, or a new one", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'o':
        a->output = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->folder_count == FOLDERS_MAX)
            argp_error(state, "at most %d folders at a time", FOLDERS_MAX);
        a->folders[a->folder_count++] = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->folder_count || !a->output)
            argp_error(state, "%s is missing", a->output ? "a results folder" : "-o DIR");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- the manifests ---- */

static tw_status load_manifest(const char *directory, json_t **manifest, struct tw_err *err)
{
    json_error_t why;
    char *path = tw_file_path(directory, "manifest.json");
    if (!path)
        return TW_MEMORY;
    *manifest = json_load_file(path, 0, &why);
    const json_t *scenario = json_object_get(*manifest, "scenario");
    tw_status status = TW_OK;
    if (!json_is_array(json_object_get(scenario, "points")) ||
        !json_is_array(json_object_get(scenario, "axes"))) {
        tw_err_at(err, path, 0);
        status = tw_err_set(err, TW_INPUT, "%s",
                            *manifest ? "it does not list the points and their axes" : why.text);
        tw_err_hint(err, TW_INPUT, "`thinwire run … -o %s` writes it anew without computing again",
                    directory);
    }
    free(path);
    return status;
}

static const char *key_of(const json_t *points, size_t i)
{
    const char *key = json_string_value(json_object_get(json_array_get(points, i), "key"));
    return key ? key : "";
}

/* Two folders go together when they are of the same points in the same order. */
static tw_status check_same(const json_t *first, const json_t *other, const char *directory,
                            struct tw_err *err)
{
    const json_t *a = json_object_get(json_object_get(first, "scenario"), "points");
    const json_t *b = json_object_get(json_object_get(other, "scenario"), "points");
    size_t count = json_array_size(a), i = 0;
    if (json_array_size(b) == count)
        while (i < count && !strcmp(key_of(a, i), key_of(b, i)))
            i++;
    if (json_array_size(b) == count && i == count)
        return TW_OK;
    tw_err_at(err, directory, 0);
    tw_err_set(err, TW_INPUT, "it is of other points than the first folder (%zu there, %zu here)",
               count, json_array_size(b));
    return tw_err_hint(err, TW_INPUT,
                       "shards have one scenario, one --set and --only, one version");
}

/* The machine and build of a folder, once each. */
static int add_source(json_t *sources, const json_t *manifest)
{
    json_t *source = json_pack("{s:O?, s:O?}", "machine", json_object_get(manifest, "machine"),
                               "build", json_object_get(manifest, "build"));
    json_t *known;
    size_t i;
    json_array_foreach(sources, i, known)
    {
        if (json_equal(known, source)) {
            json_decref(source);
            return 0;
        }
    }
    return json_array_append_new(sources, source);
}

/* ---- files that all folders have alike ---- */

/* Copies it from the first folder; the others' must be the same, byte for byte. */
static tw_status copy_same(const struct arguments *a, const char *name, struct tw_err *err)
{
    char *text = NULL;
    size_t size = 0;
    tw_status status = TW_OK;
    for (int f = 0; !status && f < a->folder_count; f++) {
        char *path = tw_file_path(a->folders[f], name), *other = NULL;
        size_t other_size = 0;
        status = path ? tw_file_load(path, &other, &other_size, err) : TW_MEMORY;
        if (!status && f && (size != other_size || memcmp(text, other, size)))
            status = tw_err_set(err, TW_CORRUPT, "%s is not that of %s", path, a->folders[0]);
        if (!f) {
            text = other;
            size = other_size;
        } else {
            free(other);
        }
        free(path);
    }
    if (!status)
        status = tw_file_replace(a->output, name, text, size, err);
    free(text);
    return status;
}

/* ---- rows ---- */

struct sheet {
    struct tw_sheet sheet;
    const char **keys, **values, **axes;
    char **texts; /* a copy of each point's axis_values, cut at the commas */
};

static void free_sheet(struct sheet *sheet)
{
    for (int p = 0; sheet->texts && p < sheet->sheet.key_count; p++)
        free(sheet->texts[p]);
    free(sheet->texts);
    free(sheet->keys);
    free(sheet->values);
    free(sheet->axes);
}

/* Cuts "4,1Gbps,,dense" into `count` values in place; 0 when there are more or fewer. */
static int cut(char *text, const char **values, int count)
{
    for (int a = 0; a < count; a++) {
        char *comma = strchr(text, ',');
        if (!comma != (a == count - 1))
            return 0;
        values[a] = text;
        if (comma) {
            *comma = '\0';
            text = comma + 1;
        }
    }
    return 1;
}

static tw_status make_sheet(const json_t *scenario, struct sheet *out, struct tw_err *err)
{
    const json_t *points = json_object_get(scenario, "points");
    const json_t *axes = json_object_get(scenario, "axes");
    size_t count = json_array_size(points), axis_count = json_array_size(axes);
    out->keys = calloc(count + 1, sizeof *out->keys);
    out->values = calloc(count * axis_count + 1, sizeof *out->values);
    out->axes = calloc(axis_count + 1, sizeof *out->axes);
    out->texts = calloc(count + 1, sizeof *out->texts);
    if (!out->keys || !out->values || !out->axes || !out->texts)
        return TW_MEMORY;
    out->sheet = (struct tw_sheet){.keys = out->keys,
                                   .key_count = (int)count,
                                   .axes = out->axes,
                                   .axis_count = (int)axis_count,
                                   .values = out->values};
    for (size_t a = 0; a < axis_count; a++)
        out->axes[a] = json_string_value(json_array_get(axes, a));
    for (size_t p = 0; p < count; p++) {
        const json_t *point = json_array_get(points, p);
        const char *text = json_string_value(json_object_get(point, "axis_values"));
        out->keys[p] = key_of(points, p);
        out->texts[p] = text ? strdup(text) : NULL;
        if (!out->texts[p] || !cut(out->texts[p], &out->values[p * axis_count], (int)axis_count))
            return tw_err_set(err, TW_CORRUPT, "the manifest's axis_values of point %s are damaged",
                              out->keys[p]);
    }
    return TW_OK;
}

/* What ran, into the echo; and the points without a row, by name. */
static int complete_points(json_t *scenario, const struct tw_store *store)
{
    json_t *point, *points = json_object_get(scenario, "points");
    size_t i;
    int failed = 0;
    json_array_foreach(points, i, point)
    {
        const json_t *row = tw_store_find(store, key_of(points, i));
        json_t *ran = json_object_get(json_object_get(row, "point"), "collective");
        json_t *pricing = json_object_get(row, "pricing");
        failed |= ran && json_object_set(point, "collective", ran);
        failed |= pricing && json_object_set(point, "pricing", pricing);
        if (!row)
            fprintf(stderr, "thinwire: error: point %zu is missing: key %s (%s)\n", i,
                    key_of(points, i), json_string_value(json_object_get(point, "axis_values")));
    }
    return failed;
}

static tw_status write_merged(const struct arguments *a, json_t *manifest, json_t *sources,
                              struct tw_store *store, int *missing, struct tw_err *err)
{
    json_t *scenario = json_object_get(manifest, "scenario");
    struct sheet sheet = {0};
    tw_status status = make_sheet(scenario, &sheet, err);
    if (!status)
        status = tw_results_write(store, a->output, &sheet.sheet, missing, err);
    if (!status)
        status = copy_same(a, "scenario.resolved.xml", err);
    if (!status && json_object_get(scenario, "tuning"))
        status = copy_same(a, "tuning.csv", err);
    if (!status &&
        (complete_points(scenario, store) || json_object_set(scenario, "merged_from", sources)))
        status = TW_MEMORY;
    if (!status)
        status = tw_manifest_write(a->output, scenario, err);
    free_sheet(&sheet);
    return status;
}

/* Checks all folders before anything is written. */
static tw_status load_all(const struct arguments *a, json_t **first, json_t *sources,
                          struct tw_err *err)
{
    tw_status status = load_manifest(a->folders[0], first, err);
    if (!status && add_source(sources, *first))
        status = TW_MEMORY;
    for (int f = 1; !status && f < a->folder_count; f++) {
        json_t *other = NULL;
        status = load_manifest(a->folders[f], &other, err);
        if (!status)
            status = check_same(*first, other, a->folders[f], err);
        if (!status && add_source(sources, other))
            status = TW_MEMORY;
        json_decref(other);
    }
    return status;
}

static int merge(const struct arguments *a)
{
    json_t *first = NULL, *sources = json_array();
    struct tw_store *store = NULL;
    struct tw_err err = {0};
    int missing = 0;
    tw_status status = sources ? load_all(a, &first, sources, &err) : TW_MEMORY;
    int usage = status != TW_OK;
    if (!status)
        status = tw_store_open(a->output, 0, 1, 0, &store, &err);
    for (int f = 0; !status && f < a->folder_count; f++)
        status = tw_store_import(store, a->folders[f], &err);
    if (!status)
        status = write_merged(a, first, sources, store, &missing, &err);
    if (status)
        tw_report(&err);
    else
        fprintf(
            stderr, "%d of %zu points in %s/points.csv\n",
            (int)json_array_size(json_object_get(json_object_get(first, "scenario"), "points")) -
                missing,
            json_array_size(json_object_get(json_object_get(first, "scenario"), "points")),
            a->output);
    tw_store_close(store);
    json_decref(first);
    json_decref(sources);
    if (status)
        return usage ? TW_EXIT_USAGE : TW_EXIT_POINTS_FAILED;
    return missing ? TW_EXIT_MISSING : TW_EXIT_DONE;
}

int tw_command_merge(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        "DIR…",
        "Joins the folders of shards that ran apart (`run --shard I/N -o DIRi`): their rows, "
        "points.csv, steps.csv, cost.csv and the manifest. Rows of one key must say the same.\v"
        "Exit status: 0 done; 1 rows contradict or a file cannot be written; 2 usage, or folders "
        "that do not go together; 3 points are missing (each is named; `run -o` the merged folder "
        "computes them).",
        NULL,
        NULL,
        NULL};
    struct arguments a = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    return merge(&a);
}
