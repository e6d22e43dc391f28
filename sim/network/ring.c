/* See ring.h for the recurrence. The sums are those of maxplus.c, in the same order: same bits. */
#include "ring.h"

#include <stdlib.h>
#include <string.h>
#include "action.h"
#include "alike.h"
#include "curve.h"
#include "platform.h"

struct ring {
    int ranks;
    double sender_s, link_s; /* 1 where the latency passes, else 0 */
    double gamma_sB;
    const struct tw_ring_hops *hops;
    double *wire_B;  /* [block], twice over: what links carry, stretched by the curve */
    double *block_B; /* [block], twice over: payload */
    double *speed;   /* [rank] */
    double *post_s;  /* [rank], and the first again */
    double *end_s;   /* [1 + rank]: of the hop from it; [0]: of the last */
};

int tw_ring_is(const struct tw_action_item *item)
{
    return item->algorithm && item->comm.groups == 0 && !item->comm.server &&
           item->layout.ranks > 1 && tw_alike_is_ring(item->algorithm);
}

static double *take(double **room, int count)
{
    double *taken = *room;
    *room += count;
    return taken;
}

static tw_status open_ring(struct ring *ring, const struct tw_step_job *job,
                           const struct tw_action_item *item, const double *post_s, double **room)
{
    int p = item->layout.ranks;
    const struct tw_curve *curve = job->network->curve;
    double *next = *room = malloc((size_t)(7 * p + 2) * sizeof *next);
    if (!next)
        return TW_MEMORY;
    ring->ranks = p;
    ring->sender_s = job->network->latency == TW_LATENCY_SENDER;
    ring->link_s = 1 - ring->sender_s;
    ring->gamma_sB = job->gamma_sB;
    ring->wire_B = take(&next, 2 * p);
    ring->block_B = take(&next, 2 * p);
    ring->speed = take(&next, p);
    ring->post_s = take(&next, p + 1);
    ring->end_s = take(&next, p + 1);
    for (int b = 0; b < p; b++) {
        uint64_t bytes =
            tw_layout_elements(&item->layout, (uint32_t)b) * (uint64_t)item->layout.element_B;
        ring->block_B[b] = ring->block_B[b + p] = (double)bytes;
        ring->wire_B[b] = ring->wire_B[b + p] =
            (double)(curve ? tw_curve_stretched_B(curve, bytes) : bytes);
    }
    for (int r = 0; r < p; r++)
        ring->speed[r] = tw_platform_speed(job->platform, r / job->platform->ranks_per_node) /
                         (job->slow ? job->slow[r] : 1);
    memcpy(ring->post_s, post_s, (size_t)p * sizeof *post_s);
    return TW_OK;
}

/* Which block rank 0 sends in a step, and whether what arrives is combined. 0: another rank's
 * pieces are not those that follow from it. */
static int look_at(const struct tw_action_item *item, int s, int *shift, int *combines)
{
    struct tw_piece pieces[2], other[2];
    const struct tw_layout *layout = &item->layout;
    int p = layout->ranks, sample = (int)(((int64_t)s * 7919 + 1) % p);
    if (item->algorithm->step(layout, 0, 0, s, pieces) != 2 ||
        item->algorithm->step(layout, 0, sample, s, other) != 2)
        return 0;
    *shift = (int)pieces[0].first;
    *combines = pieces[1].action == TW_RECEIVE_COMBINE;
    return pieces[0].action == TW_SEND && other[0].action == TW_SEND &&
           other[1].action == pieces[1].action && other[0].peer == (sample + 1) % p &&
           other[1].peer == (sample + p - 1) % p && (int)other[0].first == (sample + *shift) % p &&
           (int)other[1].first == (sample + *shift + p - 1) % p;
}

static void carry_step(const struct ring *ring, int shift, int combines)
{
    int p = ring->ranks;
    const double *latency_s = ring->hops->latency_s, *rate_Bps = ring->hops->rate_Bps;
    const double *wire_B = ring->wire_B + shift;
    double *restrict post_s = ring->post_s, *restrict end_s = ring->end_s;
    post_s[p] = post_s[0];
    for (int r = 0; r < p; r++) {
        double ready_s = post_s[r] + ring->sender_s * latency_s[r];
        double start_s = ready_s > post_s[r + 1] ? ready_s : post_s[r + 1];
        end_s[r + 1] = start_s + ring->link_s * latency_s[r] + wire_B[r] / rate_Bps[r];
    }
    end_s[0] = end_s[p];
    for (int r = 0; r < p; r++)
        post_s[r] = end_s[r] > end_s[r + 1] ? end_s[r] : end_s[r + 1];
    if (!combines || !(ring->gamma_sB > 0))
        return;
    const double *arrived_B = ring->block_B + (shift + p - 1) % p;
    for (int r = 0; r < p; r++)
        post_s[r] += ring->gamma_sB * arrived_B[r] / ring->speed[r];
}

tw_status tw_ring_run(const struct tw_step_job *job, const struct tw_action_item *item,
                      const struct tw_ring_hops *hops, double *post_s, struct tw_err *err)
{
    struct ring ring = {.hops = hops};
    double *room;
    if (open_ring(&ring, job, item, post_s, &room))
        return tw_err_set(err, TW_MEMORY, "no memory for a ring of %d ranks", item->layout.ranks);
    int steps = tw_action_steps(item, 0);
    tw_status status = TW_OK;
    for (int s = 0; s < steps && !status; s++) {
        int shift, combines;
        if (look_at(item, tw_action_step(item, 0, s), &shift, &combines))
            carry_step(&ring, shift, combines);
        else
            status =
                tw_err_set(err, TW_INTERNAL, "%s %s is not a ring in step %d",
                           tw_request_name(item->algorithm->kind), item->algorithm->member.name, s);
    }
    if (!status)
        memcpy(post_s, ring.post_s, (size_t)ring.ranks * sizeof *post_s);
    free(room);
    return status;
}
