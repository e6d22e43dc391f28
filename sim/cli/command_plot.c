/* thinwire plot: the figures of a results folder. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "cli.h"
#include "../results/results.h"

struct arguments {
    const char *directory;
    const char *type;
};

static const struct argp_option options[] = {
    {"type", 'T', "TYPE", 0, "draw only this type (default: those the scenario asks for)", 0}, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'T':
        a->type = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->directory)
            argp_error(state, "one results folder, please; '%s' is a second", arg);
        a->directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->directory)
            argp_error(state, "a results folder is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int draw(const char *directory, const char *type, const char *title, const json_t *labels,
                const char *baseline)
{
    struct tw_err err = {0};
    int drawn = 0;
    if (tw_figure_draw(directory, type, title, labels, baseline, &drawn, &err)) {
        tw_report(&err);
        return TW_EXIT_POINTS_FAILED;
    }
    if (drawn)
        printf("%s/plots/%s.png\n%s/plots/%s.svg\n", directory, type, directory, type);
    else
        printf("%s/plots/%s.gp (gnuplot is not installed: package gnuplot-nox)\n", directory, type);
    return TW_EXIT_DONE;
}

static int draw_asked(const struct arguments *a, const json_t *resolved)
{
    const char *title = json_string_value(json_object_get(resolved, "description"));
    const char *baseline = json_string_value(json_object_get(resolved, "baseline"));
    const json_t *labels = json_object_get(resolved, "labels");
    json_t *plots = json_object_get(resolved, "plots"), *type;
    size_t i;
    int result = TW_EXIT_DONE;
    if (a->type)
        return draw(a->directory, a->type, title ? title : "", labels, baseline);
    if (!json_array_size(plots))
        return draw(a->directory, "time-vs-bandwidth", title ? title : "", labels, baseline);
    json_array_foreach(plots, i, type)
    {
        int one = draw(a->directory, json_string_value(type), title ? title : "", labels, baseline);
        result = one ? one : result;
    }
    return result;
}

int tw_command_plot(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        "DIR",
        "Draws the figures that the scenario asks for, from DIR's CSVs, "
        "into DIR/plots: a gnuplot script, an SVG and a PNG each.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    char path[4200];
    json_error_t why;
    snprintf(path, sizeof path, "%s/manifest.json", a.directory);
    json_t *manifest = json_load_file(path, 0, &why);
    if (!manifest) {
        fprintf(stderr, "%s:%d: error: %s\n    hint: `thinwire run … -o %s` writes it\n", path,
                why.line > 0 ? why.line : 0, why.text, a.directory);
        return TW_EXIT_USAGE;
    }
    int result = draw_asked(&a, json_object_get(manifest, "scenario"));
    json_decref(manifest);
    return result;
}
