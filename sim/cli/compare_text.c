/* A table with the columns that vary, and in words what its numbers stand on. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>
#include "compare_output.h"
#include "../results/columns.h"

/* ---- a table of texts, aligned when it is printed ---- */

enum { CELL_B = 96 };

struct grid {
    char (*cells)[CELL_B];
    int columns, used;    /* cells used, row by row, the heads first */
    unsigned char *shown; /* of the comparison's columns */
};

static char *cell(struct grid *grid)
{
    return grid->cells[grid->used++];
}

/* Columns that people see: characters, not bytes. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* Whether something stands right of the cell in its row. */
static int goes_on(const struct grid *grid, int i)
{
    while (++i % grid->columns)
        if (*grid->cells[i])
            return 1;
    return 0;
}

static void print_grid(const struct grid *grid, FILE *to)
{
    for (int i = 0; i < grid->used; i++) {
        int column = i % grid->columns, widest = 0;
        for (int k = column; k < grid->used; k += grid->columns)
            widest = width_of(grid->cells[k]) > widest ? width_of(grid->cells[k]) : widest;
        fputs(grid->cells[i], to);
        if (column == grid->columns - 1)
            fputc('\n', to);
        else if (goes_on(grid, i))
            fprintf(to, "%*s", widest - width_of(grid->cells[i]) + 2, "");
    }
}

/* ---- which columns ---- */

/* Whether column b's text follows from column a's over the whole list. */
static int determines(const struct tw_compare *compare, int a, int b, json_t *map)
{
    int follows = 1;
    json_object_clear(map);
    for (int i = 0; follows && i < compare->count; i++) {
        const char *x = tw_table_text(compare->points, compare->list[i].row, compare->columns[a]);
        const char *y = tw_table_text(compare->points, compare->list[i].row, compare->columns[b]);
        const json_t *known = json_object_get(map, x);
        if (known)
            follows = !strcmp(json_string_value(known), y);
        else
            follows = !json_object_set_new(map, x, json_string(y));
    }
    return follows;
}

/* Whether the column varies and says something that no column shown so far says. */
static int is_news(const struct tw_compare *compare, const unsigned char *shown, int a, json_t *map)
{
    int news = compare->varies[a];
    for (int b = 0; news && b < compare->column_count; b++)
        if (b != a && shown[b] && determines(compare, a, b, map) && determines(compare, b, a, map))
            news = 0;
    return news;
}

/* The nodes first; then the scenario's own axes, which stand last and say "1Gbps" where the
 * contract has B/s; then what is left. */
static void choose_columns(const struct tw_compare *compare, unsigned char *shown, json_t *map)
{
    for (int c = 0; c < compare->column_count; c++)
        if (!strcmp(compare->points->cells[compare->columns[c]], "nodes"))
            shown[c] = compare->varies[c];
    for (int c = compare->column_count - 1; c >= 0; c--)
        if (!shown[c])
            shown[c] = (unsigned char)is_news(compare, shown, c, map);
}

/* ---- cells ---- */

/* Texts as they are, but numbers of the contract in fewer digits. */
static void identity(const struct tw_compare *compare, int i, int c, char *out)
{
    const char *name = compare->points->cells[compare->columns[c]];
    const char *text = tw_table_text(compare->points, compare->list[i].row, compare->columns[c]);
    int column = tw_columns_index(&tw_columns_points, name);
    if (column >= 0 && tw_columns_points.list[column].kind == TW_COLUMN_R && *text)
        snprintf(out, CELL_B, "%.6g",
                 tw_table_real(compare->points, compare->list[i].row, compare->columns[c]));
    else
        snprintf(out, CELL_B, "%s", text);
}

static void number(char *out, double value)
{
    snprintf(out, CELL_B, isnan(value) ? "-" : "%.5g", value);
}

/* "0.83 [0.8, 0.86]", "0.83" without an interval, "-" without a number. */
static void interval(char *out, double value, double low, double high)
{
    if (isnan(value) || isnan(low))
        number(out, value);
    else
        snprintf(out, CELL_B, "%.5g [%.5g, %.5g]", value, low, high);
}

static const char *in_words(const struct tw_comparison *one)
{
    const struct tw_paired *paired = &one->paired;
    switch (paired->kind) {
    case TW_PAIRED_NONE:
        return one->lonely == one->repetitions ? "no baseline there" : "nothing to compare";
    case TW_PAIRED_SINGLE:
        return "one repetition: no interval";
    default:
        break;
    }
    switch (paired->verdict) {
    case TW_VERDICT_LESS:
        return paired->kind == TW_PAIRED_EXACT ? "less (exact)" : "less";
    case TW_VERDICT_GREATER:
        return paired->kind == TW_PAIRED_EXACT ? "greater (exact)" : "greater";
    case TW_VERDICT_EQUAL:
        return "equal (exact)";
    default:
        return "cannot be told apart";
    }
}

static void left_out(const struct tw_comparison *one, char *out)
{
    const struct {
        int count;
        const char *what;
    } parts[] = {{one->lonely, "without baseline"},
                 {one->own_failed, "failed"},
                 {one->base_failed, "baseline failed"},
                 {one->own_missed, "no value"},
                 {one->base_missed, "no baseline value"}};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof parts / sizeof *parts && used < CELL_B; i++)
        if (parts[i].count)
            used += (size_t)snprintf(out + used, CELL_B - used, "%s%d %s", used ? ", " : "",
                                     parts[i].count, parts[i].what);
}

static int is_step_time(const struct tw_compare_said *said)
{
    return !strcmp(said->request->metric, "step_time_s");
}

