/* CSV files of two numbers a line, which elements name: curves and profiles. */
#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int read_pair(const char *line, double *first, double *second)
{
    char *end;
    *first = strtod(line, &end);
    if (end == line || *end != ',')
        return 0;
    const char *rest = end + 1;
    *second = strtod(rest, &end);
    return end != rest && *end == '\0';
}

static tw_status take_line(const struct tw_pairs *pairs, const char *line, int headed, void *into,
                           struct tw_err *err)
{
    double first, second;
    if (!headed && strcmp(line, pairs->header) != 0)
        return tw_err_set(err, TW_INPUT, "%s: the header is %s%s%s, not '%.60s'", pairs->what,
                          pairs->header, pairs->or_header ? " or " : "",
                          pairs->or_header ? pairs->or_header : "", line);
    if (!headed)
        return TW_OK;
    if (!read_pair(line, &first, &second))
        return tw_err_set(err, TW_INPUT, "%s: it is not a line of %s", pairs->what, pairs->header);
    const char *wrong = pairs->take(first, second, into);
    return wrong ? tw_err_set(err, TW_INPUT, "%s: %s", pairs->what, wrong) : TW_OK;
}

static tw_status read_lines(const struct tw_pairs *pairs, FILE *file, void *into, long *number,
                            struct tw_err *err)
{
    char *line = NULL;
    size_t room = 0;
    int taken = 0; /* the header, and the lines behind it */
    tw_status status = TW_OK;
    while (status == TW_OK && getline(&line, &room, file) >= 0) {
        (*number)++;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#')
            continue;
        status = take_line(pairs, line, taken > 0, into, err);
        taken += taken < 2;
    }
    if (status == TW_OK && taken < 2)
        status = tw_err_set(err, TW_INPUT, "%s: %s", pairs->what,
                            ferror(file) ? strerror(errno) : pairs->none);
    free(line);
    return status;
}

int tw_bind_pairs(const struct tw_bind *bind, const char *path, const struct tw_pairs *pairs,
                  void *into)
{
    struct tw_err err = {0};
    long number = 0;
    FILE *file = fopen(path, "r");
    tw_status status = file ? read_lines(pairs, file, into, &number, &err)
                            : tw_err_set(&err, TW_INPUT, "%s: %s", pairs->what, strerror(errno));
    if (file)
        fclose(file);
    if (status == TW_OK)
        return 1;
    tw_err_at(&err, path, number ? number : 1);
    tw_report_add(bind->report, TW_ERROR, &err);
    return 0;
}
