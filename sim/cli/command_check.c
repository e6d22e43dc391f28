/* thinwire check: every mistake of a scenario at once. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"

static const struct argp_option options[] = {
    {"set", 's', "AXIS=V[,V…]", 0, "replace the values of an axis", 0},
    {"only", 'O', "XPATH", 0, "keep the points for which this holds, e.g. '$nodes > 8'", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct tw_selection *selection = state->input;
    struct tw_err err = {0};
    switch (key) {
    case 's':
        if (tw_selection_add(selection, arg, &err))
            argp_error(state, "%s", err.text);
        return 0;
    case 'O':
        selection->only = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (selection->path)
            argp_error(state, "one scenario file, please; '%s' is a second", arg);
        selection->path = arg;
        return 0;
    case ARGP_KEY_END:
        if (!selection->path)
            argp_error(state, "a scenario file is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void tell(const struct tw_selection *selection, const struct tw_scenario *scenario)
{
    const struct tw_tune *tune = tw_scenario_tune(scenario);
    int points = tw_scenario_points(scenario);
    printf("%s: %d point%s", selection->path, points, points == 1 ? "" : "s");
    if (tune)
        printf(" at %d values of '%s'; `run` tunes and keeps those at the best value",
               tune->value_count, tune->over);
    putchar('\n');
}

int tw_command_check(int argc, char **argv)
{
    static const struct argp argp = {options,
                                     parse,
                                     "SCENARIO.xml",
                                     "Reads a scenario and reports every mistake in it, each with "
                                     "file, line and a hint.\v"
                                     "Exit status: 0 no mistakes (warnings allowed), 2 mistakes.",
                                     NULL,
                                     NULL,
                                     NULL};
    struct tw_selection selection = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &selection);
    struct tw_catalogue catalogue = {0};
    if (tw_catalogue_make(&catalogue)) {
        fputs("thinwire: error: out of memory\n", stderr);
        return TW_EXIT_POINTS_FAILED;
    }
    struct tw_scenario *scenario = NULL;
    int result = tw_selection_open(&selection, &catalogue, &scenario);
    if (result == TW_EXIT_DONE)
        tell(&selection, scenario);
    result = tw_output_end(result);
    tw_scenario_close(scenario);
    tw_catalogue_free(&catalogue);
    return result;
}
