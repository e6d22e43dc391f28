/* Fabrics (base/fabric.h) as platforms: which host a rank runs on, checks, SimGrid XML. */
#ifndef TW_NETWORK_FABRIC_H
#define TW_NETWORK_FABRIC_H

#include <stdio.h>
#include "network.h"

/* Hosts that SimGrid must have, and the one that a rank runs on, in the order of their names. */
static inline int tw_platform_has_host_per_rank(const struct tw_platform *platform)
{
    return platform->fabric && platform->fabric->kind == TW_FABRIC_GPU_NODES;
}
static inline int tw_platform_hosts(const struct tw_platform *platform)
{
    return tw_platform_has_host_per_rank(platform) ? tw_platform_ranks(platform)
                                                   : tw_platform_places(platform);
}
static inline int tw_platform_host(const struct tw_platform *platform, int rank)
{
    return tw_platform_has_host_per_rank(platform) ? rank : rank / platform->ranks_per_node;
}

/* Whether every rank has its own way out of its node. */
static inline int tw_platform_link_per_rank(const struct tw_platform *platform)
{
    return tw_platform_has_host_per_rank(platform)
               ? platform->fabric->nics == platform->ranks_per_node
               : platform->ranks_per_node == 1;
}

/* "gpu_nodes", "wan": the scenario's element. */
const char *tw_fabric_name(const struct tw_fabric *fabric);

/* TW_RANGE for numbers out of range and counts that do not fit the platform's nodes and ranks,
 * TW_REFUSED for further cluster attributes, nodes of unequal links, and a file beside it. */
tw_status tw_fabric_check(const struct tw_platform *platform, struct tw_err *err) TW_MUST_CHECK;

/* The zones between <platform> and </platform>. */
void tw_fabric_write(const struct tw_platform *platform, FILE *to);
void tw_fabric_write_gpu_nodes(const struct tw_platform *platform, FILE *to);
void tw_fabric_write_wan(const struct tw_platform *platform, FILE *to);
/* One-way seconds between regions a and b. */
double tw_fabric_path_s(const struct tw_fabric *fabric, int a, int b);

/* What `auto` and presets reckon with: α of a message between nodes or, in a WAN, between the two
 * farthest regions in use; β of the narrowest link of that way when nobody shares it. */
void tw_fabric_alpha_beta(const struct tw_platform *platform, double *alpha_s, double *beta_sB);

/* The links into a rank, numbered, that a message to it ends on (for counting incast): 1 or 2 of
 * tw_fabric_port_count of them. A card that a node shares, a GPU's own card, a GPU's NVLink; the
 * access link of a region, a host's link. */
int tw_fabric_port_count(const struct tw_platform *platform);
int tw_fabric_ports(const struct tw_platform *platform, int from, int rank, int ports[2]);

#endif
