/* A strict reader of CSV. The text is unquoted in place: what is written never overtakes what is
 * read, because quoting only makes fields longer. */
#include "csv_read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "file.h"

struct reader {
    char *at, *end; /* *end is a zero of our own */
    long line;
    const char *name;
    struct tw_err *err;
    char **cells;
    size_t count, capacity;
};

static tw_status wrong(struct reader *in, const char *what)
{
    tw_err_at(in->err, in->name, in->line);
    return tw_err_set(in->err, TW_CORRUPT, "%s", what);
}

static tw_status add_cell(struct reader *in, char *cell)
{
    if (in->count == in->capacity) {
        size_t capacity = in->capacity ? 2 * in->capacity : 64;
        char **more = realloc(in->cells, capacity * sizeof *more);
        if (!more)
            return tw_err_set(in->err, TW_MEMORY, "%s: no memory for %zu fields", in->name,
                              capacity);
        in->cells = more;
        in->capacity = capacity;
    }
    in->cells[in->count++] = cell;
    return TW_OK;
}

/* From behind the opening quote to behind the closing one. *stop is where the field's text ends. */
static tw_status skip_quoted(struct reader *in, char **stop)
{
    char *out = in->at;
    for (;;) {
        if (in->at == in->end)
            return wrong(in, "a quoted field has no end");
        if (*in->at == '"' && in->at[1] != '"')
            break;
        if (*in->at == '"')
            in->at++;
        if (*in->at == '\n')
            in->line++;
        *out++ = *in->at++;
    }
    in->at++;
    *stop = out;
    return TW_OK;
}

/* One field and what ends it; *last: it ends its line. */
static tw_status read_field(struct reader *in, int *last)
{
    char *field = in->at, *stop = in->at;
    tw_status status = TW_OK;
    if (*in->at == '"') {
        field = ++in->at;
        status = skip_quoted(in, &stop);
        if (!status && in->at < in->end && !strchr(",\r\n", *in->at))
            status = wrong(in, "text follows a closing quote");
    } else {
        in->at += strcspn(in->at, ",\"\r\n");
        stop = in->at;
        if (*in->at == '"')
            status = wrong(in, "a quote stands inside an unquoted field");
    }
    if (status)
        return status;
    if (*in->at == '\r' && *++in->at != '\n')
        return wrong(in, "a carriage return has no line feed");
    *last = in->at == in->end || *in->at == '\n';
    in->at += in->at < in->end;
    *stop = '\0';
    return add_cell(in, field);
}

static tw_status read_line(struct reader *in, int *fields)
{
    int last = 0;
    long start = in->line;
    tw_status status = TW_OK;
    for (*fields = 0; !status && !last; ++*fields)
        status = read_field(in, &last);
    if (!status)
        in->line++;
    else if (in->line != start && status == TW_CORRUPT)
        tw_err_hint(in->err, status, "the record starts in line %ld", start);
    return status;
}

static tw_status check_header(struct reader *in, const struct tw_table *table)
{
    for (int i = 0; i < table->columns; i++) {
        if (!*in->cells[i])
            return wrong(in, "a column has no name");
        for (int j = 0; j < i; j++)
            if (!strcmp(in->cells[i], in->cells[j]))
                return wrong(in, "two columns have one name");
    }
    return TW_OK;
}

static tw_status read_lines(struct reader *in, struct tw_table *table)
{
    int fields;
    if (in->at == in->end)
        return wrong(in, "there is no header line");
    tw_status status = read_line(in, &table->columns);
    in->line = 1;
    if (!status)
        status = check_header(in, table);
    in->line = 2;
    while (!status && in->at < in->end) {
        long line = in->line;
        status = read_line(in, &fields);
        if (!status && fields != table->columns) {
            tw_err_at(in->err, in->name, line);
            status = tw_err_set(in->err, TW_CORRUPT, "%d fields where the header has %d", fields,
                                table->columns);
        }
        table->rows += !status;
    }
    return status;
}

tw_status tw_table_parse(const char *text, size_t size, const char *name, struct tw_table *table,
                         struct tw_err *err)
{
    *table = (struct tw_table){0};
    struct reader in = {.line = 1, .name = name, .err = err};
    const char *zero = memchr(text, '\0', size);
    if (zero) {
        for (const char *at = text; at < zero; at++)
            in.line += *at == '\n';
        return wrong(&in, "a zero byte");
    }
    table->text = malloc(size + 1);
    if (!table->text)
        return tw_err_set(err, TW_MEMORY, "%s: no memory for %zu bytes", name, size);
    memcpy(table->text, text, size);
    table->text[size] = '\0';
    in.at = table->text;
    in.end = table->text + size;
    tw_status status = read_lines(&in, table);
    table->cells = in.cells;
    if (status)
        tw_table_free(table);
    return status;
}

tw_status tw_table_read(const char *path, struct tw_table *table, struct tw_err *err)
{
    char *text;
    size_t size;
    *table = (struct tw_table){0};
    tw_status status = tw_file_load(path, &text, &size, err);
    if (!status)
        status = tw_table_parse(text, size, path, table, err);
    free(text);
    return status;
}

void tw_table_free(struct tw_table *table)
{
    free(table->text);
    free(table->cells);
    *table = (struct tw_table){0};
}

int tw_table_column(const struct tw_table *table, const char *name)
{
    for (int i = 0; i < table->columns; i++)
        if (!strcmp(table->cells[i], name))
            return i;
    return -1;
}

const char *tw_table_text(const struct tw_table *table, int row, int column)
{
    return table->cells[((size_t)row + 1) * (size_t)table->columns + (size_t)column];
}

double tw_table_real(const struct tw_table *table, int row, int column)
{
    const char *text = tw_table_text(table, row, column);
    char *end;
    double value = strtod(text, &end);
    return end == text || *end ? NAN : value;
}
