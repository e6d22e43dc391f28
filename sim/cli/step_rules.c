/* Whether a step can be laid out, whether its kernels can be measured, and whether what a platform
 * names is there: asked before anything runs, at the price of a plan and of building the platform.
 */
#include "step_rules.h"

/* Steps beyond these are like one of them, but for stages of options. */
#define PLANNED_STEPS 3

/* The step as a plan knows it: what differs from a run's is data, which is not asked about here.
 * Where there is no plan, or something else is wrong with it, others say so. */
tw_status tw_step_rules_check(const struct tw_point *point, struct tw_err *err)
{
    struct tw_point own = *point;
    struct tw_piece_pricing piece;
    struct tw_train_setup setup;
    struct tw_run run = {0};
    struct tw_err elsewhere = {0};
    own.steps = PLANNED_STEPS < own.steps ? PLANNED_STEPS : own.steps;
    if (tw_piece_setup(&own, &setup, &elsewhere) || tw_piece_price_setup(&own, &piece, &elsewhere))
        return TW_OK;
    if (setup.measured && tw_train_check_measured(&setup, err))
        return TW_REFUSED;
    const struct tw_workload *source = setup.workload;
    if (source->member.traits & (TW_REAL_DATA | TW_RECORDED_DATA) && !source->tells_shapes)
        return TW_OK; /* its tensors are told by its data */
    tw_status status = TW_OK;
    if (tw_train_plan(&setup, &run, &elsewhere) == TW_OK)
        status = tw_price_accepts(&piece.pricing, &run.trace, err);
    tw_run_free(&run);
    return status;
}

/* Hosts above which names are first looked for when the point runs: a second's work. */
#define LOOKED_HOSTS 8192

/* Only what SimGrid would have to name or to read can be wrong. */
tw_status tw_step_rules_look(const struct tw_pricing *pricing, struct tw_err *err)
{
    const struct tw_step_job job = {.platform = &pricing->platform, .network = &pricing->network};
    return pricing->executor->look && pricing->platform.nodes <= LOOKED_HOSTS
               ? pricing->executor->look(&job, err)
               : TW_OK;
}
