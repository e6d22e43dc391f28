/* thinwire compare: methods against a named baseline, paired over repetitions. */
#include <argp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <jansson.h>
#include "base/units.h"
#include "cli.h"
#include "compare_output.h"
#include "../results/columns.h"
#include "../results/results.h"

struct arguments {
    const char *path, *baseline, *metric, *penalty_source;
    double confidence;
    int csv;
    struct tw_penalty penalties[TW_PENALTIES_MAX];
    int penalty_count;
};

static const struct argp_option options[] = {
    {"baseline", 'b', "METHOD", 0, "what all are compared with (default: the scenario's)", 0},
    {"metric", 'm', "COLUMN", 0, "of points.csv (default step_time_s)", 0},
    {"confidence", 'c', "P", 0, "of the intervals (default 0.95)", 0},
    {"csv", 'C', NULL, 0, "CSV, all columns", 0},
    {"penalty", 'p', "METHOD=F", 0, "the method needs F times the baseline's steps (repeatable)",
     0},
    {"penalty-source", 'P', "TEXT", 0, "who says so; --penalty needs it", 0},
    {0}};

static void add_penalty(struct arguments *a, char *text, struct argp_state *state)
{
    char *equals = strchr(text, '=');
    struct tw_err err = {0};
    double factor = 0;
    if (!equals || equals == text || tw_units_parse(equals + 1, TW_UNIT_NUMBER, &factor, &err) ||
        factor <= 0)
        argp_error(state, "--penalty takes METHOD=FACTOR with a factor above 0, not '%s'", text);
    if (a->penalty_count == TW_PENALTIES_MAX)
        argp_error(state, "--penalty may be given %d times", TW_PENALTIES_MAX);
    if (equals) /* always, but argp_error is not known to end the program */
        *equals = '\0';
    a->penalties[a->penalty_count++] = (struct tw_penalty){text, factor};
}

static void check_metric(const char *name, struct argp_state *state)
{
    const char *names[64];
    size_t count = 0;
    char list[1024];
    if (tw_compare_is_metric(name))
        return;
    for (int i = 0; i < tw_columns_points.count && count < sizeof names / sizeof *names; i++)
        if (tw_compare_is_metric(tw_columns_points.list[i].name))
            names[count++] = tw_columns_points.list[i].name;
    argp_error(state, "--metric takes a column that is a result, not '%s' (known: %s)", name,
               tw_join(names, count, list, sizeof list));
}

static void check(const struct arguments *a, struct argp_state *state)
{
    if (!a->path)
        argp_error(state, "a results folder or a points.csv is missing");
    if (!a->penalty_count != !a->penalty_source)
        argp_error(state, "--penalty and --penalty-source go together");
    if (a->penalty_count && strcmp(a->metric, "step_time_s") != 0)
        argp_error(state, "--penalty is about step_time_s, not %s", a->metric);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct tw_err err = {0};
    switch (key) {
    case 'b':
        a->baseline = arg;
        return 0;
    case 'm':
        check_metric(arg, state);
        a->metric = arg;
        return 0;
    case 'c':
        if (tw_units_parse(arg, TW_UNIT_NUMBER, &a->confidence, &err) || a->confidence <= 0 ||
            a->confidence >= 1)
            argp_error(state, "--confidence takes a number between 0 and 1, not '%s'", arg);
        return 0;
    case 'C':
        a->csv = 1;
        return 0;
    case 'p':
        add_penalty(a, arg, state);
        return 0;
    case 'P':
        a->penalty_source = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->path)
            argp_error(state, "one results folder, please; '%s' is a second", arg);
        a->path = arg;
        return 0;
    case ARGP_KEY_END:
        check(a, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* points.csv and the manifest beside it; a file given as such counts as points.csv. */
static void find_files(const char *path, char *points, char *manifest, size_t size)
{
    struct stat about;
    const char *slash = strrchr(path, '/');
    if (!stat(path, &about) && S_ISDIR(about.st_mode)) {
        snprintf(points, size, "%s/points.csv", path);
        snprintf(manifest, size, "%s/manifest.json", path);
        return;
    }
    snprintf(points, size, "%s", path);
    snprintf(manifest, size, "%.*smanifest.json", slash ? (int)(slash - path + 1) : 0, path);
}

static tw_status choose_baseline(const struct arguments *a, const json_t *scenario,
                                 struct tw_compare_request *request, struct tw_err *err)
{
    const char *named = json_string_value(json_object_get(scenario, "baseline"));
    const json_t *tuning = json_object_get(scenario, "tuning");
    request->baseline = a->baseline ? a->baseline : named ? named : "";
    request->metric = a->metric;
    request->confidence = a->confidence;
    request->tuned = json_string_value(json_object_get(tuning, "over"));
    if (*request->baseline)
        return TW_OK;
    tw_err_set(err, TW_INPUT, "%s",
               scenario ? "the scenario names no baseline"
                        : "there is no manifest.json beside the points to name a baseline");
    return tw_err_hint(err, TW_INPUT, "--baseline METHOD");
}

/* Every penalty is of a method that is compared. */
static tw_status check_penalties(const struct arguments *a, const struct tw_compare *compare,
                                 struct tw_err *err)
{
    for (int p = 0; p < a->penalty_count; p++) {
        int i = 0;
        while (i < compare->count && strcmp(tw_compare_method(compare, i), a->penalties[p].method))
            i++;
        if (i == compare->count)
            return tw_err_set(err, TW_UNKNOWN, "--penalty: no method '%s' is compared",
                              a->penalties[p].method);
    }
    return TW_OK;
}

static tw_status compare_points(const struct arguments *a, const struct tw_table *table,
                                const json_t *scenario, struct tw_err *err)
{
    struct tw_compare compare = {0};
    struct tw_compare_request request;
    struct tw_compare_said said = {&compare, &request, a->penalties, a->penalty_count,
                                   a->penalty_source};
    tw_status status = choose_baseline(a, scenario, &request, err);
    if (!status)
        status = tw_compare_make(table, &request, &compare, err);
    if (!status)
        status = check_penalties(a, &compare, err);
    if (!status && a->csv)
        tw_compare_csv(&said, stdout);
    else if (!status)
        status = tw_compare_text(&said, stdout, err);
    tw_compare_free(&compare);
    return status;
}

int tw_command_compare(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        "DIR|points.csv",
        "Compares every method with the baseline: differences and ratios over pairs of equal "
        "repetition, with intervals, and whether they can be told apart. For step_time_s also how "
        "many times the baseline's steps a method may need before it no longer pays.\v"
        "Exit status: 0 done; 2 usage, or the files do not have what is asked for.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {.metric = "step_time_s", .confidence = 0.95};
    struct tw_table table = {0};
    struct tw_err err = {0};
    char points[4200], manifest[4200];
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    find_files(a.path, points, manifest, sizeof points);
    json_t *about = json_load_file(manifest, 0, NULL); /* a points.csv alone is fine */
    tw_status status = tw_table_read(points, &table, &err);
    if (!status)
        status = compare_points(&a, &table, json_object_get(about, "scenario"), &err);
    if (status)
        tw_report(&err);
    tw_table_free(&table);
    json_decref(about);
    return tw_output_end(status ? TW_EXIT_USAGE : TW_EXIT_DONE);
}
