/* thinwire run: every point of a scenario that has no row yet, and then the CSVs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli.h"
#include "pieces.h"
#include "record.h"
#include "resolved.h"
#include "tuning.h"
#include "viewer.h"

/* One run: its points, and where their rows go. */
struct work {
    struct tw_scenario *scenario;
    const char *directory;
    struct tw_store *store;
    struct tw_keys *keys;    /* of every point; owned */
    struct tw_tuning tuning; /* zeroed without <tune> */
    int links;               /* 1: links.csv is asked for */
    int energy;              /* 1: energy.csv is */
};

/* The sheet's texts: the axes of every point as the scenario writes them. */
static void fill_sheet(const struct work *work, const char **keys, const char **values,
                       int axis_count)
{
    for (int p = 0; p < tw_scenario_points(work->scenario); p++) {
        const struct tw_point *point = tw_scenario_point(work->scenario, p);
        keys[p] = work->keys[p].key;
        for (int a = 0; a < axis_count; a++)
            values[(size_t)p * (size_t)axis_count + (size_t)a] =
                tw_tuning_is_blank(&work->tuning, p, a) ? "" : point->axis_value[a];
    }
}

static tw_status write_csvs(const struct work *work, int *missing, struct tw_err *err)
{
    size_t points = (size_t)tw_scenario_points(work->scenario);
    struct tw_sheet sheet = {.key_count = (int)points};
    sheet.axis_count = tw_scenario_axes(work->scenario, &sheet.axes);
    const char **keys = calloc(points + 1, sizeof *keys);
    const char **values = calloc(points * (size_t)sheet.axis_count + 1, sizeof *values);
    tw_status status = keys && values ? TW_OK : tw_err_set(err, TW_MEMORY, "out of memory");
    if (!status) {
        fill_sheet(work, keys, values, sheet.axis_count);
        sheet.keys = keys;
        sheet.values = values;
        status = tw_results_write(work->store, work->directory, &sheet, missing, err);
    }
    free(keys);
    free(values);
    return status;
}

/* "axes" of the echo, and each point's "axis_values": what `merge` makes the further columns of.
 * Values hold no commas, so they are joined by them. */
static int add_axes(const struct work *work, json_t *resolved)
{
    const char *const *axes;
    int count = tw_scenario_axes(work->scenario, &axes), failed = 0;
    json_t *names = json_array(), *points = json_object_get(resolved, "points");
    for (int a = 0; a < count; a++)
        failed |= json_array_append_new(names, json_string(axes[a]));
    for (int p = 0; p < tw_scenario_points(work->scenario); p++) {
        const struct tw_point *point = tw_scenario_point(work->scenario, p);
        char text[TW_AXES_MAX * 128] = "";
        size_t used = 0;
        for (int a = 0; a < count && used < sizeof text; a++)
            used += (size_t)snprintf(
                text + used, sizeof text - used, "%s%s", a ? "," : "",
                tw_tuning_is_blank(&work->tuning, p, a) ? "" : point->axis_value[a]);
        failed |= used >= sizeof text || json_object_set_new(json_array_get(points, (size_t)p),
                                                             "axis_values", json_string(text));
    }
    return json_object_set_new(resolved, "axes", names) || failed;
}

/* The echo, with the schedules that really ran where there is a row. */
static tw_status write_manifest(const struct work *work, struct tw_err *err)
{
    json_t *resolved = tw_resolved_make(work->scenario, work->keys, err), *point;
    json_t *tuning = tw_tuning_json(&work->tuning);
    size_t i;
    if ((tuning && json_object_set_new(resolved, "tuning", tuning)) ||
        (resolved && add_axes(work, resolved))) {
        json_decref(resolved);
        resolved = NULL;
    }
    if (!resolved)
        return tw_err_set(err, TW_MEMORY, "the manifest could not be made");
    json_array_foreach(json_object_get(resolved, "points"), i, point)
    {
        const json_t *row = tw_store_find(work->store, work->keys[i].key);
        json_t *ran = json_object_get(json_object_get(row, "point"), "collective");
        json_t *pricing = json_object_get(row, "pricing");
        if ((ran && json_object_set(point, "collective", ran)) ||
            (pricing && json_object_set(point, "pricing", pricing)))
            break;
    }
    tw_status status = tw_manifest_write(work->directory, resolved, err);
    json_decref(resolved);
    return status;
}

