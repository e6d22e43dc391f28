/* See choice.h. */
#include "choice.h"

#include <math.h>
#include <stdlib.h>
#include "choice_events.h"
#include "maxplus.h"
#include "platform.h"

static double combine_sB(const struct tw_pricing *pricing)
{
    return pricing->device ? pricing->device->combine_sB : 0;
}

/* When the last rank is done, on the platform; INFINITY where max-plus does not price it. rows_s:
 * 2 · ranks, the entries first. */
static tw_status price_one(const struct tw_pricing *pricing, const struct tw_algorithm *algorithm,
                           const struct tw_layout *layout, double *rows_s, double *last_s,
                           struct tw_err *err)
{
    int ranks = tw_platform_ranks(&pricing->platform);
    struct tw_action_item item = {.algorithm = algorithm, .layout = *layout, .bucket = -1};
    struct tw_step_job job = {.platform = &pricing->platform,
                              .network = &pricing->network,
                              .items = &item,
                              .count = 1,
                              .entry_s = rows_s,
                              .gamma_sB = combine_sB(pricing)};
    struct tw_err refused = {0};
    double *end_s = rows_s + ranks;
    *last_s = INFINITY;
    if (tw_layout_for(algorithm, &item.layout, &refused) ||
        tw_executor_find("maxplus")->accepts(&job, &refused))
        return TW_OK;
    tw_status status = tw_maxplus_price(&job, NULL, end_s, err);
    *last_s = 0;
    for (int r = 0; r < ranks && !status; r++)
        *last_s = end_s[r] > *last_s ? end_s[r] : *last_s;
    return status;
}

static tw_status price_all(const struct tw_pricing *pricing, const struct tw_layout *layout,
                           const struct tw_algorithm **algorithm, struct tw_err *err)
{
    double *rows_s = calloc((size_t)layout->ranks, 2 * sizeof *rows_s), least_s = INFINITY;
    if (!rows_s)
        return tw_err_set(err, TW_MEMORY, "no memory for choosing among schedules");
    tw_status status = TW_OK;
    for (int i = 0; i < tw_algorithm_count() && !status; i++) {
        double last_s;
        if (tw_algorithm_at(i)->kind != layout->kind)
            continue;
        status = price_one(pricing, tw_algorithm_at(i), layout, rows_s, &last_s, err);
        /* Equal but for rounding is equal, as in tw_algorithm_choose. */
        if (status || !(last_s < INFINITY) || last_s >= least_s * (1 - 1e-12))
            continue;
        *algorithm = tw_algorithm_at(i);
        least_s = last_s;
    }
    free(rows_s);
    return status;
}

static int asks_simgrid(const struct tw_pricing *pricing, const struct tw_comm *comm,
                        const struct tw_layout *layout)
{
    return pricing->choices && layout->kind != TW_MERGE && !comm->server && layout->ranks > 1 &&
           tw_platform_ranks(&pricing->platform) <= TW_CHOICE_RANKS &&
           tw_choice_shares_links(&pricing->platform, comm);
}

tw_status tw_choice_auto(const struct tw_pricing *pricing, const struct tw_comm *comm,
                         const struct tw_layout *layout, double alpha_s, double beta_sB,
                         const struct tw_algorithm **algorithm, struct tw_err *err)
{
    tw_status status = TW_OK;
    *algorithm = NULL;
    if (pricing->network.curve && comm->groups == 0 && !comm->server && layout->kind != TW_MERGE)
        status = price_all(pricing, layout, algorithm, err);
    if (!status && !*algorithm)
        *algorithm = tw_algorithm_choose(layout, alpha_s, beta_sB, combine_sB(pricing));
    if (!status && *algorithm && asks_simgrid(pricing, comm, layout))
        status = tw_choices_simulate(pricing->choices, pricing, comm, layout, algorithm, err);
    if (!status && !*algorithm)
        status = tw_err_set(err, TW_REFUSED, "no schedule carries this %s",
                            tw_request_name(layout->kind));
    return status;
}
