/* GPU nodes as SimGrid XML: every GPU is a host, at a crossbar inside its node.
 *
 *   one card:    gpu –nvlink– crossbar –nic– fabric     between nodes: nvlink, nic, nic, nvlink
 *   one a GPU:   gpu –nvlink– crossbar
 *                gpu –slot– card –nic– fabric           between nodes: slot, nic, nic, slot
 *
 * Routes are the shortest in links (Dijkstra): inside a node always two by NVLink, against four by
 * the fabric. The crossbar and the fabric never are the bottleneck. One tree of routes per sender
 * is kept (DijkstraCache): O(hosts) memory each, for those that send. */
#include "fabric.h"

static void link_of(FILE *to, const char *name, int node, int gpu, double bandwidth_Bps,
                    double latency_s)
{
    fprintf(to,
            "<link id=\"%s-%d-%d\" bandwidth=\"%.17gBps\" latency=\"%.17gs\" "
            "sharing_policy=\"SPLITDUPLEX\"/>\n",
            name, node, gpu, bandwidth_Bps, latency_s);
}

static void write_links(const struct tw_platform *platform, int node, FILE *to)
{
    const struct tw_fabric *fabric = platform->fabric;
    for (int gpu = 0; gpu < platform->ranks_per_node; gpu++)
        link_of(to, "nvlink", node, gpu, fabric->nvlink_Bps, fabric->nvlink_s);
    for (int nic = 0; nic < fabric->nics; nic++) {
        link_of(to, "nic", node, nic, platform->bandwidth_Bps, platform->latency_s);
        if (fabric->nics > 1)
            link_of(to, "slot", node, nic, fabric->slot_Bps, fabric->slot_s);
    }
}

static void write_routes(const struct tw_platform *platform, int node, FILE *to)
{
    int nics = platform->fabric->nics;
    if (nics == 1)
        fprintf(to,
                "<route src=\"crossbar-%d\" dst=\"fabric\"><link_ctn id=\"nic-%d-0\" "
                "direction=\"UP\"/></route>\n",
                node, node);
    for (int gpu = 0; gpu < platform->ranks_per_node; gpu++) {
        fprintf(to,
                "<route src=\"node-%d-gpu-%d\" dst=\"crossbar-%d\"><link_ctn id=\"nvlink-%d-%d\" "
                "direction=\"UP\"/></route>\n",
                node, gpu, node, node, gpu);
        if (nics > 1)
            fprintf(to,
                    "<route src=\"node-%d-gpu-%d\" dst=\"fabric\"><link_ctn id=\"slot-%d-%d\" "
                    "direction=\"UP\"/><link_ctn id=\"nic-%d-%d\" direction=\"UP\"/></route>\n",
                    node, gpu, node, gpu, node, gpu);
    }
}

void tw_fabric_write_gpu_nodes(const struct tw_platform *platform, FILE *to)
{
    fputs("<zone id=\"world\" routing=\"DijkstraCache\">\n", to);
    for (int node = 0; node < platform->nodes; node++)
        for (int gpu = 0; gpu < platform->ranks_per_node; gpu++)
            fprintf(to, "<host id=\"node-%d-gpu-%d\" speed=\"1Gf\"/>\n", node, gpu);
    fputs("<router id=\"fabric\"/>\n", to);
    for (int node = 0; node < platform->nodes; node++)
        fprintf(to, "<router id=\"crossbar-%d\"/>\n", node);
    for (int node = 0; node < platform->nodes; node++)
        write_links(platform, node, to);
    for (int node = 0; node < platform->nodes; node++)
        write_routes(platform, node, to);
    fputs("</zone>\n", to);
}