static tw_status write_results(const struct work *work, int *missing, struct tw_err *err)
{
    tw_status status = write_csvs(work, missing, err);
    size_t size = 0;
    char *text = status ? NULL : tw_scenario_text(work->scenario, &size);
    if (!status)
        status = text ? tw_file_replace(work->directory, "scenario.resolved.xml", text, size, err)
                      : tw_err_set(err, TW_MEMORY, "out of memory");
    free(text);
    return status ? status : write_manifest(work, err);
}

/* A flow model shares a link fairly; real switches drop packets when many senders hit one port. */
static void warn_of_incast(const struct work *work)
{
    int points = 0;
    json_int_t worst = 0;
    for (int p = 0; p < tw_scenario_points(work->scenario); p++) {
        const json_t *row = tw_store_find(work->store, work->keys[p].key);
        json_int_t flows =
            json_integer_value(json_object_get(json_object_get(row, "pricing"), "incast"));
        points += flows > 2;
        worst = flows > worst ? flows : worst;
    }
    if (points)
        fprintf(stderr,
                "thinwire: warning: in %d point%s up to %lld flows end on one link at once; such "
                "incast takes longer on real networks than any flow model says\n",
                points, points == 1 ? "" : "s", (long long)worst);
}

/* Processor time grows with what else uses caches and clocks. */
static void warn_of_load(const struct work *work)
{
    double load = 0;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int measured = 0;
    for (int p = 0; p < tw_scenario_points(work->scenario); p++)
        measured += tw_scenario_point(work->scenario, p)->device_measured;
    if (!measured || getloadavg(&load, 1) != 1 || processors < 1)
        return;
    fprintf(stderr,
            "thinwire: warning: seconds of kernels are measured in %d point%s, on this machine: "
            "they differ from run to run, and are too long beside other programs (load %.2g on "
            "%ld processors); -j1 on a machine that does nothing else is best\n",
            measured, measured == 1 ? "" : "s", load, processors);
}

static int conclude(const struct work *work, const struct tw_run_arguments *a,
                    const struct tw_outcome *outcome, int missing)
{
    int points = tw_scenario_points(work->scenario), kept = points - missing;
    if (work->tuning.tune && !work->tuning.blank) {
        fputs("interrupted while tuning; run the same command again to go on\n", stderr);
        return 128 + outcome->signal;
    }
    warn_of_incast(work);
    warn_of_load(work);
    fprintf(stderr, "%d of %d points in %s/points.csv", kept, points, work->directory);
    if (outcome->signal) {
        fputs("; run the same command again to go on\n", stderr);
        return 128 + outcome->signal;
    }
    if (outcome->failed) {
        fprintf(stderr, "; %d failed, see %s/failed.jsonl\n", outcome->failed, work->directory);
        return TW_EXIT_POINTS_FAILED;
    }
    fprintf(stderr, "%s\n", a->shards > 1 && missing ? "; the rest is for other shards" : "");
    return TW_EXIT_DONE;
}

/* Every point that is left, through the driver. */
static tw_status run_points(const struct tw_run_arguments *a, const struct work *work,
                            struct tw_outcome *outcome, struct tw_err *err)
{
    int count = tw_scenario_points(work->scenario);
    const struct tw_point **points = calloc((size_t)count + 1, sizeof *points);
    if (!points)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    for (int p = 0; p < count; p++)
        points[p] = tw_scenario_point(work->scenario, p);
    struct tw_pieces pieces = {points,      work->keys,  count,       work->directory,
                               work->store, work->links, work->energy};
    tw_status status = tw_pieces_run(&pieces, a, outcome, err);
    free(points);
    return status;
}

