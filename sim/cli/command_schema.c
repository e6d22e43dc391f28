/* thinwire schema: the XSD that scenario files are checked against. */
#include <argp.h>
#include <stdio.h>
#include "cli.h"

int tw_command_schema(int argc, char **argv)
{
    static const struct argp argp = {NULL,
                                     NULL,
                                     "",
                                     "Prints the XML schema (XSD 1.0) of scenario files, for "
                                     "editors that complete and check as you type.",
                                     NULL,
                                     NULL,
                                     NULL};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    fputs(tw_scenario_schema(), stdout);
    return tw_output_end(TW_EXIT_DONE);
}
