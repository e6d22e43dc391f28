/* See pace.h for the argument. */
#include "pace.h"

#include <float.h>
#include <math.h>

#define IN_STEP 1e-12  /* of the clock: ends that count as the same moment */
#define ROUNDING 1e-10 /* of a step: what differences of the clock may lose */
#define STEADY 3       /* equal steps before the rest is reckoned */

struct tw_pace tw_pace_of(int ranks)
{
    return (struct tw_pace){.ranks = ranks, .item = -1, .from = -1, .to = -1};
}

/* Starts counting a step; the one before is lost when not all have ended it. */
static void turn_to(struct tw_pace *pace, int item, int step, double now_s)
{
    int follows = pace->item == item && pace->step + 1 == step && pace->ended == pace->ranks;
    if (!follows)
        pace->steady = -1;
    if (pace->item != item)
        pace->from = pace->to = -1;
    pace->item = item;
    pace->step = step;
    pace->ended = 0;
    pace->first_s = pace->last_s = now_s;
}

/* All have ended the step: did they in step, and did it take as long as the last one? */
static void judge(struct tw_pace *pace, int phase)
{
    double took_s = pace->last_s - pace->common_s, before_s = pace->took_s;
    double clock_error_s = 4 * DBL_EPSILON * pace->last_s;
    int in_step = pace->last_s - pace->first_s <= IN_STEP * pace->last_s;
    int same = fabs(took_s - before_s) <= IN_STEP * took_s + clock_error_s;
    if (pace->from >= 0 && pace->step == pace->from && !(in_step && same))
        pace->broken = 1;
    pace->common_s = pace->last_s;
    pace->took_s = took_s;
    if (!in_step)
        pace->steady = -1;
    else if (pace->steady < 1)
        pace->steady++; /* the first has no beginning, the second nothing to be compared with */
    else
        pace->steady = same ? pace->steady + 1 : 1;
    int end = (pace->step / phase + 1) * phase, left = end - pace->step - 2;
    if (pace->steady < STEADY || left < 1 || clock_error_s > ROUNDING * took_s ||
        pace->from >= pace->step)
        return;
    pace->from = pace->step + 1;
    pace->to = end;
    pace->rest_s = left * took_s;
    pace->skipped += (uint64_t)left;
}

int tw_pace_ended(struct tw_pace *pace, int item, int phase, int step, double now_s,
                  double *sleep_s)
{
    *sleep_s = 0;
    if (item > pace->item || (item == pace->item && step > pace->step))
        turn_to(pace, item, step, now_s);
    if (item != pace->item || step != pace->step) {
        /* Behind the others. Who is behind at a jump would miss it. */
        if (item == pace->item && step == pace->from)
            pace->broken = 1;
        return step + 1;
    }
    pace->first_s = now_s < pace->first_s ? now_s : pace->first_s;
    pace->last_s = now_s > pace->last_s ? now_s : pace->last_s;
    if (++pace->ended == pace->ranks)
        judge(pace, phase);
    if (step != pace->from)
        return step + 1;
    *sleep_s = pace->rest_s;
    return pace->to;
}
