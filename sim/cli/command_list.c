/* thinwire list: the members of every family, with their options, straight from their tables. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "../results/results.h"
#include "../scenario/plugin_load.h"
#include "base/work.h"

static const char *const families[] = {"compressors", "feedbacks", "optimizers", "workloads",
                                       "collectives", "executors", "plots",      "kernels"};
enum { FAMILIES = sizeof families / sizeof families[0] };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **family = state->input;
    if (key == ARGP_KEY_ARG) {
        *family = arg;
        if (strchr(arg, '/'))
            return 0; /* a plug-in's file */
        for (int i = 0; i < FAMILIES; i++) {
            if (!strcmp(arg, families[i]))
                return 0;
        }
        char known[256];
        argp_error(state, "'%s' is not a family (known: %s), nor a plug-in's path with a '/'", arg,
                   tw_join(families, FAMILIES, known, sizeof known));
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static void print_option(const struct tw_option *option)
{
    printf("      %-10s ", option->name);
    if (option->type == TW_OPTION_CHOICE) {
        for (int i = 0; option->choices[i]; i++)
            printf("%s%s", i ? "|" : "", option->choices[i]);
    } else if (option->type == TW_OPTION_TEXT || option->type == TW_OPTION_FILE) {
        fputs(option->type == TW_OPTION_FILE ? "a path" : "a name", stdout);
    } else {
        printf("%s%g … %g%s", option->open_min ? "above " : "", option->min, option->max,
               option->type == TW_OPTION_TIME ? " s" : "");
    }
    if (option->fallback)
        printf(" (default %s)", option->fallback[0] ? option->fallback : "empty");
    else
        fputs(" (required)", stdout);
    printf(": %s\n", option->help);
}

static void print_family(const char *name, const struct tw_family *family)
{
    printf("%s\n", name);
    for (int i = 0; i < family->count; i++) {
        const struct tw_member *member = family->members[i];
        const char *operation = "";
        for (int kind = 0; kind < TW_REQUEST_COUNT && !strcmp(name, "collectives"); kind++)
            if (member->requests >> kind & 1U)
                operation = tw_request_name((enum tw_request_kind)kind);
        printf("  %s%s%s\n      %s\n", operation, *operation ? " " : "", member->name,
               member->summary);
        if (member->source && member->source[0])
            printf("      source: %s\n", member->source);
        for (size_t o = 0; o < member->option_count; o++)
            print_option(&member->options[o]);
    }
}

static void print_all(const struct tw_catalogue *catalogue, const char *wanted)
{
    const struct tw_family *lists[] = {&catalogue->compressors, &catalogue->feedbacks,
                                       &catalogue->optimizers,  &catalogue->workloads,
                                       &catalogue->algorithms,  &catalogue->executors};
    for (int i = 0; i < 6; i++)
        if (!wanted || !strcmp(wanted, families[i]))
            print_family(families[i], lists[i]);
    if (!wanted || !strcmp(wanted, "plots")) {
        puts("plots");
        for (int i = 0; i < tw_figure_count(); i++)
            printf("  %s\n", tw_figure_name(i));
    }
    if (!wanted || !strcmp(wanted, "kernels")) {
        puts("kernels");
        for (int i = 0; i < TW_KERNEL_COUNT; i++)
            printf("  %s\n", tw_kernel_name((enum tw_kernel)i));
    }
}

/* The compressor of a shared object, as a family of one. */
static int print_plugin(const struct tw_catalogue *catalogue, const char *path)
{
    struct tw_pool pool = {0};
    struct tw_loaded *loaded = NULL;
    struct tw_err err = {0};
    const struct tw_plugged *plugged = NULL;
    tw_status status = tw_plugin_load(&loaded, &pool, catalogue, path, path, &plugged, &err);
    if (status == TW_OK) {
        const struct tw_member *f32 = plugged->member[TW_FP32], *f64 = plugged->member[TW_FP64];
        const struct tw_member *member = f32 ? f32 : f64;
        print_family("compressors", &(struct tw_family){&member, 1});
        printf("      precision: %s%s%s\n", f32 ? "fp32" : "", f32 && f64 ? ", " : "",
               f64 ? "fp64" : "");
    } else {
        fprintf(stderr, "thinwire: error: %s\n", err.text);
        if (err.hint[0])
            fprintf(stderr, "    hint: %s\n", err.hint);
    }
    tw_plugins_unload(loaded);
    tw_pool_free(&pool);
    return status ? TW_EXIT_USAGE : TW_EXIT_DONE;
}

int tw_command_list(int argc, char **argv)
{
    static const struct argp argp = {NULL,
                                     parse,
                                     "[FAMILY|./PLUGIN.so]",
                                     "Lists what scenario files may name: compressors, feedbacks, "
                                     "optimizers, workloads, collectives, executors, plots, "
                                     "kernels; each with its options, bounds and defaults. Of a "
                                     "plug-in, a path with a slash, its compressor.",
                                     NULL,
                                     NULL,
                                     NULL};
    const char *wanted = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &wanted);
    struct tw_catalogue catalogue = {0};
    if (tw_catalogue_make(&catalogue)) {
        fputs("thinwire: error: out of memory\n", stderr);
        return TW_EXIT_POINTS_FAILED;
    }
    int status = TW_EXIT_DONE;
    if (wanted && strchr(wanted, '/'))
        status = print_plugin(&catalogue, wanted);
    else
        print_all(&catalogue, wanted);
    tw_catalogue_free(&catalogue);
    return tw_output_end(status);
}
