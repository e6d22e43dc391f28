/* The list of figures, and the way from a run directory to a drawn one. */
#include "columns.h"
#include "figure.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "columns.h"
#include "file.h"
#include "results.h"

#define TW_FIGURE(name) extern const struct tw_figure tw_figure_##name;
#include "list.def"
#undef TW_FIGURE
#define TW_FIGURE(name) &tw_figure_##name,
static const struct tw_figure *const figures[] = {
#include "list.def"
};
#undef TW_FIGURE
#define FIGURE_COUNT ((int)(sizeof figures / sizeof *figures))

int tw_figure_count(void)
{
    return FIGURE_COUNT;
}

const char *tw_figure_name(int index)
{
    return figures[index]->name;
}

const char *tw_figure_summary(int index)
{
    return figures[index]->summary;
}

const char *tw_figure_label(const struct tw_figure_input *input, const char *method)
{
    const char *label = json_string_value(json_object_get(input->labels, method));
    return label && *label ? label : method;
}

static tw_status find(const char *type, const struct tw_figure **figure, struct tw_err *err)
{
    const char *names[FIGURE_COUNT];
    char list[256];
    for (int i = 0; i < FIGURE_COUNT; i++) {
        *figure = figures[i];
        names[i] = figures[i]->name;
        if (!strcmp(names[i], type))
            return TW_OK;
    }
    const char *near = tw_nearest(type, names, FIGURE_COUNT);
    tw_err_set(err, TW_UNKNOWN, "'%s' is not a type of plot", type);
    return tw_err_hint(err, TW_UNKNOWN, "%s%s%sthe types are %s", near ? "did you mean '" : "",
                       near ? near : "", near ? "'? " : "",
                       tw_join(names, FIGURE_COUNT, list, sizeof list));
}

/* The texts of a figure, made in memory: a figure that cannot be made leaves nothing behind. */
struct texts {
    char *script, *data;
    size_t script_size, data_size;
};

static tw_status make(const struct tw_figure *figure, const struct tw_figure_input *input,
                      struct texts *texts, struct tw_err *err)
{
    FILE *script = open_memstream(&texts->script, &texts->script_size);
    FILE *data = open_memstream(&texts->data, &texts->data_size);
    tw_status status = script && data ? figure->write(input, script, data, err) : TW_MEMORY;
    int failed = 0;
    if (script)
        failed |= ferror(script) | fclose(script);
    if (data)
        failed |= ferror(data) | fclose(data);
    return status || !failed ? status : TW_MEMORY;
}

/* plots/NAME.SUFFIX without what an earlier call left there. */
static tw_status remove_picture(const char *plots, const char *name, struct tw_err *err)
{
    char *path = tw_file_path(plots, name);
    if (!path)
        return TW_MEMORY;
    tw_status status =
        unlink(path) && errno != ENOENT ? tw_file_error(err, path, "cannot replace") : TW_OK;
    free(path);
    return status;
}

static tw_status check_picture(const char *plots, const char *name, struct tw_err *err)
{
    struct stat about;
    char *path = tw_file_path(plots, name);
    tw_status status = path ? TW_OK : TW_MEMORY;
    if (path && stat(path, &about))
        status = tw_file_error(err, path, "gnuplot made no picture");
    else if (path && about.st_size == 0) {
        tw_err_at(err, path, 0);
        status = tw_err_set(err, TW_IO, "gnuplot made an empty picture");
    }
    free(path);
    return status;
}

/* Writes script and CSV to `plots` and draws svg and png. */
static tw_status render(const char *name, const struct texts *texts, const char *plots, int *drawn,
                        struct tw_err *err)
{
    static const char *const suffixes[] = {"gp", "csv", "svg", "png"};
    char names[4][160];
    for (int i = 0; i < 4; i++)
        snprintf(names[i], sizeof names[i], "%s.%s", name, suffixes[i]);
    tw_status status = tw_file_replace(plots, names[0], texts->script, texts->script_size, err);
    if (!status)
        status = tw_file_replace(plots, names[1], texts->data, texts->data_size, err);
    for (int i = 2; !status && i < 4; i++)
        status = remove_picture(plots, names[i], err);
    if (!status)
        status = tw_gnuplot_run(plots, names[0], drawn, err);
    for (int i = 2; !status && *drawn && i < 4; i++)
        status = check_picture(plots, names[i], err);
    if (status) {
        /* Half a picture would look like a whole one. */
        *drawn = 0;
        for (int i = 2; i < 4; i++)
            if (remove_picture(plots, names[i], NULL))
                break;
    }
    return status;
}

