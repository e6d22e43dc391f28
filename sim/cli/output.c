/* The end of what goes to standard output: a full disk or a closed pipe is said, not swallowed. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "cli.h"

int tw_output_end(int result)
{
    int failed = ferror(stdout);
    if (!fflush(stdout) && !failed)
        return result;
    fprintf(stderr, "thinwire: error: standard output: %s\n", strerror(errno));
    return result == TW_EXIT_DONE ? TW_EXIT_POINTS_FAILED : result;
}
