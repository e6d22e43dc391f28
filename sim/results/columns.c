/* Column tables, and JSON objects checked against them and written as CSV lines. */
#include "columns.h"

#include <string.h>
#include "results.h"

#define COLUMN(name, kind, unit, meaning) {#name, TW_COLUMN_##kind, unit, meaning},
static const struct tw_column point_list[] = {TW_POINT_COLUMNS(COLUMN)};
static const struct tw_column step_list[] = {TW_STEP_COLUMNS(COLUMN)};
static const struct tw_column cost_list[] = {TW_COST_COLUMNS(COLUMN)};
static const struct tw_column link_list[] = {TW_LINK_COLUMNS(COLUMN)};
static const struct tw_column energy_list[] = {TW_ENERGY_COLUMNS(COLUMN)};
#undef COLUMN

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))
const struct tw_columns tw_columns_points = {"points.csv", point_list, COUNT(point_list)};
const struct tw_columns tw_columns_steps = {"steps.csv", step_list, COUNT(step_list)};
const struct tw_columns tw_columns_cost = {"cost.csv", cost_list, COUNT(cost_list)};
const struct tw_columns tw_columns_links = {"links.csv", link_list, COUNT(link_list)};
const struct tw_columns tw_columns_energy = {"energy.csv", energy_list, COUNT(energy_list)};

int tw_columns_index(const struct tw_columns *columns, const char *name)
{
    for (int i = 0; i < columns->count; i++)
        if (!strcmp(columns->list[i].name, name))
            return i;
    return -1;
}

/* Seeds may need all 64 bits, which JSON integers here do not have: they come as digits. */
static int is_digits(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && *text && text[strspn(text, "0123456789")] == '\0';
}

static int accepts(enum tw_column_kind kind, const json_t *value)
{
    if (!value || json_is_null(value))
        return 1;
    switch (kind) {
    case TW_COLUMN_T:
        return json_is_string(value);
    case TW_COLUMN_R:
        return json_is_number(value);
    case TW_COLUMN_I:
        return json_is_integer(value) || is_digits(value);
    }
    return 0;
}

tw_status tw_columns_check(const struct tw_columns *columns, const json_t *object,
                           struct tw_err *err)
{
    static const char *const kinds[] = {"a text", "a number", "an integer"};
    const char *name;
    json_t *value;
    if (object && !json_is_object(object))
        return tw_err_set(err, TW_INTERNAL, "%s: a row is not an object", columns->file);
    json_object_foreach((json_t *)object, name, value)
    {
        int i = tw_columns_index(columns, name);
        if (i < 0)
            return tw_err_set(err, TW_INTERNAL, "%s has no column '%s'", columns->file, name);
        if (!accepts(columns->list[i].kind, value))
            return tw_err_set(err, TW_INTERNAL, "%s: column %s takes %s", columns->file, name,
                              kinds[columns->list[i].kind]);
    }
    return TW_OK;
}

void tw_columns_header(const struct tw_columns *columns, FILE *to)
{
    for (int i = 0; i < columns->count; i++)
        fprintf(to, "%s%s", i ? "," : "", columns->list[i].name);
}

static void write_value(FILE *to, const json_t *value)
{
    if (json_is_string(value))
        tw_csv_text(to, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(to, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        tw_csv_real(to, json_real_value(value));
}

void tw_columns_values(const struct tw_columns *columns, const json_t *object, const char *key,
                       FILE *to)
{
    for (int i = 0; i < columns->count; i++) {
        const char *name = columns->list[i].name;
        const json_t *value = json_object_get(object, name);
        if (i)
            fputc(',', to);
        if (!value && !strcmp(name, "key"))
            tw_csv_text(to, key);
        else
            write_value(to, value);
    }
}
