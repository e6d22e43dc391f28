/* The page: its order, its figures, what ran. */
#include "page.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "file.h"
#include "html.h"
#include "results.h"

static const char head[] =
    "<meta charset=\"utf-8\"/>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
    "<style>\n"
    "body { font: 15px/1.5 system-ui, sans-serif; max-width: 82em; margin: 2em auto; padding: 0 "
    "1em;"
    " color: #1a1a1a; background: #fff; }\n"
    "h1 { font-size: 1.5em; } h2 { font-size: 1.2em; margin-top: 2em; }\n"
    "table { border-collapse: collapse; font-variant-numeric: tabular-nums; }\n"
    "th, td { padding: .2em .5em; text-align: right; border-bottom: 1px solid #ddd;"
    " white-space: nowrap; }\n"
    "th:first-child, td:first-child { text-align: left; }\n"
    ".wide { overflow-x: auto; } .quiet { color: #555; }\n"
    ".cautions { border-left: 4px solid #c60; padding: .2em 1em .2em 2em; background: #fff7ee; }\n"
    "img { max-width: 100%; height: auto; } pre { overflow-x: auto; background: #f6f6f6; padding: "
    "1em; }\n"
    "</style>\n";

const char *tw_page_label(const struct tw_page *page, const char *method)
{
    const char *label =
        json_string_value(json_object_get(json_object_get(page->scenario, "labels"), method));
    return label ? label : method;
}

const char *tw_page_field(const struct tw_page *page, int row, const char *column)
{
    int at = tw_table_column(page->points, column);
    return at < 0 ? "" : tw_table_text(page->points, row, at);
}

double tw_page_number(const struct tw_page *page, int row, const char *column)
{
    int at = tw_table_column(page->points, column);
    return at < 0 ? NAN : tw_table_real(page->points, row, at);
}

static void put_head(const struct tw_page *page)
{
    const char *id = json_string_value(json_object_get(page->scenario, "scenario"));
    const char *question = json_string_value(json_object_get(page->scenario, "description"));
    fputs("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n",
          page->out);
    fputs(head, page->out);
    fputs("<title>", page->out);
    tw_html_text(page->out, id ? id : "thinwire");
    fputs("</title>\n</head>\n<body>\n<h1>", page->out);
    tw_html_text(page->out, id ? id : "thinwire");
    fputs("</h1>\n", page->out);
    if (question && *question) {
        fputs("<p>", page->out);
        tw_html_text(page->out, question);
        fputs("</p>\n", page->out);
    }
    fprintf(page->out, "<p class=\"quiet\">%d rows of points.csv</p>\n", page->points->rows);
}

static void put_figure(const struct tw_page *page, const char *name, int *shown)
{
    char *svg = NULL, within[300];
    size_t size = 0;
    struct tw_err err = {0};
    snprintf(within, sizeof within, "plots/%s", name);
    char *path = tw_file_path(page->directory, within);
    if (path && !tw_file_load(path, &svg, &size, &err)) {
        fputs("<p>", page->out);
        tw_html_svg(page->out, svg, size, name);
        fputs("</p>\n", page->out);
        ++*shown;
    }
    free(svg);
    free(path);
}

static int is_picture(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);
    return length > 4 && strcmp(entry->d_name + length - 4, ".svg") == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* That there are none is no mistake: `thinwire plot` may not have run. */
static void put_figures(const struct tw_page *page)
{
    struct dirent **list = NULL;
    char *folder = tw_file_path(page->directory, "plots");
    int count = folder ? scandir(folder, &list, is_picture, by_name) : -1, shown = 0;
    fputs("<h2>Figures</h2>\n", page->out);
    for (int i = 0; i < count; i++) {
        put_figure(page, list[i]->d_name, &shown);
        free(list[i]);
    }
    if (!shown)
        fputs(
            "<p class=\"quiet\">None has been drawn; <code>thinwire plot</code> draws them.</p>\n",
            page->out);
    free(list);
    free(folder);
}

/* "name: value" of every plain member, nested ones by a dot. */
static void put_facts(const struct tw_page *page, const json_t *object, const char *prefix)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)object, name, value)
    {
        char whole[160];
        snprintf(whole, sizeof whole, "%s%s%s", prefix, *prefix ? "." : "", name);
        if (json_is_object(value)) {
            put_facts(page, value, whole);
            continue;
        }
        char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
        fputs("<tr><td>", page->out);
        tw_html_text(page->out, whole);
        fputs("</td><td>", page->out);
        tw_html_text(page->out, json_is_string(value) ? json_string_value(value) : text);
        fputs("</td></tr>\n", page->out);
        free(text);
    }
}

static void put_manifest(const struct tw_page *page)
{
    static const char *const parts[] = {"build", "libraries", "machine"};
    fputs("<h2>What ran</h2>\n<details><summary>Versions, build and machine</summary>\n<table>\n",
          page->out);
    fputs("<tr><td>thinwire</td><td>", page->out);
    tw_html_text(page->out, json_string_value(json_object_get(page->manifest, "thinwire")));
    fputs("</td></tr>\n", page->out);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        put_facts(page, json_object_get(page->manifest, parts[i]), parts[i]);
    fputs("</table></details>\n<details><summary>Values that all points have in common</summary>\n"
          "<table>\n",
          page->out);
    put_facts(page, json_object_get(page->scenario, "common"), "");
    fputs("</table></details>\n", page->out);
}

static void put_scenario(const struct tw_page *page)
{
    char *text = NULL, *path = tw_file_path(page->directory, "scenario.resolved.xml");
    size_t size = 0;
    struct tw_err err = {0};
    if (path && !tw_file_load(path, &text, &size, &err)) {
        fputs("<details><summary>The scenario</summary>\n<pre>", page->out);
        tw_html_text(page->out, text);
        fputs("</pre></details>\n", page->out);
    }
    free(text);
    free(path);
}

static tw_status put_page(const struct tw_page *page, struct tw_err *err)
{
    put_head(page);
    tw_page_cautions(page);
    tw_status status = tw_page_decides(page, err);
    if (!status)
        status = tw_page_ratios(page, err);
    if (!status) {
        put_figures(page);
        status = tw_page_points(page, err);
    }
    put_manifest(page);
    put_scenario(page);
    fputs("</body>\n</html>\n", page->out);
    return status;
}

tw_status tw_page_write(const char *directory, const json_t *manifest, struct tw_err *err)
{
    struct tw_table points = {0};
    char *path = tw_file_path(directory, "points.csv"), *text = NULL;
    size_t size = 0;
    tw_status status = path ? tw_table_read(path, &points, err)
                            : tw_err_set(err, TW_MEMORY, "no memory for a file name");
    if (!status && points.rows == 0)
        status = tw_err_set(err, TW_INPUT, "%s has no rows", path);
    struct tw_page page = {open_memstream(&text, &size), directory, &points, manifest,
                           json_object_get(manifest, "scenario")};
    if (!status && !page.out)
        status = tw_err_set(err, TW_MEMORY, "no memory for a page");
    if (!status)
        status = put_page(&page, err);
    int broken = page.out && (ferror(page.out) | fclose(page.out));
    if (!status && broken)
        status = tw_err_set(err, TW_MEMORY, "no memory for a page");
    if (!status)
        status = tw_file_replace(directory, "report.html", text, size, err);
    free(text);
    free(path);
    tw_table_free(&points);
    return status;
}
