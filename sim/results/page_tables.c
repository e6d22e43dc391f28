/* Tables of the page: which part of a step decides, ratios to the baseline, and the points. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "compare.h"
#include "html.h"
#include "page.h"
#include "quantity.h"

/* A page is read; whoever wants more rows has points.csv. */
enum { ROWS_MAX = 500, PARTS = 4 };
static const char *const parts[PARTS] = {"compute_s", "compress_s", "exposed_s", "wait_s"};
static const char *const part_names[PARTS] = {"compute", "compress", "exposed", "wait"};
static const char *const part_colours[PARTS] = {"#0072b2", "#e69f00", "#d55e00",
                                                "#cccccc"}; /* as the figures' bars */

static void cell(const struct tw_page *page, const char *text)
{
    fputs("<td>", page->out);
    tw_html_text(page->out, text);
    fputs("</td>", page->out);
}

/* Whether no earlier row is of this row's method. */
static int is_first(const struct tw_page *page, int row)
{
    int at = tw_table_column(page->points, "method");
    for (int r = 0; r < row && at >= 0; r++)
        if (strcmp(tw_table_text(page->points, row, at), tw_table_text(page->points, r, at)) == 0)
            return 0;
    return at >= 0 || row == 0;
}

/* Of one method, over its rows that have times: mean shares of a step, and how often each part is
 * the largest. */
struct shares {
    int rows, largest[PARTS];
    double mean[PARTS], least_s, most_s;
};

static struct shares shares_of(const struct tw_page *page, const char *method)
{
    struct shares shares = {.least_s = INFINITY};
    for (int r = 0; r < page->points->rows; r++) {
        double step_s = tw_page_number(page, r, "step_time_s");
        int largest = 0;
        if (strcmp(tw_page_field(page, r, "method"), method) != 0 || !(step_s > 0))
            continue;
        for (int p = 0; p < PARTS; p++) {
            shares.mean[p] += tw_page_number(page, r, parts[p]) / step_s;
            if (tw_page_number(page, r, parts[p]) > tw_page_number(page, r, parts[largest]))
                largest = p;
        }
        shares.largest[largest]++;
        shares.rows++;
        shares.least_s = fmin(shares.least_s, step_s);
        shares.most_s = fmax(shares.most_s, step_s);
    }
    for (int p = 0; p < PARTS && shares.rows; p++)
        shares.mean[p] /= shares.rows;
    return shares;
}

/* Shares as a bar; a wait that is negative (time given back) has no width. */
static void put_bar(const struct tw_page *page, const struct shares *shares)
{
    double x = 0;
    fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"120\" height=\"12\" role=\"img\">",
          page->out);
    for (int p = 0; p < PARTS; p++) {
        double width = 120 * fmax(0, shares->mean[p]);
        fprintf(page->out, "<rect x=\"%.2f\" y=\"0\" width=\"%.2f\" height=\"12\" fill=\"%s\">", x,
                width, part_colours[p]);
        fprintf(page->out, "<title>%s</title></rect>", part_names[p]);
        x += width;
    }
    fputs("</svg>", page->out);
}

static void put_shares(const struct tw_page *page, const char *method, const struct shares *shares)
{
    char least[TW_QUANTITY_MAX], most[TW_QUANTITY_MAX];
    int said = 0;
    fputs("<tr>", page->out);
    cell(page, tw_page_label(page, method));
    if (!shares->rows) {
        fputs("<td colspan=\"8\">no times</td></tr>\n", page->out);
        return;
    }
    tw_quantity_time(shares->least_s, least);
    tw_quantity_time(shares->most_s, most);
    fprintf(page->out, "<td>%d</td><td>%s … %s</td>", shares->rows, least, most);
    for (int p = 0; p < PARTS; p++)
        fprintf(page->out, "<td>%.1f %%</td>", 100 * shares->mean[p]);
    fputs("<td>", page->out);
    put_bar(page, shares);
    fputs("</td><td>", page->out);
    for (int p = 0; p < PARTS; p++)
        if (shares->largest[p])
            fprintf(page->out, "%s%s (%d)", said++ ? ", " : "", part_names[p], shares->largest[p]);
    fputs("</td></tr>\n", page->out);
}

