/* Clusters that are more than nodes at one switch: what a scenario says and the network room
 * builds. Bandwidths in bytes per second, latencies in seconds, both per direction. */
#ifndef TW_BASE_FABRIC_H
#define TW_BASE_FABRIC_H

enum tw_fabric_kind {
    TW_FABRIC_GPU_NODES, /* every rank is a GPU; a crossbar inside each node, cards to the fabric */
    TW_FABRIC_WAN        /* regions of the world, hosts in each behind one access link */
};

/* Regions that are known, with their coordinates (sim/network/fabric_wan.c); the first are used. */
#define TW_FABRIC_REGIONS 10

struct tw_fabric {
    enum tw_fabric_kind kind;

    /* GPU_NODES. From GPU to crossbar; with one card per node, from crossbar over the card to the
     * fabric; with one per GPU, from GPU over its PCIe slot and its card to the fabric. The card's
     * own bandwidth and latency are the platform's bandwidth_Bps and latency_s. */
    int nics; /* 1, or as many as a node has GPUs */
    double nvlink_Bps, nvlink_s;
    double slot_Bps, slot_s; /* unused with one card */

    /* WAN. Each region's access link has the platform's bandwidth_Bps and latency_s. Hosts are at
     * a switch of their region; paths between regions have a bandwidth each and the latency of
     * `detour` times the great circle at 200 km per ms. */
    int regions, region_hosts;
    double host_Bps, host_s;
    double path_Bps, detour;
};

#endif
