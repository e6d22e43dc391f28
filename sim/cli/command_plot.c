/* thinwire plot: the figures of a results folder. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "cli.h"
#include "../results/results.h"

enum { METHODS_MAX = 64 };

struct arguments {
    const char *directory;
    const char *type;
    const char *name; /* of a figure of some methods only */
    const char *methods[METHODS_MAX];
    int method_count;
};

static const struct argp_option options[] = {
    {"type", 'T', "TYPE", 0, "draw only this type (default: those the scenario asks for)", 0},
    {"methods", 'M', "ID[,ID…]", 0, "with --type: draw these methods (and the baseline) only", 0},
    {"name", 'N', "NAME", 0, "with --methods: name of the files, plots/NAME.*", 0},
    {0}};

/* Splits "a,b,c" in place. */
static void split_methods(struct arguments *a, char *text, struct argp_state *state)
{
    char *rest = NULL;
    for (char *id = strtok_r(text, ",", &rest); id; id = strtok_r(NULL, ",", &rest)) {
        if (a->method_count == METHODS_MAX)
            argp_error(state, "--methods takes at most %d methods", METHODS_MAX);
        a->methods[a->method_count++] = id;
    }
}

/* A file name, and nothing that gnuplot or a shell would take for more. */
static int is_plain(const char *name)
{
    return *name && *name != '-' && strlen(name) < 64 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               strlen(name);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'T':
        a->type = arg;
        return 0;
    case 'M':
        split_methods(a, arg, state);
        return 0;
    case 'N':
        if (!is_plain(arg))
            argp_error(state, "--name takes letters, digits, - and _, not '%s'", arg);
        a->name = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (a->directory)
            argp_error(state, "one results folder, please; '%s' is a second", arg);
        a->directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->directory)
            argp_error(state, "a results folder is missing");
        if (!a->method_count != !a->name || (a->name && !a->type))
            argp_error(state, "--methods, --name and --type go together");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int draw(const struct arguments *a, const char *type, const json_t *resolved)
{
    const char *title = json_string_value(json_object_get(resolved, "description"));
    const char *baseline = json_string_value(json_object_get(resolved, "baseline"));
    const struct tw_figure_part part = {a->name, a->methods, a->method_count};
    const char *name = a->name ? a->name : type;
    struct tw_err err = {0};
    int drawn = 0;
    if (tw_figure_draw_part(a->directory, type, a->name ? &part : NULL, title,
                            json_object_get(resolved, "labels"), baseline, &drawn, &err)) {
        tw_report(&err);
        return TW_EXIT_POINTS_FAILED;
    }
    if (drawn)
        printf("%s/plots/%s.png\n%s/plots/%s.svg\n", a->directory, name, a->directory, name);
    else
        printf("%s/plots/%s.gp (gnuplot is not installed: package gnuplot-nox)\n", a->directory,
               name);
    return TW_EXIT_DONE;
}

static int draw_asked(const struct arguments *a, const json_t *resolved)
{
    json_t *plots = json_object_get(resolved, "plots"), *type;
    size_t i;
    int result = TW_EXIT_DONE;
    if (a->type)
        return draw(a, a->type, resolved);
    if (!json_array_size(plots))
        return draw(a, "time-vs-bandwidth", resolved);
    json_array_foreach(plots, i, type)
    {
        int one = draw(a, json_string_value(type), resolved);
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
        struct tw_err err = {.status = TW_IO};
        tw_err_at(&err, path, why.line > 0 ? why.line : 0);
        tw_err_set(&err, TW_IO, "%s", why.text);
        tw_err_hint(&err, TW_IO, "`thinwire run … -o %s` writes it", a.directory);
        tw_report(&err);
        return TW_EXIT_USAGE;
    }
    int result = draw_asked(&a, json_object_get(manifest, "scenario"));
    json_decref(manifest);
    return result;
}