tw_status tw_page_decides(const struct tw_page *page, struct tw_err *err)
{
    (void)err;
    fputs(
        "<h2>What decides</h2>\n<p class=\"quiet\">Where a step's time goes: mean over the rows of "
        "a method; and which part is the largest, in how many rows.</p>\n<div class=\"wide\">"
        "<table>\n<tr><th>method</th><th>rows</th><th>step</th>",
        page->out);
    for (int i = 0; i < PARTS; i++)
        fprintf(page->out, "<th><span style=\"color:%s\">&#9632;</span> %s</th>", part_colours[i],
                part_names[i]);
    fputs("<th></th><th>the largest</th></tr>\n", page->out);
    for (int r = 0; r < page->points->rows; r++) {
        if (!is_first(page, r))
            continue;
        struct shares shares = shares_of(page, tw_page_field(page, r, "method"));
        put_shares(page, tw_page_field(page, r, "method"), &shares);
    }
    fputs("</table></div>\n", page->out);
    return TW_OK;
}

/* Of one method: in how many points its step is shorter, longer, the same; the range of ratios. */
static void put_ratio(const struct tw_page *page, const struct tw_compare *compare,
                      const char *method)
{
    int count[TW_VERDICT_UNDECIDED + 1] = {0}, pairs = 0;
    double least = INFINITY, most = 0;
    char low[TW_QUANTITY_MAX], high[TW_QUANTITY_MAX];
    for (int i = 0; i < compare->count; i++) {
        const struct tw_comparison *one = &compare->list[i];
        if (strcmp(tw_page_field(page, one->row, "method"), method) != 0 ||
            !isfinite(one->paired.ratio))
            continue;
        pairs++;
        count[one->paired.verdict]++;
        least = fmin(least, one->paired.ratio);
        most = fmax(most, one->paired.ratio);
    }
    if (!pairs)
        return;
    tw_quantity_factor(least, low);
    tw_quantity_factor(most, high);
    fputs("<tr>", page->out);
    cell(page, tw_page_label(page, method));
    fprintf(page->out,
            "<td>%d</td><td>%s</td><td>%s</td><td>%d</td><td>%d</td><td>%d</td><td>%d</td></tr>\n",
            pairs, low, high, count[TW_VERDICT_LESS], count[TW_VERDICT_GREATER],
            count[TW_VERDICT_EQUAL], count[TW_VERDICT_UNDECIDED] + count[TW_VERDICT_NONE]);
}

static void put_ratios(const struct tw_page *page, const struct tw_compare *compare)
{
    fputs("<div class=\"wide\"><table>\n<tr><th>method</th><th>points</th><th>least</th><th>most"
          "</th><th>shorter</th><th>longer</th><th>equal</th><th>undecided</th></tr>\n",
          page->out);
    for (int r = 0; r < page->points->rows; r++)
        if (is_first(page, r))
            put_ratio(page, compare, tw_page_field(page, r, "method"));
    fputs("</table></div>\n", page->out);
}

