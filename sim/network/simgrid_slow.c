/* Stragglers in the simulated cluster: links here, hosts in the delays that ranks are given. */
#include <stdlib.h>
#include <simgrid/link.h>
#include "simgrid_names.h"
#include "simgrid_weather.h"

/* Links that are slow in this step have less bandwidth from its begin on; and whether there are
 * such links and hosts at all. */
int tw_slow_links(struct tw_world *world)
{
    const struct tw_dynamics *dynamics = world->job->platform->dynamics;
    const double *slow = world->job->slow_link;
    int before = dynamics->profile_count + dynamics->background_count + dynamics->outage_count;
    for (int i = 0; i < dynamics->straggler_count; i++) {
        const struct tw_straggler *straggler = &dynamics->stragglers[i];
        size_t count = 0;
        if (straggler->kind == TW_OUTAGE_HOST) {
            if (!tw_names_host(world, straggler->name))
                return tw_names_refuse(world, "straggler", "host", straggler->name, before + i);
            continue;
        }
        sg_link_t *links = tw_names_links(straggler->name, &count);
        if (!links)
            return tw_names_refuse(world, "straggler", "link", straggler->name, before + i);
        for (size_t l = 0; slow && l < count; l++)
            sg_link_set_bandwidth(links[l], sg_link_get_bandwidth(links[l]) / slow[i]);
        free(links);
    }
    return 1;
}
