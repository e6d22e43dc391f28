/* thinwire list: the members of every family, with their options, straight from their tables. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "../results/results.h"
#include "base/work.h"

static const char *const families[] = {"compressors", "feedbacks", "optimizers", "workloads",
                                       "collectives", "executors", "plots",      "kernels"};
enum { FAMILIES = sizeof families / sizeof families[0] };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **family = state->input;
    if (key == ARGP_KEY_ARG) {
        for (int i = 0; i < FAMILIES; i++) {
            if (!strcmp(arg, families[i])) {
                *family = families[i];
                return 0;
            }
        }
        char known[256];
        argp_error(state, "'%s' is not a family (known: %s)", arg,
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

int tw_command_list(int argc, char **argv)
{
    static const struct argp argp = {NULL,
                                     parse,
                                     "[FAMILY]",
                                     "Lists what scenario files may name: compressors, feedbacks, "
                                     "optimizers, workloads, collectives, executors, plots, "
                                     "kernels; each with its options, bounds and defaults.",
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
    print_all(&catalogue, wanted);
    tw_catalogue_free(&catalogue);
    return tw_output_end(TW_EXIT_DONE);
}
