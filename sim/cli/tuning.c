/* The stage before the points: trials, choice, and the points that take the chosen values. */
#include "tuning.h"

#include <stdlib.h>
#include <string.h>

void tw_tuning_free(struct tw_tuning *tuning)
{
    for (int g = 0; g < tuning->group_count; g++)
        free(tuning->groups[g].axis_value);
    free(tuning->groups);
    free(tuning->trials);
    free(tuning->keys);
    free(tuning->blank);
    *tuning = (struct tw_tuning){0};
}

int tw_tuning_is_blank(const struct tw_tuning *tuning, int point, int axis)
{
    return tuning->tune && axis == tuning->tune->axis && tuning->blank[point];
}

/* The trials there are, without the gaps that excludes leave. */
static tw_status gather(const struct tw_tuning *tuning, const struct tw_point ***points,
                        struct tw_keys **keys, int *count)
{
    int all = tuning->group_count * tuning->tune->value_count * tuning->tune->seed_count;
    *points = calloc((size_t)all + 1, sizeof **points);
    *keys = calloc((size_t)all + 1, sizeof **keys);
    *count = 0;
    if (!*points || !*keys)
        return TW_MEMORY;
    for (int i = 0; i < all; i++) {
        if (!tuning->trials[i].scenario)
            continue;
        (*points)[*count] = &tuning->trials[i];
        (*keys)[(*count)++] = tuning->keys[i];
    }
    return TW_OK;
}

/* This shard's part first, then what no shard has done by then: every shard needs all trials, and
 * shards of one folder share the data-plane runs by their cache. */
static tw_status run_trials(const struct tw_tuning *tuning, const struct tw_run_arguments *a,
                            const char *directory, struct tw_store *store,
                            struct tw_outcome *outcome, struct tw_err *err)
{
    const struct tw_point **points = NULL;
    struct tw_keys *keys = NULL;
    struct tw_pieces pieces = {.directory = directory, .store = store};
    tw_status status = gather(tuning, &points, &keys, &pieces.count);
    if (status) {
        tw_err_set(err, status, "out of memory");
        goto done;
    }
    pieces.points = points;
    pieces.keys = keys;
    if (!a->quiet)
        fprintf(stderr, "tuning '%s': %d trials\n", tuning->tune->over, pieces.count);
    status = tw_pieces_run(&pieces, a, outcome, err);
    if (!status && a->shards > 1 && !outcome->signal && !outcome->failed) {
        struct tw_run_arguments rest = *a;
        rest.shard = 0;
        rest.shards = 1;
        status = tw_store_refresh(store, err);
        if (!status)
            status = tw_pieces_run(&pieces, &rest, outcome, err);
    }
done:
    free(points);
    free(keys);
    return status;
}

/* Leaves the points that take the chosen value of their group, or, when they take none, those at
 * the first value there is. */
static tw_status keep_points(struct tw_tuning *tuning, struct tw_scenario *scenario,
                             struct tw_keys *keys, const struct tw_candidate *candidates)
{
    int points = tw_scenario_points(scenario), kept = 0;
    unsigned char *keep = calloc((size_t)points + 1, 1);
    tuning->blank = calloc((size_t)points + 1, 1);
    if (!keep || !tuning->blank) {
        free(keep);
        return TW_MEMORY;
    }
    for (int p = 0; p < points; p++) {
        const struct tw_candidate *at = &candidates[p];
        keep[p] = (unsigned char)(at->group < 0 ? at->first
                                                : tuning->groups[at->group].chosen == at->value);
        if (!keep[p])
            continue;
        keys[kept] = keys[p];
        tuning->blank[kept++] = at->group < 0;
    }
    tw_scenario_keep(scenario, keep);
    free(keep);
    return TW_OK;
}

static tw_status conclude(struct tw_tuning *tuning, const struct tw_run_arguments *a,
                          const char *directory, const struct tw_store *store, struct tw_err *err)
{
    tw_status status = tw_tuning_choose(tuning, store);
    if (status)
        return tw_err_set(err, status, "out of memory");
    tw_tuning_tell(tuning, a->quiet);
    return tw_tuning_write(tuning, store, directory, err);
}

tw_status tw_tuning_run(struct tw_tuning *tuning, struct tw_scenario *scenario,
                        struct tw_keys *keys, const struct tw_run_arguments *a,
                        const char *directory, struct tw_store *store, struct tw_outcome *outcome,
                        struct tw_err *err)
{
    struct tw_candidate *candidates = NULL;
    const struct tw_tune *tune = tw_scenario_tune(scenario);
    *tuning = (struct tw_tuning){.tune = tune};
    *outcome = (struct tw_outcome){0};
    if (!tune)
        return TW_OK;
    tuning->axis_count = tw_scenario_axes(scenario, &tuning->axes);
    tw_status status = tw_tuning_group(tuning, scenario, keys, &candidates, err);
    if (!status)
        status = run_trials(tuning, a, directory, store, outcome, err);
    if (!status && !outcome->signal)
        status = conclude(tuning, a, directory, store, err);
    if (!status && !outcome->signal)
        status = keep_points(tuning, scenario, keys, candidates);
    if (status == TW_MEMORY && !err->text[0])
        tw_err_set(err, TW_MEMORY, "out of memory");
    free(candidates);
    return status;
}
