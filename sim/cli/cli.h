/* The command's own parts: subcommands, the catalogue of all families, arguments they share. */
#ifndef TW_CLI_H
#define TW_CLI_H

#include "../scenario/scenario.h"

/* Exit statuses: a contract, scripts rely on them. */
enum {
    TW_EXIT_DONE = 0,
    TW_EXIT_POINTS_FAILED = 1,
    TW_EXIT_USAGE = 2,
    TW_EXIT_MISSING = 3,
    TW_EXIT_INTERRUPTED = 130,
    TW_EXIT_TERMINATED = 143
};

int tw_command_check(int argc, char **argv);
int tw_command_plan(int argc, char **argv);
int tw_command_run(int argc, char **argv);
int tw_command_list(int argc, char **argv);
int tw_command_schema(int argc, char **argv);
int tw_command_plot(int argc, char **argv);
int tw_command_bench(int argc, char **argv);
int tw_command_compare(int argc, char **argv);
int tw_command_merge(int argc, char **argv);
int tw_command_report(int argc, char **argv);

/* Every family's members, for the scenario room. Zeroed on entry; freed by tw_catalogue_free. */
tw_status tw_catalogue_make(struct tw_catalogue *catalogue) TW_MUST_CHECK;
void tw_catalogue_free(struct tw_catalogue *catalogue);

/* What names a scenario on the command line: FILE, --set AXIS=V[,V…] (repeatable), --only XPATH. */
#define TW_OVERRIDES_MAX 32
struct tw_selection {
    const char *path;
    struct tw_override overrides[TW_OVERRIDES_MAX];
    int override_count;
    const char *only;
};

/* Splits "AXIS=V[,V…]" in place; TW_INPUT when there is no '=' or too many are given. */
tw_status tw_selection_add(struct tw_selection *selection, char *text,
                           struct tw_err *err) TW_MUST_CHECK;

/* Opens the scenario and prints every mistake to stderr. Returns an exit status; on TW_EXIT_DONE
 * *scenario is open. */
int tw_selection_open(const struct tw_selection *selection, const struct tw_catalogue *catalogue,
                      struct tw_scenario **scenario);

/* Flushes standard output; says why when that fails, and turns TW_EXIT_DONE into a failure. Returns
 * the exit status. */
int tw_output_end(int result);

/* "thinwire: error: text" and the hint, to stderr. */
void tw_report(const struct tw_err *err);

#endif
