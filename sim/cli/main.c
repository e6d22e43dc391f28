/* thinwire: finds the subcommand and hands over. */
#include <argp.h>
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"
#include "version.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"check", tw_command_check, "read a scenario and report every mistake in it"},
    {"plan", tw_command_plan, "list the points of a scenario with every resolved value"},
    {"run", tw_command_run, "run a scenario; an interrupted run resumes"},
    {"plot", tw_command_plot, "draw the figures of a results folder with gnuplot"},
    {"list", tw_command_list, "list compressors, feedbacks, workloads, collectives, …"},
    {"schema", tw_command_schema, "print the XML schema of scenario files"},
    {"merge", tw_command_merge, "join the folders of shards that ran apart"},
    {"compare", tw_command_compare, "compare methods with a baseline, paired over repetitions"},
    {"bench", tw_command_bench, "measure this machine's kernels as a device profile"},
    {"report", tw_command_report, "put a results folder on one page that a browser opens"},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void usage(FILE *to)
{
    fputs("Usage: thinwire COMMAND [OPTION...] [FILE|DIR]\n"
          "What would compressed training cost on this cluster, and would it still converge?\n\n",
          to);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fputs(
        "\n`thinwire COMMAND --help` explains a command; `thinwire --version` prints the version.\n"
        "Exit status: 0 done; 1 some points failed; 2 usage or scenario error; 3 points missing;\n"
        "130 and 143 interrupted (run the same command again to go on).\n",
        to);
}

static int unknown(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *near = tw_nearest(name, names, COMMANDS);
    fprintf(stderr, "thinwire: error: '%s' is not a command%s%s%s\n", name,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    usage(stderr);
    return TW_EXIT_USAGE;
}

int main(int argc, char **argv)
{
    gsl_set_error_handler_off();
    argp_err_exit_status = TW_EXIT_USAGE;
    if (argc < 2) {
        usage(stderr);
        return TW_EXIT_USAGE;
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        usage(stdout);
        return TW_EXIT_DONE;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
        printf("thinwire %s\n", TW_VERSION);
        return TW_EXIT_DONE;
    }
    for (int i = 0; i < COMMANDS; i++) {
        if (!strcmp(argv[1], commands[i].name)) {
            char name[64];
            snprintf(name, sizeof name, "thinwire %s", commands[i].name);
            argv[1] = name;
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    return unknown(argv[1]);
}
