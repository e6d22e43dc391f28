/* What all fabrics share: names, checks, and the numbers that choices of schedules rest on. */
#include "fabric.h"

#include <math.h>

const char *tw_fabric_name(const struct tw_fabric *fabric)
{
    return fabric->kind == TW_FABRIC_GPU_NODES ? "gpu_nodes" : "wan";
}

static int is_bandwidth(double value)
{
    return isfinite(value) && value > 0;
}

static int is_latency(double value)
{
    return isfinite(value) && value >= 0;
}

static tw_status check_gpu_nodes(const struct tw_platform *platform, struct tw_err *err)
{
    const struct tw_fabric *fabric = platform->fabric;
    if (fabric->nics != 1 && fabric->nics != platform->ranks_per_node) {
        tw_err_set(err, TW_RANGE, "gpu_nodes: nodes of %d GPUs have 1 or %d nics, not %d",
                   platform->ranks_per_node, platform->ranks_per_node, fabric->nics);
        return tw_err_hint(err, TW_RANGE, "one for all, or one for each");
    }
    if (!is_bandwidth(fabric->nvlink_Bps) || !is_latency(fabric->nvlink_s))
        return tw_err_set(err, TW_RANGE, "gpu_nodes: NVLink of %g B/s and %g s", fabric->nvlink_Bps,
                          fabric->nvlink_s);
    if (fabric->nics > 1 && (!is_bandwidth(fabric->slot_Bps) || !is_latency(fabric->slot_s)))
        return tw_err_set(err, TW_RANGE, "gpu_nodes: slots of %g B/s and %g s", fabric->slot_Bps,
                          fabric->slot_s);
    return TW_OK;
}

static tw_status check_wan(const struct tw_platform *platform, struct tw_err *err)
{
    const struct tw_fabric *fabric = platform->fabric;
    if (fabric->regions < 1 || fabric->regions > TW_FABRIC_REGIONS || fabric->region_hosts < 1 ||
        (long)fabric->regions * fabric->region_hosts != platform->nodes ||
        platform->ranks_per_node != 1)
        return tw_err_set(err, TW_RANGE, "wan: %d regions of %d hosts are not %d nodes of one rank",
                          fabric->regions, fabric->region_hosts, platform->nodes);
    if (!is_bandwidth(fabric->host_Bps) || !is_latency(fabric->host_s) ||
        !is_bandwidth(fabric->path_Bps) || !(fabric->detour >= 1 && isfinite(fabric->detour)))
        return tw_err_set(err, TW_RANGE,
                          "wan: hosts of %g B/s and %g s, paths of %g B/s, detour %g",
                          fabric->host_Bps, fabric->host_s, fabric->path_Bps, fabric->detour);
    return TW_OK;
}

tw_status tw_fabric_check(const struct tw_platform *platform, struct tw_err *err)
{
    const char *name = tw_fabric_name(platform->fabric);
    if (platform->file || platform->attribute_count)
        return tw_err_set(err, TW_REFUSED, "%s takes neither a platform file nor attributes", name);
    if (platform->node_bandwidth_Bps || platform->node_latency_s)
        return tw_err_set(err, TW_REFUSED, "%s has no nodes of unequal links", name);
    return platform->fabric->kind == TW_FABRIC_GPU_NODES ? check_gpu_nodes(platform, err)
                                                         : check_wan(platform, err);
}

void tw_fabric_write(const struct tw_platform *platform, FILE *to)
{
    if (platform->fabric->kind == TW_FABRIC_GPU_NODES)
        tw_fabric_write_gpu_nodes(platform, to);
    else
        tw_fabric_write_wan(platform, to);
}

void tw_fabric_alpha_beta(const struct tw_platform *platform, double *alpha_s, double *beta_sB)
{
    const struct tw_fabric *fabric = platform->fabric;
    double rate_Bps = platform->bandwidth_Bps, inner_s, inner_Bps, path_s = 0;
    if (fabric->kind == TW_FABRIC_GPU_NODES) {
        inner_s = fabric->nics == 1 ? fabric->nvlink_s : fabric->slot_s;
        inner_Bps = fabric->nics == 1 ? fabric->nvlink_Bps : fabric->slot_Bps;
    } else {
        inner_s = fabric->host_s;
        inner_Bps = fabric->host_Bps;
        rate_Bps = fmin(rate_Bps, fabric->path_Bps);
        for (int a = 0; a < fabric->regions; a++)
            for (int b = 0; b < a; b++)
                path_s = fmax(path_s, tw_fabric_path_s(fabric, a, b));
    }
    *alpha_s = 2 * (platform->latency_s + inner_s) + path_s;
    *beta_sB = 1 / fmin(rate_Bps, inner_Bps);
}

int tw_fabric_port_count(const struct tw_platform *platform)
{
    return platform->nodes + 2 * tw_platform_ranks(platform);
}

int tw_fabric_ports(const struct tw_platform *platform, int from, int rank, int ports[2])
{
    const struct tw_fabric *fabric = platform->fabric;
    int ranks = tw_platform_ranks(platform), gpus = fabric->kind == TW_FABRIC_GPU_NODES;
    int group = gpus ? platform->ranks_per_node : fabric->region_hosts;
    int own = platform->nodes + rank, inner = platform->nodes + ranks + rank;
    if (from / group == rank / group) {
        ports[0] = inner;
        return 1;
    }
    ports[0] = gpus && fabric->nics > 1 ? own : rank / group;
    ports[1] = inner;
    return gpus && fabric->nics > 1 ? 1 : 2;
}