/* Tuning first: it says which of the points are run. */
static tw_status run_stages(const struct tw_run_arguments *a, struct work *work,
                            struct tw_outcome *outcome, int *missing, struct tw_err *err)
{
    struct tw_outcome trials = {0};
    tw_status status = tw_tuning_run(&work->tuning, work->scenario, work->keys, a, work->directory,
                                     work->store, &trials, err);
    if (status || trials.signal) {
        *outcome = trials;
        *missing = tw_scenario_points(work->scenario);
        return status;
    }
    status = run_points(a, work, outcome, err);
    if (!status)
        status = write_results(work, missing, err);
    outcome->failed += trials.failed;
    return status;
}

/* Pictures of steps come after the rows: what cannot be drawn costs none of them. Returns the exit
 * status. */
static int draw_steps(const struct tw_run_arguments *a, const struct work *work, int result)
{
    struct tw_outcome drawn;
    struct tw_err err = {0};
    if (tw_viewer_run(a, work->scenario, work->keys, work->directory, work->store, &drawn, &err)) {
        tw_report(&err);
        return TW_EXIT_POINTS_FAILED;
    }
    if (drawn.signal)
        return 128 + drawn.signal;
    return drawn.failed ? TW_EXIT_POINTS_FAILED : result;
}

static int run_scenario(const struct tw_run_arguments *a, struct tw_scenario *scenario)
{
    struct work work = {.scenario = scenario,
                        .links = a->links || tw_scenario_links(scenario),
                        .energy = a->energy || tw_scenario_energy(scenario)};
    struct tw_outcome outcome = {0};
    struct tw_err err = {0};
    int missing = 0, result = TW_EXIT_POINTS_FAILED;
    char directory[4096];
    snprintf(directory, sizeof directory, "results/%s", tw_scenario_id(scenario));
    work.directory = a->directory ? a->directory : directory;
    tw_status status = tw_viewer_check(a, scenario, &err);
    if (status) {
        result = TW_EXIT_USAGE;
        goto done;
    }
    status = tw_resolved_keys(scenario, &work.keys, &err);
    if (!status && a->record) {
        status = tw_record(a, scenario, work.keys, &outcome, &err);
        result = status == TW_INPUT ? TW_EXIT_USAGE
                 : outcome.signal   ? 128 + outcome.signal
                                    : TW_EXIT_POINTS_FAILED;
        if (status || outcome.signal || outcome.failed)
            goto done;
    }
    if (!status)
        status = tw_store_open(work.directory, a->shard, a->shards, a->fresh, &work.store, &err);
    if (!status)
        status = run_stages(a, &work, &outcome, &missing, &err);
    result = status ? TW_EXIT_POINTS_FAILED : conclude(&work, a, &outcome, missing);
    if (!status && a->trace && !outcome.signal)
        result = draw_steps(a, &work, result);
done:
    if (status)
        tw_report(&err);
    tw_store_close(work.store);
    tw_tuning_free(&work.tuning);
    free(work.keys);
    return result;
}

int tw_command_run(int argc, char **argv)
{
    struct tw_run_arguments a;
    tw_run_arguments_parse(&a, argc, argv);
    struct tw_catalogue catalogue = {0};
    struct tw_scenario *scenario = NULL;
    if (tw_catalogue_make(&catalogue)) {
        fputs("thinwire: error: out of memory\n", stderr);
        return TW_EXIT_POINTS_FAILED;
    }
    catalogue.keeps_others = 1;
    int result = tw_selection_open(&a.selection, &catalogue, &scenario);
    if (result == TW_EXIT_DONE)
        result = run_scenario(&a, scenario);
    tw_scenario_close(scenario);
    tw_catalogue_free(&catalogue);
    return result;
}