static void add_break_even(const struct tw_compare_said *said, int i, struct grid *grid)
{
    const struct tw_paired *paired = &said->compare->list[i].paired;
    const struct tw_penalty *penalty = tw_compare_penalty(said, i);
    const char *pays = tw_compare_pays(said, i);
    char *even = cell(grid), *with = said->penalty_count ? cell(grid) : NULL;
    if (isnan(paired->ratio))
        snprintf(even, CELL_B, "-");
    else
        snprintf(even, CELL_B, "pays as long as it needs less than %.4gx the steps",
                 1 / paired->ratio);
    if (with && *pays)
        snprintf(with, CELL_B, "%.4gx the steps: %.4gx the time, %s", penalty->factor,
                 penalty->factor * paired->ratio,
                 !strcmp(pays, "yes")  ? "pays"
                 : !strcmp(pays, "no") ? "does not pay"
                                       : "cannot be told");
}

static void add_row(const struct tw_compare_said *said, int i, int some_left, struct grid *grid)
{
    const struct tw_compare *compare = said->compare;
    const struct tw_comparison *one = &compare->list[i];
    const struct tw_paired *paired = &one->paired;
    snprintf(cell(grid), CELL_B, "%s", tw_compare_method(compare, i));
    for (int c = 0; c < compare->column_count; c++)
        if (grid->shown[c])
            identity(compare, i, c, cell(grid));
    snprintf(cell(grid), CELL_B, "%d of %d", paired->pairs, one->repetitions);
    number(cell(grid), paired->base_mean);
    number(cell(grid), paired->own_mean);
    interval(cell(grid), paired->difference, paired->difference_low, paired->difference_high);
    interval(cell(grid), paired->ratio, paired->ratio_low, paired->ratio_high);
    snprintf(cell(grid), CELL_B, "%s", in_words(one));
    if (is_step_time(said))
        add_break_even(said, i, grid);
    if (some_left)
        left_out(one, cell(grid));
}

static void add_heads(const struct tw_compare_said *said, int some_left, struct grid *grid)
{
    const struct tw_compare *compare = said->compare;
    snprintf(cell(grid), CELL_B, "method");
    for (int c = 0; c < compare->column_count; c++)
        if (grid->shown[c])
            snprintf(cell(grid), CELL_B, "%s", compare->points->cells[compare->columns[c]]);
    snprintf(cell(grid), CELL_B, "pairs");
    snprintf(cell(grid), CELL_B, "%s", said->request->baseline);
    snprintf(cell(grid), CELL_B, "method's");
    snprintf(cell(grid), CELL_B, "method − %s", said->request->baseline);
    snprintf(cell(grid), CELL_B, "method ÷ %s", said->request->baseline);
    snprintf(cell(grid), CELL_B, "method is");
    if (is_step_time(said)) {
        snprintf(cell(grid), CELL_B, "against %s", said->request->baseline);
        if (said->penalty_count)
            snprintf(cell(grid), CELL_B, "with the penalty");
    }
    if (some_left)
        snprintf(cell(grid), CELL_B, "left out");
    grid->columns = grid->used;
}

/* ---- what the numbers stand on ---- */

static void print_notes(const struct tw_compare_said *said, int some_left, FILE *to)
{
    const struct tw_compare *compare = said->compare;
    const struct tw_compare_request *request = said->request;
    int intervals = 0;
    for (int i = 0; i < compare->count; i++)
        intervals += compare->list[i].paired.kind == TW_PAIRED_INTERVAL;
    if (intervals)
        fprintf(to,
                "[…]: Student's interval at %g %% on pairs of equal repetition; ratios, which "
                "decide where there are any, on\ntheir logarithms. Of these %d, each by itself, "
                "about %.2g would be told apart by chance alone.\n",
                100 * request->confidence, intervals, intervals * (1 - request->confidence));
    for (int c = 0; c < compare->column_count; c++)
        if (compare->stands[c])
            fprintf(to,
                    "%s has one value of %s where methods have others: it is compared with all.\n",
                    request->baseline, compare->points->cells[compare->columns[c]]);
    if (request->tuned)
        fprintf(to, "%s is tuned: each method has its own value.\n", request->tuned);
    if (some_left)
        fputs(
            "Pairs of which a side failed or has no value are left out; what remains flatters the "
            "side that failed.\n",
            to);
    for (int p = 0; p < said->penalty_count; p++)
        fprintf(to, "Penalty of %s: %gx the steps of %s to the same loss (%s).\n",
                said->penalties[p].method, said->penalties[p].factor, request->baseline,
                said->penalty_source);
}

tw_status tw_compare_text(const struct tw_compare_said *said, FILE *to, struct tw_err *err)
{
    const struct tw_compare *compare = said->compare;
    struct grid grid = {0};
    int some_left = 0;
    tw_status status = TW_OK;
    for (int i = 0; i < compare->count; i++)
        some_left |= compare->list[i].repetitions > compare->list[i].paired.pairs;
    size_t rows = (size_t)compare->count + 1, columns = (size_t)compare->column_count + 10;
    grid.cells = calloc(rows * columns, sizeof *grid.cells);
    grid.shown = calloc(columns, 1);
    json_t *map = json_object();
    if (!grid.cells || !grid.shown || !map) {
        status = tw_err_set(err, TW_MEMORY, "out of memory");
        goto done;
    }
    choose_columns(compare, grid.shown, map);
    add_heads(said, some_left, &grid);
    for (int i = 0; i < compare->count; i++)
        add_row(said, i, some_left, &grid);
    fprintf(to, "%s of each method against the baseline '%s'\n", said->request->metric,
            said->request->baseline);
    print_grid(&grid, to);
    print_notes(said, some_left, to);
done:
    json_decref(map);
    free(grid.cells);
    free(grid.shown);
    return status;
}