tw_status tw_page_ratios(const struct tw_page *page, struct tw_err *err)
{
    const char *baseline = json_string_value(json_object_get(page->scenario, "baseline"));
    struct tw_compare compare = {0};
    struct tw_err why = {0};
    fputs("<h2>Against the baseline</h2>\n", page->out);
    if (!baseline || !*baseline) {
        fputs("<p class=\"quiet\">The scenario names none, so there are no ratios.</p>\n",
              page->out);
        return TW_OK;
    }
    const struct tw_compare_request request = {
        .baseline = baseline, .metric = "step_time_s", .confidence = .95};
    tw_status status = tw_compare_make(page->points, &request, &compare, &why);
    fputs("<p class=\"quiet\">", page->out);
    if (status) {
        fputs("No ratios: ", page->out);
        tw_html_text(page->out, why.text);
    } else {
        fputs("step_time_s of each point ÷ that of ", page->out);
        tw_html_text(page->out, tw_page_label(page, baseline));
        fputs(" at the same point (below 1×: a shorter step; undecided: repetitions do not "
              "tell them apart, or there is only one); <code>thinwire compare</code> has "
              "every pair.",
              page->out);
    }
    fputs("</p>\n", page->out);
    if (!status)
        put_ratios(page, &compare);
    tw_compare_free(&compare);
    return status == TW_MEMORY ? tw_err_set(err, status, "%s", why.text) : TW_OK;
}

/* A column is shown when it is not empty everywhere and, of what names a point, has two values. */
static int is_shown(const struct tw_page *page, int column)
{
    static const char *const never[] = {
        "key",        "scenario",   "compressor",       "feedback",
        "collective", "seed",       "step_time_sd_s",   "status_step",
        "steps",      "transfer_s", "messages_per_rank"};
    static const char *const always[] = {"method", "step_time_s", "status"};
    const char *name = page->points->cells[column];
    int differs = 0;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strcmp(name, never[i]) == 0)
            return 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        if (strcmp(name, always[i]) == 0)
            return 1;
    for (int r = 1; r < page->points->rows && !differs; r++)
        differs = strcmp(tw_table_text(page->points, r, column),
                         tw_table_text(page->points, 0, column)) != 0;
    return differs;
}

static int ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length > tail && strcmp(name + length - tail, end) == 0;
}

static void put_value(const struct tw_page *page, int row, int column)
{
    const char *name = page->points->cells[column];
    const char *field = tw_table_text(page->points, row, column);
    double value = tw_table_real(page->points, row, column);
    char text[TW_QUANTITY_MAX];
    if (strcmp(name, "method") == 0) {
        cell(page, tw_page_label(page, field));
        return;
    }
    if (!isfinite(value)) {
        cell(page, field);
        return;
    }
    if (strcmp(name, "bandwidth_Bps") == 0)
        tw_quantity_rate(8 * value, text);
    else if (ends_with(name, "_s"))
        tw_quantity_time(value, text);
    else if (ends_with(name, "_B_per_rank"))
        tw_quantity_count(round(value), text);
    else
        tw_quantity_plain(value, text);
    cell(page, text);
}

tw_status tw_page_points(const struct tw_page *page, struct tw_err *err)
{
    const struct tw_table *points = page->points;
    int rows = points->rows < ROWS_MAX ? points->rows : ROWS_MAX;
    unsigned char *shown = calloc((size_t)points->columns + 1, 1);
    if (!shown)
        return tw_err_set(err, TW_MEMORY, "no memory for a page");
    fputs("<h2>Points</h2>\n<p class=\"quiet\">Columns that are alike in all rows are left out; "
          "results/README.md says what each is.</p>\n<div class=\"wide\"><table>\n<tr>",
          page->out);
    for (int c = 0; c < points->columns; c++) {
        shown[c] = (unsigned char)is_shown(page, c);
        if (!shown[c])
            continue;
        fputs("<th>", page->out);
        tw_html_text(page->out, points->cells[c]);
        fputs("</th>", page->out);
    }
    fputs("</tr>\n", page->out);
    for (int r = 0; r < rows; r++) {
        fputs("<tr>", page->out);
        for (int c = 0; c < points->columns; c++)
            if (shown[c])
                put_value(page, r, c);
        fputs("</tr>\n", page->out);
    }
    fputs("</table></div>\n", page->out);
    if (rows < points->rows)
        fprintf(page->out, "<p>%d more rows are in points.csv.</p>\n", points->rows - rows);
    free(shown);
    return TW_OK;
}
