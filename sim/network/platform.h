/* What a platform says about one node, and whether its numbers are sane (SimGrid checks none). */
#ifndef TW_NETWORK_PLATFORM_H
#define TW_NETWORK_PLATFORM_H

#include "network.h"

/* Ethernet frames of 1514 bytes carry 1448 bytes of payload (MTU 1500, TCP with time stamps), and
 * acknowledgements take another 2.18 % of the line when traffic flows both ways (measured on a
 * shaped star of Linux network namespaces, MTU 1500, Reno): 1514/1448 · 1.0218 = 1.0684. */
#define TW_ETHERNET_OVERHEAD 1.0684

/* In these, node = nodes is the server's host. */
static inline double tw_platform_bandwidth(const struct tw_platform *platform, int node)
{
    return platform->node_bandwidth_Bps && node < platform->nodes
               ? platform->node_bandwidth_Bps[node]
               : platform->bandwidth_Bps;
}

static inline double tw_platform_latency(const struct tw_platform *platform, int node)
{
    return platform->node_latency_s && node < platform->nodes ? platform->node_latency_s[node]
                                                              : platform->latency_s;
}

static inline double tw_platform_speed(const struct tw_platform *platform, int node)
{
    return platform->node_speed && node < platform->nodes ? platform->node_speed[node] : 1;
}

/* What passes between ranks of one node: latency and bandwidth of the cluster's loopback. 0: the
 * platform has none, and the values stay. */
int tw_platform_loopback(const struct tw_platform *platform, double *latency_s,
                         double *bandwidth_Bps);

/* TW_RANGE for counts below 1, bandwidths and speeds that are not positive, latencies that are
 * negative, anything not finite; TW_UNKNOWN for attributes that <cluster> does not have, TW_INPUT
 * for values of the wrong unit; TW_REFUSED for several ranks per node without a loopback (their
 * messages would use the node's own network link) and for unequal links with further attributes,
 * for platform files with profiles (each step would start them anew), and for a server's host in
 * a topology or fabric that has no place for it. */
tw_status tw_platform_check(const struct tw_platform *platform, struct tw_err *err) TW_MUST_CHECK;

/* What presets may ask: GPU nodes know their cards and NVLink, clusters of several ranks per node
 * their loopback; of files only what tw_platform_alpha_beta knows. */
struct tw_preset_wires tw_platform_wires(const struct tw_platform *platform);

#endif
