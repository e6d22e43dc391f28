/* SimGrid shares links anew after every event, by default (network/optim Lazy) only those that the
 * event may concern. When the latency of a flow is over, version 3.32 marks the flow's first link,
 * and from there whatever flows under way connect to it; but if that first link is marked already,
 * because another flow over it became active at the same moment, it stops there, and the further
 * links of the flow are not looked at: the flow can then run faster than they are.
 * Seen: one host sends to three at once, α = 1 s, its link 1 MB/s, one receiver's link 0.1 MB/s,
 * 1 MB each. By hand that receiver needs 1 + 10 s; Lazy says 1 + 3 s, Full says 11 s. Without
 * latency both say the same. tests/unit/test_network_server.c looks at it.
 *
 * So Full, which shares all links anew at a price of O(active flows) per event, wherever a first
 * link can be on two ways at once: shared by messages of one host (several in a step, lanes,
 * streams, ranks, background), or crossed by those of others (tori; links that both directions
 * share, limiters; reverse traffic of the model tcp; routes in files). */
#include <string.h>
#include "action.h"
#include "fabric.h"
#include "simgrid_lazy.h"
#include "streams.h"

/* Whether a host's first link carries what this host sends and nothing else. */
static int own_first_links(const struct tw_platform *platform)
{
    static const char *const harmless[] = {
        "bb_bw", "bb_lat", "bb_sharing_policy", "loopback_lat", "loopback_bw", "router_id", "core"};
    if (platform->file)
        return 0;
    for (int i = 0; i < platform->attribute_count; i++) {
        const struct tw_pair *pair = &platform->attributes[i];
        int known = strcmp(pair->name, "topology") == 0 && strcmp(pair->value, "FLAT") == 0;
        for (size_t h = 0; h < sizeof harmless / sizeof harmless[0]; h++)
            known |= strcmp(pair->name, harmless[h]) == 0;
        if (!known)
            return 0;
    }
    return 1;
}

static int one_sender_per_host(const struct tw_platform *platform)
{
    int background = platform->dynamics && platform->dynamics->background_count > 0;
    return !background &&
           (platform->ranks_per_node == 1 || tw_platform_has_host_per_rank(platform));
}

int tw_lazy_is_exact(const struct tw_step_job *job)
{
    if (job->network->model == TW_MODEL_TCP || job->network->config_count ||
        !own_first_links(job->platform) || !one_sender_per_host(job->platform) ||
        tw_streams_exchanging(job) > 1)
        return 0;
    for (int i = 0; i < job->count; i++) {
        const struct tw_action_item *item = &job->items[i];
        if (item->algorithm && (!item->algorithm->one_port || tw_action_lanes(item) > 1))
            return 0;
    }
    return 1;
}
