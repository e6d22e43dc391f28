/* What a platform's links and hosts are called, and whether its links are any. */
#include "simgrid_names.h"

#include "platform_xml.h"

#include <fnmatch.h>
#include <math.h>
#include <simgrid/host.h>
#include <simgrid/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More names than these are not listed. */
#define SHOWN 6
/* Among more names than these the nearest is not looked for. */
#define SEARCHED 20000

static int by_name(const void *a, const void *b)
{
    return strverscmp(*(const char *const *)a, *(const char *const *)b);
}

/* Of background traffic that has a rate: nothing that a scenario names. */
static int is_private(const char *name)
{
    return strncmp(name, TW_RATED_NAME, strlen(TW_RATED_NAME)) == 0;
}

size_t tw_names_host_count(void)
{
    size_t all = sg_host_count(), count = 0;
    sg_host_t *hosts = sg_host_list();
    for (size_t h = 0; hosts && h < all; h++)
        count += !is_private(sg_host_get_name(hosts[h]));
    free(hosts);
    return count;
}

/* Names of all links, or (links 0) of all hosts, sorted; the list is the caller's. NULL: memory. */
static const char **list_names(const struct tw_world *world, int links, size_t *count)
{
    size_t all = links ? sg_link_count() : tw_names_host_count();
    sg_link_t *list = links ? sg_link_list() : NULL;
    const char **names = calloc(all + 1, sizeof *names);
    *count = 0;
    for (size_t i = 0; names && (list || !links) && i < all; i++)
        if (!links || !is_private(sg_link_get_name(list[i])))
            names[(*count)++] =
                links ? sg_link_get_name(list[i]) : sg_host_get_name(world->hosts[i]);
    free(list);
    if (names)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

/* "did you mean '…'? 32 links: a, b, c, … z". */
static void advise(struct tw_world *world, const char *what, const char *pattern, int place)
{
    char text[400] = "", nearest[120] = "";
    size_t count = 0, used = 0;
    const char **names = list_names(world, strcmp(what, "link") == 0, &count);
    const char *near = names && count <= SEARCHED ? tw_nearest(pattern, names, count) : NULL;
    if (near)
        snprintf(nearest, sizeof nearest, "did you mean '%s'? ", near);
    for (size_t i = 0; names && i < count && used < sizeof text; i++) {
        if (count > SHOWN && i >= SHOWN - 1 && i + 1 < count)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s", i ? ", " : "",
                                 count > SHOWN && i + 1 == count ? "… " : "", names[i]);
    }
    tw_weather_advise(world, place, "%s%zu %ss: %s", nearest, count, what, text);
    free(names);
}

int tw_names_refuse(struct tw_world *world, const char *element, const char *what,
                    const char *pattern, int place)
{
    struct tw_simgrid_head *head = &world->result->head;
    head->status = TW_UNKNOWN;
    snprintf(head->text, sizeof head->text, "%s: no %s is called '%.100s'", element, what, pattern);
    advise(world, what, pattern, place);
    return 0;
}

int tw_names_host(const struct tw_world *world, const char *pattern)
{
    size_t count = tw_names_host_count();
    for (size_t h = 0; h < count; h++)
        if (fnmatch(pattern, sg_host_get_name(world->hosts[h]), 0) == 0)
            return 1;
    return 0;
}

sg_link_t *tw_names_links(const char *pattern, size_t *count)
{
    size_t all = sg_link_count();
    sg_link_t *links = sg_link_list();
    *count = 0;
    for (size_t i = 0; links && i < all; i++)
        if (fnmatch(pattern, sg_link_get_name(links[i]), 0) == 0 &&
            !is_private(sg_link_get_name(links[i])))
            links[(*count)++] = links[i];
    if (*count == 0) {
        free(links);
        return NULL;
    }
    return links;
}

static int refuse_link(struct tw_simgrid_head *head, const char *file, sg_link_t link,
                       const char *what, double value, const char *unit, const char *valid)
{
    const char *base = strrchr(file, '/');
    head->status = TW_RANGE;
    snprintf(head->text, sizeof head->text, "%.80s: link %.80s has a %s of %g %s",
             base ? base + 1 : file, sg_link_get_name(link), what, value, unit);
    snprintf(head->hint, sizeof head->hint, "%s", valid);
    return 0;
}

int tw_names_check_links(const char *file, struct tw_simgrid_head *head)
{
    size_t count = sg_link_count();
    sg_link_t *links = sg_link_list();
    int good = 1;
    for (size_t i = 0; links && good && i < count; i++) {
        double bandwidth_Bps = sg_link_get_bandwidth(links[i]);
        double latency_s = sg_link_get_latency(links[i]);
        if (!(bandwidth_Bps > 0 && isfinite(bandwidth_Bps)))
            good = refuse_link(head, file, links[i], "bandwidth", bandwidth_Bps, "B/s",
                               "a bandwidth is above 0 and finite: bandwidth=\"1.25GBps\"");
        else if (!(latency_s >= 0 && isfinite(latency_s)))
            good = refuse_link(head, file, links[i], "latency", latency_s, "s",
                               "a latency is 0 or above and finite: latency=\"25us\"");
    }
    free(links);
    return good;
}
