/* Latencies that change with time, where the sender waits for them (latency "sender").
 *
 * A message that is posted at t on the run's clock waits
 *     sum over the links of its way of latency · f(t)
 * with the f that the link's profile has at t; what changes while it waits is for the next one.
 * SimGrid's own links keep their latency, which counts nothing there: changing it would change the
 * weights by which flows share links. f is a function of t and no actor, so that nothing depends on
 * the order in which SimGrid wakes actors at one moment. */
#include "simgrid_latency.h"

#include <math.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/link.h>
#include <stdlib.h>
#include <xbt/dynar.h>
#include "simgrid_names.h"

/* Clocks are sums of doubles: moments so near, relative to the run's clock, are one moment. */
#define SAME_MOMENT 1e-12

struct one_link {
    sg_link_t link;
    const struct tw_profile *profile;
};

struct tw_latencies {
    struct one_link *links; /* by address */
    size_t count;
};

static int by_address(const void *a, const void *b)
{
    uintptr_t left = (uintptr_t)((const struct one_link *)a)->link;
    uintptr_t right = (uintptr_t)((const struct one_link *)b)->link;
    return left < right ? -1 : left > right;
}

static double factor_at(const struct tw_profile *profile, double run_s)
{
    double at_s = run_s + SAME_MOMENT * fmax(1, run_s);
    double turn = profile->period_s > 0 ? floor(at_s / profile->period_s) : 0;
    /* Before the first change: what the period before has ended with, and at first 1. */
    double factor = turn > 0 ? profile->factor[profile->count - 1] : 1;
    int low = 0, high = profile->count;
    at_s -= turn * profile->period_s;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (profile->at_s[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 ? profile->factor[low - 1] : factor;
}

/* Two neighbours of the sorted list are one link: the pattern of the later profile is to blame. */
static int check_twice(struct tw_world *world, const struct tw_latencies *latencies)
{
    const struct tw_dynamics *dynamics = world->job->platform->dynamics;
    for (size_t i = 1; i < latencies->count; i++) {
        const struct one_link *one = &latencies->links[i - 1], *two = one + 1;
        if (one->link != two->link)
            continue;
        const struct tw_profile *later = one->profile > two->profile ? one->profile : two->profile;
        tw_weather_refuse(world, TW_REFUSED,
                          "profile: the latency of link %s has a profile already, by the pattern "
                          "of another",
                          sg_link_get_name(one->link));
        return tw_weather_advise(world, (int)(later - dynamics->profiles),
                                 "a link has one profile of latency at most: link='%s' must leave "
                                 "it out",
                                 later->link);
    }
    return 1;
}

static int add_profile(struct tw_world *world, struct tw_latencies *latencies, int i)
{
    const struct tw_profile *profile = &world->job->platform->dynamics->profiles[i];
    size_t count = 0;
    sg_link_t *links = tw_names_links(profile->link, &count);
    if (!links)
        return tw_names_refuse(world, "profile", "link", profile->link, i);
    struct one_link *more =
        realloc(latencies->links, (latencies->count + count) * sizeof *latencies->links);
    if (more) {
        latencies->links = more;
        for (size_t l = 0; l < count; l++)
            more[latencies->count++] = (struct one_link){links[l], profile};
    }
    free(links);
    return more ? 1
                : tw_weather_refuse(world, TW_MEMORY, "no memory for the profile of %s",
                                    profile->link);
}

int tw_latencies_open(struct tw_world *world, struct tw_latencies **latencies)
{
    const struct tw_dynamics *dynamics = world->job->platform->dynamics;
    int needed = 0, good = 1;
    for (int i = 0; i < dynamics->profile_count; i++)
        needed |= dynamics->profiles[i].of == TW_PROFILE_LATENCY;
    if (!needed)
        return 1;
    *latencies = calloc(1, sizeof **latencies);
    if (!*latencies)
        return tw_weather_refuse(world, TW_MEMORY, "%s", "no memory for latencies that change");
    for (int i = 0; i < dynamics->profile_count && good; i++)
        if (dynamics->profiles[i].of == TW_PROFILE_LATENCY)
            good = add_profile(world, *latencies, i);
    if (!good || !(*latencies)->links)
        return 0;
    qsort((*latencies)->links, (*latencies)->count, sizeof *(*latencies)->links, by_address);
    return check_twice(world, *latencies);
}

double tw_latencies_now_s(const struct tw_world *world, const struct tw_latencies *latencies,
                          sg_host_t from, sg_host_t to, double nominal_s)
{
    double run_s = world->job->clock_s + simgrid_get_clock() - world->warm_s, now_s = nominal_s;
    xbt_dynar_t route = xbt_dynar_new(sizeof(sg_link_t), NULL);
    sg_host_get_route(from, to, route);
    for (unsigned long i = 0; i < xbt_dynar_length(route); i++) {
        const struct one_link key = {.link = xbt_dynar_get_as(route, i, sg_link_t)};
        const struct one_link *found =
            bsearch(&key, latencies->links, latencies->count, sizeof *latencies->links, by_address);
        if (found)
            now_s += sg_link_get_latency(key.link) * (factor_at(found->profile, run_s) - 1);
    }
    xbt_dynar_free(&route);
    return fmax(now_s, 0); /* a rounded sum of what is 0 */
}

void tw_latencies_close(struct tw_latencies *latencies)
{
    if (latencies)
        free(latencies->links);
    free(latencies);
}
