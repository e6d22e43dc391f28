/* From the rows of the trials to the chosen values: a pure function of the rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tuning.h"
#include "../results/best.h"

static const json_t *field(const json_t *row, const char *name)
{
    return json_object_get(json_object_get(row, "point"), name);
}

double tw_tuning_result(const struct tw_tuning *tuning, const json_t *row)
{
    const json_t *value = field(row, tuning->tune->metric);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* Adds a trial to the score; 0 when it has no row. */
static int add_trial(const struct tw_tuning *tuning, const json_t *row, struct tw_score *score)
{
    const char *status = json_string_value(field(row, "status"));
    double value = tw_tuning_result(tuning, row);
    if (!status)
        return 0;
    score->trials++;
    if (strcmp(status, "ok") != 0) {
        score->diverged++;
        return 1;
    }
    score->missed += isnan(value);
    score->sum += isnan(value) ? 0 : value;
    score->fallback_sum += json_number_value(field(row, "final_loss"));
    return 1;
}

/* The score of one value for a group; 0 when a trial has no row. */
static int score_value(const struct tw_tuning *tuning, const struct tw_store *store, int group,
                       int value, struct tw_score *score)
{
    const struct tw_tune *tune = tuning->tune;
    int whole = 1;
    *score = (struct tw_score){0};
    for (int s = 0; s < tune->seed_count; s++) {
        int i = (group * tune->value_count + value) * tune->seed_count + s;
        if (tuning->trials[i].scenario)
            whole &= add_trial(tuning, tw_store_find(store, tuning->keys[i].key), score);
    }
    return whole;
}

/* Whether the value is the least or the greatest of those tried, of more than one. */
static int is_edge(const struct tw_tuning *tuning, const struct tw_score *scores, int value)
{
    const double *numbers = tuning->tune->numbers;
    int below = 0, above = 0;
    for (int v = 0; v < tuning->tune->value_count; v++) {
        if (!scores[v].trials || v == value)
            continue;
        if (isnan(numbers[v]) || isnan(numbers[value]))
            return 0; /* words have no order */
        below += numbers[v] < numbers[value];
        above += numbers[v] > numbers[value];
    }
    return below + above > 0 && (below == 0 || above == 0);
}

/* Whether the best value lies on the edge, or one there is as good. */
static int reaches_edge(const struct tw_tuning *tuning, const struct tw_score *scores, int best)
{
    const double result = tw_score_mean(&scores[best]);
    for (int v = 0; v < tuning->tune->value_count; v++)
        if (scores[v].trials && scores[v].diverged == scores[best].diverged &&
            (v == best || tw_score_mean(&scores[v]) == result) && is_edge(tuning, scores, v))
            return 1;
    return 0;
}

static void choose(struct tw_tuning *tuning, const struct tw_store *store, int group,
                   struct tw_score *scores)
{
    struct tw_tuned *chosen = &tuning->groups[group];
    int whole = 1;
    chosen->tried = 0;
    for (int v = 0; v < tuning->tune->value_count; v++) {
        whole &= score_value(tuning, store, group, v, &scores[v]);
        chosen->tried += scores[v].trials > 0;
    }
    chosen->chosen =
        whole ? tw_score_best(scores, tuning->tune->value_count, tuning->tune->larger_wins) : -1;
    if (chosen->chosen < 0)
        return;
    const struct tw_score *best = &scores[chosen->chosen];
    chosen->edge = reaches_edge(tuning, scores, chosen->chosen);
    chosen->result = tw_score_mean(best);
    chosen->diverged = best->diverged;
    chosen->missed = best->missed;
}

tw_status tw_tuning_choose(struct tw_tuning *tuning, const struct tw_store *store)
{
    struct tw_score *scores = calloc((size_t)tuning->tune->value_count, sizeof *scores);
    if (!scores)
        return TW_MEMORY;
    for (int g = 0; g < tuning->group_count; g++)
        choose(tuning, store, g, scores);
    free(scores);
    return TW_OK;
}

/* ---- what is said ---- */

void tw_tuning_name(const struct tw_tuning *tuning, int group, char *text, size_t size)
{
    const struct tw_tuned *tuned = &tuning->groups[group];
    size_t used = (size_t)snprintf(text, size, "'%s'", tuned->method);
    int open = 0;
    for (int a = 0; a < tuning->axis_count && used < size; a++) {
        if (a == tuning->tune->axis || !tuned->axis_value[a] || !strcmp(tuning->axes[a], "method"))
            continue;
        used += (size_t)snprintf(text + used, size - used, "%s%s=%s", open ? " " : " (",
                                 tuning->axes[a], tuned->axis_value[a]);
        open = 1;
    }
    if (open && used < size)
        snprintf(text + used, size - used, ")");
}

static void warn(const struct tw_tuning *tuning, const struct tw_tuned *group, const char *name,
                 int budget)
{
    const struct tw_tune *tune = tuning->tune;
    const char *value = tune->values[group->chosen];
    if (group->tried < budget)
        fprintf(stderr,
                "thinwire: warning: %s was tried at %d values of '%s', others at %d: that is not "
                "the same budget\n",
                name, group->tried, tune->over, budget);
    if (group->diverged == tune->seed_count)
        fprintf(stderr,
                "thinwire: warning: %s diverges at every value of '%s'; %s, the first, is taken\n",
                name, tune->over, value);
    else if (isnan(group->result))
        fprintf(stderr,
                "thinwire: warning: %s has no %s at any value of '%s'; %s, of the least "
                "final_loss, is taken\n",
                name, tune->metric, tune->over, value);
    else if (group->edge)
        fprintf(stderr,
                "thinwire: warning: %s: %s=%s lies on the edge of the grid, or a value there is as "
                "good; a better value may lie beyond it\n",
                name, tune->over, value);
    else if (group->tried == 1)
        fprintf(stderr,
                "thinwire: warning: %s was tried at one value of '%s' alone, %s, and so is not "
                "tuned; give two values or more\n",
                name, tune->over, value);
}

void tw_tuning_tell(const struct tw_tuning *tuning, int quiet)
{
    const struct tw_tune *tune = tuning->tune;
    char name[512];
    int budget = 0;
    for (int g = 0; g < tuning->group_count; g++)
        budget = tuning->groups[g].tried > budget ? tuning->groups[g].tried : budget;
    for (int g = 0; g < tuning->group_count; g++) {
        const struct tw_tuned *group = &tuning->groups[g];
        tw_tuning_name(tuning, g, name, sizeof name);
        if (group->chosen < 0) {
            fprintf(stderr,
                    "thinwire: error: %s is not tuned, for trials of it failed; its points "
                    "are left out\n",
                    name);
            continue;
        }
        if (!quiet) {
            fprintf(stderr, "tuned %s: %s=%s", name, tune->over, tune->values[group->chosen]);
            if (!isnan(group->result))
                fprintf(stderr, " (%s %.6g)", tune->metric, group->result);
            fputc('\n', stderr);
        }
        warn(tuning, group, name, budget);
    }
}
