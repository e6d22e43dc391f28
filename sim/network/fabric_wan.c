/* Regions of the world as SimGrid XML.
 *
 *   host –host– switch of the region –access– gateway –path– gateway –access– switch –host– host
 *
 * Every pair of regions has a path of its own; all hosts of a region share its access link. Latency
 * of a path: great circle by the haversine formula on a sphere of 6371 km, times `detour`, at 200
 * km per ms (light in fibre, refractive index 1.5). The coordinates are those of cities or, where a
 * region has none, of its county's; platforms/wan-10.xml is these ten with a detour of 1.5, rounded
 * to .1 ms. The detour is an assumption of whoever writes it, no carrier's measurement. */
#include "fabric.h"

#include <math.h>

static const struct {
    const char *name;
    double latitude, longitude; /* degrees */
} regions[TW_FABRIC_REGIONS] = {
    {"virginia", 39.04, -77.49},  {"oregon", 45.84, -119.7},  {"sao-paulo", -23.55, -46.63},
    {"ireland", 53.35, -6.26},    {"frankfurt", 50.11, 8.68}, {"mumbai", 19.08, 72.88},
    {"singapore", 1.35, 103.82},  {"tokyo", 35.68, 139.69},   {"sydney", -33.87, 151.21},
    {"cape-town", -33.92, 18.42},
};

#define EARTH_KM 6371.0
#define FIBRE_KM_PER_S 2e5

double tw_fabric_path_s(const struct tw_fabric *fabric, int a, int b)
{
    double radian = acos(-1) / 180;
    double north = sin((regions[b].latitude - regions[a].latitude) * radian / 2);
    double east = sin((regions[b].longitude - regions[a].longitude) * radian / 2);
    double h = north * north +
               cos(regions[a].latitude * radian) * cos(regions[b].latitude * radian) * east * east;
    return fabric->detour * 2 * EARTH_KM * asin(sqrt(fmin(h, 1))) / FIBRE_KM_PER_S;
}

static void write_links(const struct tw_platform *platform, FILE *to)
{
    static const char form[] = "bandwidth=\"%.17gBps\" latency=\"%.17gs\" "
                               "sharing_policy=\"SPLITDUPLEX\"/>\n";
    const struct tw_fabric *fabric = platform->fabric;
    for (int a = 0; a < fabric->regions; a++) {
        fprintf(to, "<link id=\"access-%d\" ", a);
        fprintf(to, form, platform->bandwidth_Bps, platform->latency_s);
        for (int h = 0; h < fabric->region_hosts; h++) {
            fprintf(to, "<link id=\"host-%d-%d\" ", a, h);
            fprintf(to, form, fabric->host_Bps, fabric->host_s);
        }
        for (int b = a + 1; b < fabric->regions; b++) {
            fprintf(to, "<link id=\"path-%d-%d\" ", a, b);
            fprintf(to, form, fabric->path_Bps, tw_fabric_path_s(fabric, a, b));
        }
    }
}

static void write_route(FILE *to, const char *from, const char *into, const char *link)
{
    fprintf(to, "<route src=\"%s\" dst=\"%s\"><link_ctn id=\"%s\" direction=\"UP\"/></route>\n",
            from, into, link);
}

static void write_routes(const struct tw_fabric *fabric, FILE *to)
{
    char from[64], into[64], link[64];
    for (int a = 0; a < fabric->regions; a++) {
        snprintf(from, sizeof from, "switch-%d", a);
        snprintf(into, sizeof into, "gateway-%d", a);
        snprintf(link, sizeof link, "access-%d", a);
        write_route(to, from, into, link);
        for (int h = 0; h < fabric->region_hosts; h++) {
            snprintf(from, sizeof from, "region-%d-%s-host-%d", a, regions[a].name, h);
            snprintf(into, sizeof into, "switch-%d", a);
            snprintf(link, sizeof link, "host-%d-%d", a, h);
            write_route(to, from, into, link);
        }
        for (int b = a + 1; b < fabric->regions; b++) {
            snprintf(from, sizeof from, "gateway-%d", a);
            snprintf(into, sizeof into, "gateway-%d", b);
            snprintf(link, sizeof link, "path-%d-%d", a, b);
            write_route(to, from, into, link);
        }
    }
}

void tw_fabric_write_wan(const struct tw_platform *platform, FILE *to)
{
    const struct tw_fabric *fabric = platform->fabric;
    fputs("<zone id=\"world\" routing=\"DijkstraCache\">\n", to);
    for (int a = 0; a < fabric->regions; a++)
        for (int h = 0; h < fabric->region_hosts; h++)
            fprintf(to, "<host id=\"region-%d-%s-host-%d\" speed=\"1Gf\"/>\n", a, regions[a].name,
                    h);
    for (int a = 0; a < fabric->regions; a++)
        fprintf(to, "<router id=\"switch-%d\"/>\n<router id=\"gateway-%d\"/>\n", a, a);
    write_links(platform, to);
    write_routes(fabric, to);
    fputs("</zone>\n", to);
}
