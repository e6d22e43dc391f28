/* A sweep over the moments at which something of a rank begins or ends. */
#include "timeline_sweep.h"

#include <stdlib.h>
#include <string.h>

/* What keeps a rank busy, the first that does counts. */
enum { COMPUTE, COMPRESS, TRANSFER, BUSY_COUNT };

struct moment {
    double at_s;
    int what, change; /* BUSY_COUNT: nothing begins or ends here */
};

static int by_time(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

static int add_span(struct moment *moments, int count, int what, double from_s, double to_s)
{
    if (!(to_s > from_s))
        return count;
    moments[count] = (struct moment){from_s, what, 1};
    moments[count + 1] = (struct moment){to_s, what, -1};
    return count + 2;
}

/* The moments of a rank's items, not sorted; *end_s is its last end. */
static int list_moments(const struct tw_step_job *job, int rank, const double *begin_s,
                        const double *end_s, const double *last_post_s, struct moment *moments,
                        struct tw_rank_times *times)
{
    size_t ranks = (size_t)tw_platform_ranks(job->platform);
    int count = 0;
    times->end_s = job->entry_s[rank];
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        double from_s = begin_s[(size_t)i * ranks + (size_t)rank];
        double to_s = end_s[(size_t)i * ranks + (size_t)rank];
        int what = item->account == TW_ACCOUNT_COMPRESS ? COMPRESS : COMPUTE;
        if (item->algorithm) {
            what = TRANSFER;
            double last_s = last_post_s[(size_t)i * ranks + (size_t)rank];
            from_s = last_s < to_s ? last_s : to_s;
            times->transfer_s += to_s - from_s;
        }
        count = add_span(moments, count, what, from_s, to_s);
        times->end_s = to_s > times->end_s ? to_s : times->end_s;
    }
    moments[count] = (struct moment){times->end_s, BUSY_COUNT, 0};
    return count + 1;
}

tw_status tw_sweep_account(const struct tw_step_job *job, int rank, const double *begin_s,
                           const double *end_s, const double *last_post_s,
                           struct tw_rank_times *times)
{
    int running[BUSY_COUNT + 1] = {0};
    double at_s = job->entry_s[rank];
    *times = (struct tw_rank_times){0};
    struct moment *moments = malloc((2 * (size_t)job->count + 1) * sizeof *moments);
    if (!moments)
        return TW_MEMORY;
    int count = list_moments(job, rank, begin_s, end_s, last_post_s, moments, times);
    double *const shares[BUSY_COUNT + 1] = {&times->compute_s, &times->compress_s,
                                            &times->exposed_s, &times->wait_s};
    qsort(moments, (size_t)count, sizeof *moments, by_time);
    for (int m = 0; m < count; m++) {
        int busy = 0;
        while (busy < BUSY_COUNT && !running[busy])
            busy++;
        *shares[busy] += moments[m].at_s - at_s;
        at_s = moments[m].at_s;
        running[moments[m].what] += moments[m].change;
    }
    free(moments);
    return TW_OK;
}
