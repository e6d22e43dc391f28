/* thinwire report: a results folder as one page. */
#include <argp.h>
#include <stdio.h>
#include <jansson.h>
#include "cli.h"
#include "../results/page.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    const char **directory = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (*directory)
            argp_error(state, "one results folder, please; '%s' is a second", arg);
        *directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (!*directory)
            argp_error(state, "a results folder is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int tw_command_report(int argc, char **argv)
{
    static const struct argp argp = {
        NULL,
        parse,
        "DIR",
        "Writes DIR/report.html: the question, what deserves caution, what decides, ratios to the "
        "baseline, the figures that `thinwire plot` has drawn, and the points, on one page that "
        "needs nothing but a browser.",
        NULL,
        NULL,
        NULL};
    const char *directory = NULL;
    argp_parse(&argp, argc, argv, 0, NULL, &directory);
    char path[4200];
    json_error_t why;
    struct tw_err err = {0};
    snprintf(path, sizeof path, "%s/manifest.json", directory);
    json_t *manifest = json_load_file(path, 0, &why);
    if (!manifest) {
        tw_err_at(&err, path, why.line > 0 ? why.line : 0);
        tw_err_set(&err, TW_IO, "%s", why.text);
        tw_err_hint(&err, TW_IO, "`thinwire run … -o %s` writes it", directory);
        tw_report(&err);
        return TW_EXIT_USAGE;
    }
    tw_status status = tw_page_write(directory, manifest, &err);
    json_decref(manifest);
    if (status) {
        tw_report(&err);
        return TW_EXIT_POINTS_FAILED;
    }
    printf("%s/report.html\n", directory);
    return tw_output_end(TW_EXIT_DONE);
}
