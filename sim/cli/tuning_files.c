/* tuning.csv and the manifest's word of the tuning. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "tuning.h"

static const char *const columns[] = {"key",    "method", "over",   "value", "seed",
                                      "metric", "status", "result", "chosen"};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* Axes that get a column: not the tuned one, and none that has one already. */
static int is_further(const struct tw_tuning *tuning, int axis)
{
    for (int i = 0; i < COLUMNS; i++)
        if (!strcmp(columns[i], tuning->axes[axis]))
            return 0;
    return axis != tuning->tune->axis;
}

static void write_header(const struct tw_tuning *tuning, FILE *to)
{
    for (int i = 0; i < COLUMNS; i++)
        fprintf(to, "%s%s", i ? "," : "", columns[i]);
    for (int a = 0; a < tuning->axis_count; a++)
        if (is_further(tuning, a))
            fprintf(to, ",%s", tuning->axes[a]);
    fputc('\n', to);
}

static void write_trial(const struct tw_tuning *tuning, const struct tw_store *store, int g, int v,
                        int s, FILE *to)
{
    const struct tw_tune *tune = tuning->tune;
    const struct tw_tuned *group = &tuning->groups[g];
    int i = (g * tune->value_count + v) * tune->seed_count + s;
    const json_t *row = tw_store_find(store, tuning->keys[i].key);
    const json_t *status = json_object_get(json_object_get(row, "point"), "status");
    if (!tuning->trials[i].scenario || !row)
        return;
    fprintf(to, "%s,", tuning->keys[i].key);
    tw_csv_text(to, group->method);
    fprintf(to, ",%s,", tune->over);
    tw_csv_text(to, tune->values[v]);
    fprintf(to, ",%llu,%s,", (unsigned long long)tune->seeds[s], tune->metric);
    tw_csv_text(to, json_string_value(status));
    fputc(',', to);
    tw_csv_real(to, tw_tuning_result(tuning, row));
    fprintf(to, ",%d", group->chosen == v);
    for (int a = 0; a < tuning->axis_count; a++) {
        if (!is_further(tuning, a))
            continue;
        fputc(',', to);
        tw_csv_text(to, group->axis_value[a]);
    }
    fputc('\n', to);
}

tw_status tw_tuning_write(const struct tw_tuning *tuning, const struct tw_store *store,
                          const char *directory, struct tw_err *err)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    if (!to)
        return tw_err_set(err, TW_MEMORY, "no memory for tuning.csv");
    write_header(tuning, to);
    for (int g = 0; g < tuning->group_count; g++)
        for (int v = 0; v < tuning->tune->value_count; v++)
            for (int s = 0; s < tuning->tune->seed_count; s++)
                write_trial(tuning, store, g, v, s, to);
    int failed = ferror(to);
    failed |= fclose(to);
    tw_status status = failed ? tw_err_set(err, TW_MEMORY, "no memory for tuning.csv")
                              : tw_file_replace(directory, "tuning.csv", text, size, err);
    free(text);
    return status;
}

/* {"method", "axes":{…}, "value", "result", "edge"} */
static json_t *chosen_json(const struct tw_tuning *tuning, const struct tw_tuned *group)
{
    json_t *axes = json_object();
    for (int a = 0; a < tuning->axis_count; a++)
        if (is_further(tuning, a) && group->axis_value[a])
            json_object_set_new(axes, tuning->axes[a], json_string(group->axis_value[a]));
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:b}", "method", group->method, "axes", axes, "value",
        group->chosen < 0 ? json_null() : json_string(tuning->tune->values[group->chosen]),
        "result",
        group->chosen < 0 || isnan(group->result) ? json_null() : json_real(group->result), "edge",
        group->edge);
}

json_t *tw_tuning_json(const struct tw_tuning *tuning)
{
    const struct tw_tune *tune = tuning->tune;
    if (!tune)
        return NULL;
    json_t *values = json_array(), *trials = json_array(), *chosen = json_array();
    for (int v = 0; v < tune->value_count; v++)
        json_array_append_new(values, json_string(tune->values[v]));
    for (int s = 0; s < tune->seed_count; s++)
        json_array_append_new(
            trials, json_pack("{s:I, s:i}", "seed", (json_int_t)tune->seeds[s], "repetition", 0));
    for (int g = 0; g < tuning->group_count; g++)
        json_array_append_new(chosen, chosen_json(tuning, &tuning->groups[g]));
    return json_pack("{s:s, s:s, s:o, s:o, s:o}", "over", tune->over, "metric", tune->metric,
                     "values", values, "trials", trials, "chosen", chosen);
}
