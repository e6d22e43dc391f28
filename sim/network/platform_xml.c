/* Writes a cluster as SimGrid platform XML (SimGrid's C API cannot create hosts or links). */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fabric.h"
#include "platform.h"
#include "platform_xml.h"

static void write_escaped(const char *text, FILE *to)
{
    for (; *text; text++) {
        switch (*text) {
        case '"':
            fputs("&quot;", to);
            break;
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        default:
            fputc(*text, to);
        }
    }
}

/* What SimGrid has as a property of every host, not as an attribute of <cluster>. */
static int is_property(const struct tw_pair *pair)
{
    return strcmp(pair->name, "wattage_per_state") == 0;
}

/* A host that is not there is refused when the platform is built. */
static int is_rated(const struct tw_platform *platform, const struct tw_background *one)
{
    return one->rate_Bps > 0 && one->from < tw_platform_places(platform);
}

/* 1: some background traffic has a rate. */
static int has_rates(const struct tw_platform *platform)
{
    int rates = 0;
    for (int i = 0; platform->dynamics && i < platform->dynamics->background_count; i++)
        rates |= is_rated(platform, &platform->dynamics->backgrounds[i]);
    return rates;
}

/* A flow of a rate is one over a link of that bandwidth and no latency, and then over the links
 * that it would take without: up from its node, and down to the other. The way back is that of its
 * node, where the model's options let acknowledgements take it. */
static void write_rates(const struct tw_platform *platform, FILE *to)
{
    const struct tw_dynamics *dynamics = platform->dynamics;
    for (int i = 0; i < dynamics->background_count; i++) {
        const struct tw_background *one = &dynamics->backgrounds[i];
        if (!is_rated(platform, one))
            continue;
        fprintf(to,
                "<zone id=\"" TW_RATED_NAME "%d-zone\" routing=\"Full\">"
                "<host id=\"" TW_RATED_NAME "%d\" speed=\"1Gf\"/></zone>\n"
                "<link id=\"" TW_RATED_NAME "%d\" bandwidth=\"%.17gBps\" latency=\"0s\"/>\n",
                i, i, i, one->rate_Bps);
    }
    for (int i = 0; i < dynamics->background_count; i++) {
        const struct tw_background *one = &dynamics->backgrounds[i];
        if (!is_rated(platform, one))
            continue;
        fprintf(to,
                "<zoneRoute src=\"" TW_RATED_NAME
                "%d-zone\" dst=\"cluster\" gw_src=\"" TW_RATED_NAME
                "%d\" gw_dst=\"cluster-router\" symmetrical=\"NO\">"
                "<link_ctn id=\"" TW_RATED_NAME
                "%d\"/><link_ctn id=\"cluster_link_%d_UP\"/></zoneRoute>\n",
                i, i, i, one->from);
        fprintf(to,
                "<zoneRoute src=\"cluster\" dst=\"" TW_RATED_NAME
                "%d-zone\" gw_src=\"cluster-router\" gw_dst=\"" TW_RATED_NAME
                "%d\" symmetrical=\"NO\"><link_ctn id=\"cluster_link_%d_DOWN\"/></zoneRoute>\n",
                i, i, one->from);
    }
}

static void write_equal(const struct tw_platform *platform, FILE *to)
{
    fputs("<zone id=\"world\" routing=\"Full\">\n", to);
    fprintf(to,
            "<cluster id=\"cluster\" prefix=\"node-\" suffix=\"\" radical=\"0-%d\" speed=\"1Gf\" "
            "bw=\"%.17gBps\" lat=\"%.17gs\"",
            tw_platform_places(platform) - 1, platform->bandwidth_Bps, platform->latency_s);
    for (int i = 0; i < platform->attribute_count; i++) {
        if (is_property(&platform->attributes[i]))
            continue;
        fprintf(to, " %s=\"", platform->attributes[i].name);
        write_escaped(platform->attributes[i].value, to);
        fputc('"', to);
    }
    if (has_rates(platform))
        fputs(" router_id=\"cluster-router\"", to);
    fputs(">", to);
    for (int i = 0; i < platform->attribute_count; i++) {
        if (!is_property(&platform->attributes[i]))
            continue;
        fprintf(to, "<prop id=\"%s\" value=\"", platform->attributes[i].name);
        write_escaped(platform->attributes[i].value, to);
        fputs("\"/>", to);
    }
    fputs("</cluster>\n", to);
    if (has_rates(platform))
        write_rates(platform, to);
    fputs("</zone>\n", to);
}

static void write_unequal(const struct tw_platform *platform, FILE *to)
{
    int places = tw_platform_places(platform);
    fputs("<zone id=\"cluster\" routing=\"Cluster\">\n", to);
    for (int node = 0; node < places; node++)
        fprintf(to, "<host id=\"node-%d\" speed=\"1Gf\"/>\n", node);
    for (int node = 0; node < places; node++)
        fprintf(to,
                "<link id=\"nic-%d\" bandwidth=\"%.17gBps\" latency=\"%.17gs\" "
                "sharing_policy=\"SPLITDUPLEX\"/>\n",
                node, tw_platform_bandwidth(platform, node), tw_platform_latency(platform, node));
    for (int node = 0; node < places; node++)
        fprintf(to, "<host_link id=\"node-%d\" up=\"nic-%d_UP\" down=\"nic-%d_DOWN\"/>\n", node,
                node, node);
    fputs("</zone>\n", to);
}

tw_status tw_platform_xml_write(const struct tw_platform *platform, FILE *to)
{
    fputs("<?xml version='1.0'?>\n"
          "<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
          "<platform version=\"4.1\">\n",
          to);
    if (platform->fabric)
        tw_fabric_write(platform, to);
    else if (platform->node_bandwidth_Bps || platform->node_latency_s)
        write_unequal(platform, to);
    else
        write_equal(platform, to);
    fputs("</platform>\n", to);
    return fflush(to) == 0 && !ferror(to) ? TW_OK : TW_IO;
}

tw_status tw_platform_xml_open(const struct tw_platform *platform, int *descriptor)
{
    tw_status status = TW_IO;
    FILE *stream = NULL;
    int file = -1, copy = -1;

    file = memfd_create("platform", 0);
    if (file < 0)
        goto done;
    copy = dup(file); /* fclose below closes this one */
    if (copy < 0)
        goto done;
    stream = fdopen(copy, "w");
    if (!stream)
        goto done;
    copy = -1;
    status = tw_platform_xml_write(platform, stream);
done:
    if (stream && fclose(stream) != 0)
        status = TW_IO;
    if (copy >= 0)
        close(copy);
    if (status) {
        if (file >= 0)
            close(file);
        return status;
    }
    *descriptor = file;
    return TW_OK;
}
