/* <network bw_curve="FILE" efficiency="…"/>: bandwidth by message size, from a CSV with the header
 * size_B,factor, or one share for all sizes. Lines that begin with # say where numbers are from. */
#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "1048576,0.83" behind the points read so far; what is wrong with it, or NULL. */
static const char *read_point(const char *line, struct tw_curve *curve)
{
    char *end;
    double before_B = curve->count ? curve->size_B[curve->count - 1] : 0;
    if (curve->count == TW_CURVE_MAX)
        return "more than 64 points";
    double size_B = strtod(line, &end);
    if (end == line || *end != ',')
        return "it is not a line of size_B,factor";
    const char *second = end + 1;
    double share = strtod(second, &end);
    if (end == second || *end != '\0')
        return "it is not a line of size_B,factor";
    if (!(size_B > before_B && size_B < 1e18))
        return "sizes ascend from above 0";
    if (!(share > 0 && share <= 1))
        return "a factor is above 0 and at most 1";
    curve->size_B[curve->count] = size_B;
    curve->share[curve->count++] = share;
    return NULL;
}

static const char *read_lines(FILE *file, struct tw_curve *curve, long *number)
{
    char *line = NULL;
    size_t room = 0;
    int headed = 0;
    const char *wrong = NULL;
    while (!wrong && getline(&line, &room, file) >= 0) {
        (*number)++;
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] == '#')
            continue;
        if (headed)
            wrong = read_point(line, curve);
        else if (strcmp(line, "size_B,factor") != 0)
            wrong = "the header is size_B,factor";
        headed = 1;
    }
    if (!wrong && curve->count == 0)
        wrong = ferror(file) ? strerror(errno) : "it has no point";
    free(line);
    return wrong;
}

static void read_file(const struct tw_bind *bind, const char *path, struct tw_curve *curve)
{
    struct tw_err err = {0};
    long number = 0;
    FILE *file = fopen(path, "r");
    const char *wrong = file ? read_lines(file, curve, &number) : strerror(errno);
    if (file)
        fclose(file);
    if (!wrong)
        return;
    tw_err_set(&err, TW_INPUT, "bw_curve: %s", wrong);
    tw_err_at(&err, path, number ? number : 1);
    tw_report_add(bind->report, TW_ERROR, &err);
}

void tw_bind_curve(const struct tw_bind *bind, const struct tw_node *element,
                   struct tw_bound_network *network)
{
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    double efficiency = 1;
    network->curve_file = "";
    network->curve = tw_bind_take(bind, sizeof *network->curve);
    if (!network->curve || !element)
        return;
    int given = tw_bind_text(bind, element, "bw_curve", &text) == TW_GIVEN;
    const char *path = given ? tw_bind_file(bind, &text) : NULL;
    if (path) {
        network->curve_file = path;
        read_file(bind, path, network->curve);
    }
    if (tw_bind_quantity(bind, element, "efficiency", TW_UNIT_NUMBER, TW_POSITIVE, &efficiency) !=
        TW_GIVEN)
        return;
    (void)tw_bind_text(bind, element, "efficiency", &text);
    if (efficiency > 1)
        tw_err_set(&err, TW_RANGE, "'%s' is more than 1", tw_report_short(text.text, shown));
    else if (given)
        tw_err_set(&err, TW_INPUT, "bw_curve says it, size by size");
    if (err.status) {
        tw_bind_mistake(bind, &text, &err);
    } else if (efficiency < 1) {
        *network->curve = (struct tw_curve){.count = 1, .size_B = {1}, .share = {efficiency}};
    }
}