/* A damaged number must not drop a point from the picture in silence. */
static tw_status check_numbers(const struct tw_columns *columns, const char *path,
                               const struct tw_table *table, struct tw_err *err)
{
    for (int c = 0; c < table->columns; c++) {
        int known = tw_columns_index(columns, table->cells[c]);
        if (known < 0 || columns->list[known].kind == TW_COLUMN_T)
            continue;
        for (int r = 0; r < table->rows; r++) {
            const char *text = tw_table_text(table, r, c);
            if (!*text || isfinite(tw_table_real(table, r, c)))
                continue;
            tw_err_at(err, path, r + 2);
            return tw_err_set(err, TW_CORRUPT, "%s: '%s' is not a number", table->cells[c], text);
        }
    }
    return TW_OK;
}

static tw_status read_table(const char *directory, const struct tw_columns *columns,
                            struct tw_table *table, struct tw_err *err)
{
    char *path = tw_file_path(directory, columns->file);
    tw_status status = path ? tw_table_read(path, table, err) : TW_MEMORY;
    if (!status)
        status = check_numbers(columns, path, table, err);
    free(path);
    return status;
}

/* Says which figure the mistake is about. */
static void name_figure(const char *type, tw_status status, struct tw_err *err)
{
    char hint[512] = "";
    if (!err || !*err->text)
        return;
    snprintf(hint, sizeof hint, "%s", err->hint);
    tw_err_set(err, status, "%s: %s", type, err->text);
    tw_err_hint(err, status, "%s", hint);
}

/* A copy of text with single blanks between its words, owned by the caller: a scenario's
 * description may be broken into lines. */
static char *one_line(const char *text)
{
    char *copy = malloc(strlen(text) + 1), *out = copy;
    while (copy && *text) {
        size_t blank = strspn(text, " \t\r\n"), word = strcspn(text + blank, " \t\r\n");
        if (blank && word && out > copy)
            *out++ = ' ';
        memcpy(out, text + blank, word);
        out += word;
        text += blank + word;
    }
    if (copy)
        *out = '\0';
    return copy;
}

static int is_listed(const char *method, const struct tw_figure_part *part)
{
    for (int i = 0; i < part->method_count; i++)
        if (!strcmp(part->methods[i], method))
            return 1;
    return 0;
}

static tw_status check_methods(const struct tw_table *points, int column,
                               const struct tw_figure_part *part, struct tw_err *err)
{
    for (int i = 0; i < part->method_count; i++) {
        int row = 0;
        while (row < points->rows && strcmp(tw_table_text(points, row, column), part->methods[i]))
            row++;
        if (row == points->rows)
            return tw_err_set(err, TW_UNKNOWN, "method '%s' has no row in points.csv",
                              part->methods[i]);
    }
    return TW_OK;
}

/* Takes the rows of other methods out of points. */
static tw_status keep_methods(struct tw_table *points, const struct tw_figure_part *part,
                              const char *baseline, struct tw_err *err)
{
    int column = tw_table_column(points, "method"), kept = 0;
    size_t width = (size_t)points->columns;
    if (!part || column < 0)
        return TW_OK;
    tw_status status = check_methods(points, column, part, err);
    for (int r = 0; !status && r < points->rows; r++) {
        const char *method = tw_table_text(points, r, column);
        if (!is_listed(method, part) && strcmp(method, baseline) != 0)
            continue;
        memmove(points->cells + ((size_t)kept + 1) * width, points->cells + ((size_t)r + 1) * width,
                width * sizeof *points->cells);
        kept++;
    }
    if (!status)
        points->rows = kept;
    return status;
}

tw_status tw_figure_draw_part(const char *directory, const char *type,
                              const struct tw_figure_part *part, const char *title,
                              const json_t *labels, const char *baseline, int *drawn,
                              struct tw_err *err)
{
    const struct tw_figure *figure;
    struct tw_table points = {0}, steps = {0};
    struct texts texts = {0};
    char *plots = NULL, *question = one_line(title ? title : "");
    *drawn = 0;
    tw_status status = question ? find(type, &figure, err) : TW_MEMORY;
    if (status)
        goto done;
    status = read_table(directory, &tw_columns_points, &points, err);
    if (!status)
        status = keep_methods(&points, part, baseline ? baseline : "", err);
    if (!status && figure->needs_steps)
        status = read_table(directory, &tw_columns_steps, &steps, err);
    if (status)
        goto done;
    struct tw_figure_input input = {
        part ? part->name : figure->name,   question, baseline ? baseline : "", labels, &points,
        figure->needs_steps ? &steps : NULL};
    status = make(figure, &input, &texts, err);
    if (status)
        name_figure(type, status, err);
    plots = tw_file_path(directory, "plots");
    if (!status)
        status = plots ? tw_file_directory(plots, err) : TW_MEMORY;
    if (!status)
        status = render(input.name, &texts, plots, drawn, err);
done:
    free(question);
    free(plots);
    free(texts.script);
    free(texts.data);
    tw_table_free(&points);
    tw_table_free(&steps);
    return status;
}

tw_status tw_figure_draw(const char *directory, const char *type, const char *title,
                         const json_t *labels, const char *baseline, int *drawn, struct tw_err *err)
{
    return tw_figure_draw_part(directory, type, NULL, title, labels, baseline, drawn, err);
}
