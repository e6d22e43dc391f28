/* Watches the ranks of one simulation go through alike steps (alike.h), and says when the rest of a
 * phase can be reckoned instead of simulated.
 *
 * When all ranks end a step at the same moment, nothing is under way: the state of the network is
 * that of a beginning. The next step, alike, must then do what this one did, whatever the platform,
 * and so must all that follow: by induction each takes as long as the last. What is checked is that
 * all ranks ended three steps in a row in step (to 1e-12 of the clock), and that these took equally
 * long. One more is simulated and must agree, then everyone sleeps through the rest of the phase.
 * Ranks that are not in step (unequal nodes, late entries that have not yet spread) are simulated;
 * they may fall into step later. Rounding: a phase's time is off by at most 1e-10. */
#ifndef TW_NETWORK_PACE_H
#define TW_NETWORK_PACE_H

#include <stdint.h>

struct tw_pace {
    int ranks;
    int item, step;         /* the step being counted */
    int ended;              /* ranks that have ended it */
    double first_s, last_s; /* when the first and the last did */
    int steady; /* steps in a row that took equally long, this phase's first not among them */
    double common_s, took_s; /* when all ended the step before; how long a step takes */
    int from, to;     /* behind step `from` of this item everyone goes on with step `to`; −1 */
    double rest_s;    /* what everyone sleeps there */
    uint64_t skipped; /* steps that were reckoned */
    int broken;       /* 1: a reckoned step was none; the simulation must not be used */
};

struct tw_pace tw_pace_of(int ranks);

/* A rank has ended step `step` of item `item`, whose phases have `phase` steps, at now_s. Returns
 * its next step, and in *sleep_s how long to sleep before it. */
int tw_pace_ended(struct tw_pace *pace, int item, int phase, int step, double now_s,
                  double *sleep_s);

#endif
