/* What timeline.c and its helpers share while they price a trace. */
#ifndef TW_NETWORK_TIMELINE_STATE_H
#define TW_NETWORK_TIMELINE_STATE_H

#include "memo.h"
#include "straggler.h"
#include "timeline_plan.h"

struct tw_timeline {
    const struct tw_pricing *pricing;
    const struct tw_trace *trace;
    int ranks;
    struct tw_step_plan *plans; /* one per record */
    struct tw_memo memo;
    double *rows_s;       /* rows of `ranks`: 0: entries, the least is 0; i + 1: ends of item i */
    double *begins_s;     /* [item · ranks + rank], where streams overlap */
    double *last_posts_s; /* [item · ranks + rank]: when the last of a rank's group begins it,
                             likewise; else [rank], of one item */
    struct tw_rank_times *times; /* of this step; end_s relative to the step's clock */
    double clock_s;              /* the run's clock at this step's earliest entry */
    double *steady_s; /* where compute varies: compute_s, compress_s and the delays of the plan
                         without that, rows of `ranks` */
    struct tw_slowness slowness;  /* which ranks and links are slow in this step */
    double lost_s;                /* in this step to attempts that an outage broke */
    int watched;                  /* 1: this step is shown to who watches */
    struct tw_host_energy *hosts; /* where joules are asked for: of the step under way */
    struct tw_message_log log;    /* its messages, where they are asked for; times owned */
    unsigned char *outage_of;     /* [outage · ranks + rank]: whether the rank's host fails then;
                                     NULL: no step needs it */
};

static inline struct tw_step_job tw_timeline_job(const struct tw_timeline *timeline,
                                                 const struct tw_step_plan *plan)
{
    return (struct tw_step_job){
        .platform = &timeline->pricing->platform,
        .network = &timeline->pricing->network,
        .items = plan->items,
        .count = plan->count,
        .entry_s = timeline->rows_s,
        .gamma_sB = timeline->pricing->device ? timeline->pricing->device->combine_sB : 0,
        .clock_s = timeline->clock_s,
        .slow = timeline->slowness.rank,
        .slow_link = timeline->slowness.link,
    };
}

/* Makes room for the messages of a step that is watched. TW_REFUSED: too many. */
tw_status tw_timeline_log(struct tw_timeline *timeline, const struct tw_step_plan *plan,
                          struct tw_err *err) TW_MUST_CHECK;
/* Shows what has just been priced to who watches. */
void tw_timeline_show(const struct tw_timeline *timeline, const struct tw_step_plan *plan,
                      uint32_t step);

/* Ends of item i of all ranks; of item −1, that is when they enter the step. */
static inline double *tw_timeline_ends(const struct tw_timeline *timeline, int i)
{
    return timeline->rows_s + (size_t)(i + 1) * (size_t)timeline->ranks;
}

/* Turns the ends of all items into the ranks' accounts, the idle time at the step's end included.
 * TW_MEMORY. */
tw_status tw_timeline_account(struct tw_timeline *timeline,
                              const struct tw_step_plan *plan) TW_MUST_CHECK;

/* Joules (timeline_energy.c): room for them where they are asked for; what a step has drawn, added;
 * the sums of the run. */
tw_status tw_timeline_energy_open(struct tw_timeline *timeline, struct tw_priced *priced,
                                  struct tw_err *err) TW_MUST_CHECK;
void tw_timeline_energy_add(const struct tw_timeline *timeline, struct tw_priced *priced);
void tw_timeline_energy_settle(struct tw_priced *priced);

/* Steps without exchanges (timeline_alone.c): which ranks lose their host, found once for all
 * steps; and the ends of all items. The job's facts are filled; TW_CRASHED: a host failed, as they
 * say. */
tw_status tw_timeline_alone_open(struct tw_timeline *timeline, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_timeline_alone(const struct tw_timeline *timeline,
                            const struct tw_step_job *job) TW_MUST_CHECK;

/* Fills the ends of all items of a step: by the executor where it has exchanges or joules are
 * counted, else by arithmetic. A step that an outage broke is begun anew as the dynamics say, which
 * moves the entries, the clock and lost_s. When that is over, priced's breakdown says what it was.
 */
tw_status tw_timeline_simulate(struct tw_timeline *timeline, const struct tw_step_plan *plan,
                               struct tw_priced *priced, struct tw_err *err) TW_MUST_CHECK;

/* 1: seconds of ranks vary from step to step. */
int tw_timeline_varies(const struct tw_timeline *timeline);
/* Makes the plan's seconds those of this step, and again what they were. */
void tw_timeline_shake(struct tw_timeline *timeline, struct tw_step_plan *plan, uint32_t step);
void tw_timeline_settle(struct tw_timeline *timeline, struct tw_step_plan *plan);

#endif
