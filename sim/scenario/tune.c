/* <tune over="rate" values="…" metric="…" seeds="…"/>. The values are an axis of the sweep
 * (sweep.c); here are the metric and the seeds, and what a metric needs of a point. */
#include "tune.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct metric {
    const char *name;
    unsigned traits; /* that the workload must have */
    int larger_wins, needs_target;
} metrics[] = {
    {"final_loss", TW_HAS_LOSS, 0, 0},        {"final_accuracy", TW_HAS_ACCURACY, 1, 0},
    {"final_distance", TW_HAS_OPTIMUM, 0, 0}, {"steps_to_target", TW_HAS_LOSS, 0, 1},
    {"time_to_target_s", TW_HAS_LOSS, 0, 1},
};
enum { METRICS = sizeof metrics / sizeof *metrics };

/* The metric named, the first when none is; NULL after a report. */
static const struct metric *find_metric(const struct tw_node *element, const struct tw_bind *bind)
{
    const char *names[METRICS];
    int index = 0;
    for (int i = 0; i < METRICS; i++)
        names[i] = metrics[i].name;
    return tw_bind_word(bind, element, "metric", names, METRICS, &index) == TW_BAD
               ? NULL
               : &metrics[index];
}

/* One whole number of 0 … 2^63 − 1, from text[0 … length). */
static int read_seed(const char *text, size_t length, uint64_t *seed)
{
    char digits[24];
    if (length == 0 || length >= sizeof digits || strspn(text, "0123456789") < length)
        return 0;
    memcpy(digits, text, length);
    digits[length] = '\0';
    errno = 0;
    *seed = strtoull(digits, NULL, 10);
    return errno == 0 && *seed <= INT64_MAX;
}

static void add_seed(struct tw_tune *tune, uint64_t *seeds, const char *text, size_t length,
                     const struct tw_structure *structure, const struct tw_bind *bind)
{
    uint64_t seed;
    if (!read_seed(text, length, &seed)) {
        tw_report_at(bind->report, TW_ERROR, structure->tune, "seeds=\"7\" or seeds=\"7,8,9\"",
                     "tune: attribute seeds: '%.*s' is not a whole number from 0 to 2^63 − 1",
                     (int)(length < 60 ? length : 60), text);
        return;
    }
    if (seed == structure->seed)
        tw_report_at(bind->report, TW_ERROR, structure->tune,
                     "methods are tuned on draws that they are not compared on",
                     "tune: attribute seeds: %" PRIu64 " is the seed of the compared repetitions",
                     seed);
    for (int i = 0; i < tune->seed_count; i++)
        if (seeds[i] == seed)
            tw_report_at(bind->report, TW_ERROR, structure->tune, "",
                         "tune: attribute seeds: %" PRIu64 " is given twice", seed);
    seeds[tune->seed_count++] = seed;
}

static void read_seeds(struct tw_tune *tune, const struct tw_structure *structure,
                       const struct tw_bind *bind)
{
    const char *text = tw_model_text(structure->tune, "seeds");
    size_t commas = 0;
    for (const char *c = text ? text : ""; *c; c++)
        commas += *c == ',';
    uint64_t *seeds = tw_bind_take(bind, (commas + 1) * sizeof *seeds);
    if (!seeds)
        return;
    tune->seeds = seeds;
    if (!text) { /* one of its own, whatever the scenario's is */
        seeds[tune->seed_count++] = structure->seed == INT64_MAX ? 0 : structure->seed + 1;
        return;
    }
    for (;;) {
        text += strspn(text, " \t\r\n");
        size_t whole = strcspn(text, ","), length = whole;
        while (length > 0 && strchr(" \t\r\n", text[length - 1]))
            length--;
        add_seed(tune, seeds, text, length, structure, bind);
        if (text[whole] == '\0')
            return;
        text += whole + 1;
    }
}

/* Every point must have what the metric is read from. */
static void check_points(const struct metric *metric, const struct tw_structure *structure,
                         const struct tw_points *points, const struct tw_bind *bind)
{
    for (int i = 0; i < points->count; i++) {
        const struct tw_point *point = &points->list[i];
        if (~point->workload.member->traits & metric->traits) {
            tw_report_at(bind->report, TW_ERROR, structure->tune,
                         point->workload.member->traits & TW_HAS_LOSS
                             ? "metric=\"final_loss\""
                             : "a workload that is trained, e.g. <objective type=\"quadratic\"/>",
                         "tune: metric %s: workload '%s' has none", metric->name,
                         point->workload.member->name);
            return;
        }
        if (metric->needs_target && !point->has_target) {
            tw_report_at(bind->report, TW_ERROR, structure->tune,
                         "<target loss=\"0.5\"/> in the workload",
                         "tune: metric %s: there is no target", metric->name);
            return;
        }
        if (point->evaluate == 0) {
            tw_report_at(bind->report, TW_ERROR, structure->tune, "workload evaluate=\"10\"",
                         "tune: metric %s: nothing is ever evaluated", metric->name);
            return;
        }
    }
}

/* Whether some attribute of the element or below takes its value from the axis. */
static int takes(const struct tw_node *element, int axis)
{
    for (int i = 0; element && i < element->attribute_count; i++)
        if (element->attributes[i].axis == axis)
            return 1;
    for (const struct tw_node *child = element ? element->first : NULL; child; child = child->next)
        if (takes(child, axis))
            return 1;
    return 0;
}

static void find_takers(struct tw_tune *tune, const struct tw_structure *structure,
                        const struct tw_bind *bind)
{
    const struct tw_node *const priced[] = {structure->platform, structure->network,
                                            structure->device};
    size_t methods = (size_t)structure->method_count;
    const char **takers = tw_bind_take(bind, (methods + 1) * sizeof *takers);
    int all = takes(structure->workload, tune->axis);
    for (size_t i = 0; i < sizeof priced / sizeof *priced; i++)
        if (takes(priced[i], tune->axis))
            tw_report_at(bind->report, TW_ERROR, priced[i], "make an axis of it",
                         "%s: $%s is tuned, and so may stand in workload and methods only",
                         priced[i]->name, tune->over);
    for (size_t m = 0; takers && m < methods; m++)
        if (all || takes(structure->methods[m].element, tune->axis))
            takers[tune->taker_count++] = structure->methods[m].id;
    tune->takers = takers;
}

void tw_tune_read(struct tw_tune *tune, const struct tw_structure *structure,
                  const struct tw_sweep *sweep, const struct tw_points *points,
                  const struct tw_bind *bind)
{
    *tune = (struct tw_tune){0};
    if (!structure->tune || sweep->tune_axis < 0)
        return;
    const struct metric *metric = find_metric(structure->tune, bind);
    read_seeds(tune, structure, bind);
    if (!metric || bind->report->memory)
        return;
    check_points(metric, structure, points, bind);
    const struct tw_axis *axis = &sweep->axes[sweep->tune_axis];
    tune->axis = sweep->tune_axis;
    tune->over = axis->name;
    tune->values = axis->values;
    tune->numbers = axis->numbers;
    tune->value_count = axis->count;
    tune->metric = metric->name;
    tune->larger_wins = metric->larger_wins;
    find_takers(tune, structure, bind);
}
