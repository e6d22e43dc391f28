/* Mistakes: kept once each, sorted as the file is read, printed as compilers print. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tw_report_has_error(const struct tw_report *report, const char *file, long line,
                        const char *mention)
{
    const struct tw_mistakes *mistakes = report->mistakes;
    for (int i = 0; i < mistakes->count; i++) {
        const struct tw_mistake *mistake = &mistakes->list[i];
        if (mistake->severity == TW_ERROR && mistake->err.line == line &&
            strcmp(mistake->err.file, file) == 0 &&
            (!mention || strstr(mistake->err.text, mention)))
            return 1;
    }
    return 0;
}

static int known(const struct tw_mistakes *mistakes, const struct tw_err *err)
{
    for (int i = 0; i < mistakes->count; i++) {
        const struct tw_err *other = &mistakes->list[i].err;
        if (other->line == err->line && strcmp(other->file, err->file) == 0 &&
            strcmp(other->text, err->text) == 0)
            return 1;
    }
    return 0;
}

static int grow(struct tw_mistakes *mistakes)
{
    if (mistakes->count < mistakes->capacity)
        return 1;
    int capacity = mistakes->capacity ? 2 * mistakes->capacity : 8;
    struct tw_mistake *list = realloc(mistakes->list, (size_t)capacity * sizeof *list);
    if (!list)
        return 0;
    mistakes->list = list;
    mistakes->capacity = capacity;
    return 1;
}

/* Which include brought a file in, or NULL for the scenario itself. */
static const struct tw_include *include_of(const struct tw_report *report, const char *file)
{
    for (int i = 0; report->model && i < report->model->include_count; i++)
        if (strcmp(report->model->includes[i].file, file) == 0)
            return &report->model->includes[i];
    return NULL;
}

void tw_report_add(struct tw_report *report, enum tw_severity severity, const struct tw_err *err)
{
    struct tw_mistakes *mistakes = report->mistakes;
    struct tw_err full = *err;
    report->heard += severity == TW_ERROR;
    const struct tw_include *include = include_of(report, err->file);
    if (include)
        tw_err_set(&full, err->status, "%s   (included from %s:%ld)", err->text, include->from,
                   include->line);
    memcpy(full.hint, err->hint, sizeof full.hint);
    if (known(mistakes, &full))
        return;
    mistakes->errors += severity == TW_ERROR;
    if (mistakes->count > TW_MISTAKES_MAX)
        return;
    if (mistakes->count == TW_MISTAKES_MAX) {
        severity = TW_WARNING;
        tw_err_set(&full, TW_INPUT, "too many mistakes; further ones are not shown");
    }
    if (!grow(mistakes)) {
        report->memory = 1;
        return;
    }
    mistakes->list[mistakes->count++] = (struct tw_mistake){severity, full};
}

void tw_report_at(struct tw_report *report, enum tw_severity severity,
                  const struct tw_node *element, const char *hint, const char *format, ...)
{
    struct tw_err err = {0};
    char text[sizeof err.text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    tw_err_set(&err, TW_INPUT, "%s", text);
    tw_err_hint(&err, TW_INPUT, "%s", hint);
    tw_err_at(&err, element->file, element->line);
    tw_report_add(report, severity, &err);
}

char *tw_report_names(const char *wrong, const char *const *names, int count, char *buffer,
                      size_t size)
{
    char all[400];
    const char *nearest = tw_nearest(wrong, names, (size_t)count);
    tw_join(names, (size_t)count, all, sizeof all);
    if (count == 0)
        snprintf(buffer, size, "none is allowed here");
    else if (nearest)
        snprintf(buffer, size, "did you mean '%s'? (known: %s)", nearest, all);
    else
        snprintf(buffer, size, "known: %s", all);
    return buffer;
}

const char *tw_report_short(const char *text, char buffer[TW_SHORT_B])
{
    enum { WHOLE_B = 60, SHOWN_B = 48 };
    size_t length = SHOWN_B;
    if (strlen(text) <= WHOLE_B)
        return text;
    while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
        length--; /* not inside a character of UTF-8 */
    snprintf(buffer, TW_SHORT_B, "%.*s…", (int)length, text);
    return buffer;
}

/* ---- order and summary ---- */

struct place {
    int file, arrival;
    long line;
};

static int file_rank(const struct tw_report *report, const char *file, const char *path)
{
    int count = report->model ? report->model->include_count : 0;
    if (strcmp(file, path) == 0)
        return -1;
    for (int i = 0; i < count; i++)
        if (strcmp(report->model->includes[i].file, file) == 0)
            return i;
    return count;
}

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->arrival < b->arrival ? -1 : 1;
}

static void sort(struct tw_report *report, const char *path)
{
    struct tw_mistakes *mistakes = report->mistakes;
    size_t count = (size_t)mistakes->count;
    struct place *places = calloc(count + 1, sizeof *places);
    struct tw_mistake *sorted = calloc(count + 1, sizeof *sorted);
    if (!places || !sorted) {
        report->memory = 1;
        free(sorted);
        goto done;
    }
    for (int i = 0; i < mistakes->count; i++) {
        const struct tw_err *err = &mistakes->list[i].err;
        places[i] = (struct place){file_rank(report, err->file, path), i, err->line};
    }
    qsort(places, count, sizeof *places, compare_places);
    for (size_t i = 0; i < count; i++)
        sorted[i] = mistakes->list[places[i].arrival];
    free(mistakes->list);
    mistakes->list = sorted;
    mistakes->capacity = mistakes->count + 1;
done:
    free(places);
}

static int count_text(char *out, size_t size, int count, const char *what)
{
    return snprintf(out, size, "%d %s%s", count, what, count == 1 ? "" : "s");
}

void tw_report_finish(struct tw_report *report, const char *path)
{
    struct tw_mistakes *mistakes = report->mistakes;
    int warnings = 0;
    char errors_text[40] = "", warnings_text[40] = "";
    sort(report, path);
    for (int i = 0; i < mistakes->count; i++)
        warnings += mistakes->list[i].severity == TW_WARNING;
    if (mistakes->errors)
        count_text(errors_text, sizeof errors_text, mistakes->errors, "error");
    if (warnings)
        count_text(warnings_text, sizeof warnings_text, warnings, "warning");
    if (mistakes->errors || warnings)
        snprintf(mistakes->summary, sizeof mistakes->summary, "%.200s: %s%s%s", path, errors_text,
                 mistakes->errors && warnings ? ", " : "", warnings_text);
}

void tw_mistakes_free(struct tw_mistakes *mistakes)
{
    free(mistakes->list);
    *mistakes = (struct tw_mistakes){0};
}

void tw_mistakes_print(const struct tw_mistakes *mistakes, FILE *to)
{
    for (int i = 0; i < mistakes->count; i++) {
        const struct tw_err *err = &mistakes->list[i].err;
        const char *word = mistakes->list[i].severity == TW_ERROR ? "error" : "warning";
        fputs(err->file, to);
        if (err->line > 0)
            fprintf(to, ":%ld", err->line);
        fprintf(to, "%s%s: %s\n", err->file[0] ? ": " : "", word, err->text);
        if (err->hint[0])
            fprintf(to, "    hint: %s\n", err->hint);
    }
    if (mistakes->summary[0])
        fprintf(to, "%s\n", mistakes->summary);
}
