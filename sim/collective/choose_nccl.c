/* What NCCL would choose for an all-reduce: ring or tree, by the least of its own estimates.
 *
 * NCCL 2.30.7, src/graph/tuning.cc (ncclTopoTuneModel, ncclTopoGetAlgoTime), restated:
 *
 *   us = latency + bytes / (1000 · bandwidth)            over {tree, ring} × {LL, LL128, Simple}
 *   ring  latency = base + (2(p − 1) − 2(N − 1)) · inside + 2(N − 1) · between, Simple in large
 *                   pieces ·1.4 (Volta 1.9);  bandwidth = bus · p / (2(p − 1))
 *   tree  latency = base + 2((p/N − 1) · inside + ⌊log2 N⌋ · between);  bandwidth = bus / 2, and
 *                   less at medium sizes (`tree_share`)
 *
 * p GPUs on N nodes. bus (GB/s) is the narrower of a GPU's NVLink and of all of a node's cards; of
 * a tree on two nodes up to twice the cards, since each of its halves crosses them one way. Each
 * protocol keeps its share of it, up to caps by processor generation, by channel and by N. What
 * NCCL asks the machine follows here from the platform:
 *
 *   generation  from NVLink's bandwidth one way: about 150 GB/s Volta, 300 Ampere, 450 Hopper, 900
 *               Blackwell; below 100 GB/s it is PCIe. Without several GPUs in a node: Ampere
 *   channels    in one node NVLink's links (6, 12, 18, 18), by PCIe and between nodes one per card,
 *               two where a card has 25 GB/s or more (not with more than four on Hopper and later)
 *   hosts       Intel's, whose cap of LL is the lower one; latency of cards 0
 *   LL128       where GPUs have NVLink; left out elsewhere, where NCCL asks for more than is known
 *
 * Left out: PAT, NVLS and CollNet (not schedules here), rounding of bandwidths to NCCL's list of
 * speeds, the discount of unbalanced trees. NCCL's tree is a chain inside a node; here
 * double_binary_tree stands for it. */
#include "choose_nccl.h"

#include <math.h>

enum { TREE, RING, ALGORITHMS };
enum { LL, LL128, SIMPLE, PROTOCOLS };
enum { VOLTA, AMPERE, HOPPER, BLACKWELL };
enum { NVLINK, PCIE, NET };

static const double base_us[ALGORITHMS][PROTOCOLS] = {{6.8, 14, 8.4}, {6.6, 14, 8.4}};
static const double hop_us[3][ALGORITHMS][PROTOCOLS] = {
    [NVLINK] = {{.6, 1.25, 4}, {.6, 1.9, 3.4}},
    [PCIE] = {{1, 1.9, 4}, {1, 2.5, 5.7}},
    [NET] = {{5, 8.5, 14}, {2.7, 4, 14}},
};
/* Caps in GB/s; rows: generations, columns: one node, two, more. That of LL between nodes is by the
 * host's processor; Intel's stands in the first row. */
static const double ll_GBs[4][3] = {{39, 39, 20.4}, {87.7, 0, 0}, {141, 0, 0}, {282, 0, 0}};
static const double tree_GBs[4][3] = {
    {26.5, 18.5, 10}, {24, 23.6, 17.8}, {38.7, 41.4, 36}, {70, 42.8, 24}};
static const double ring_ll128_GBs[4] = {20, 20, 36.7, 40};
static const double tree_ll128_GBs[4][3] = {
    {20, 20, 20}, {20, 20, 20}, {36.7, 36.7, 29}, {55.6, 31.67, 20}};
/* What a tree reaches of its bandwidth, in tenths, from 64 B on for each power of two. */
static const unsigned char tree_share[PROTOCOLS][23] = {
    {10, 10, 10, 10, 9, 8, 7, 7, 7, 7, 6, 5, 4, 4, 5, 6, 7, 8, 9, 10, 10, 10, 10},
    {10, 10, 10, 10, 10, 9, 8, 8, 8, 7, 6, 6, 6, 6, 6, 6, 8, 9, 9, 9, 9, 10, 10},
    {9, 9, 9, 9, 9, 9, 9, 8, 7, 6, 6, 5, 5, 5, 5, 6, 7, 8, 7, 7, 8, 9, 9}};

struct machine {
    int ranks, nodes, gpus; /* gpus: of a node */
    int generation, inside; /* NVLINK, PCIE */
    int scale;              /* 0, 1, 2: one node, two, more */
    double channels, bus_GBs[ALGORITHMS];
};

static int generation_of(double inner_GBs)
{
    if (inner_GBs < 100)
        return AMPERE; /* PCIe, or a GPU alone */
    return inner_GBs < 225   ? VOLTA
           : inner_GBs < 375 ? AMPERE
           : inner_GBs < 675 ? HOPPER
                             : BLACKWELL;
}

static double channels_of(const struct machine *machine, int cards, double card_GBs)
{
    static const double links[] = {6, 12, 18, 18};
    if (machine->nodes == 1 && machine->inside == NVLINK)
        return links[machine->generation];
    int doubled = card_GBs >= 25 && !(machine->generation >= HOPPER && card_GBs < 50 && cards > 4);
    return doubled ? 2 * cards : cards;
}

static struct machine machine_of(const struct tw_layout *layout,
                                 const struct tw_preset_wires *wires)
{
    int gpus =
        layout->node_ranks > 1 && layout->ranks % layout->node_ranks == 0 ? layout->node_ranks : 1;
    int cards = wires->cards > 0 ? wires->cards : 1, nodes = layout->ranks / gpus;
    double card_GBs = 1e-9 / wires->beta_sB, node_GBs = cards * card_GBs;
    /* Not told: the only bandwidth there is in one node, else NVLink that is no narrower. */
    double inner_GBs = wires->inner_sB > 0 ? 1e-9 / wires->inner_sB
                       : nodes == 1        ? card_GBs
                                           : fmax(node_GBs, 300);
    struct machine machine = {.ranks = layout->ranks,
                              .nodes = nodes,
                              .gpus = gpus,
                              .generation = gpus > 1 ? generation_of(inner_GBs) : AMPERE,
                              .inside = gpus > 1 && inner_GBs >= 100 ? NVLINK : PCIE,
                              .scale = nodes > 2 ? 2 : nodes - 1};
    double ring_GBs = nodes == 1 ? inner_GBs : gpus == 1 ? node_GBs : fmin(inner_GBs, node_GBs);
    machine.bus_GBs[RING] = machine.bus_GBs[TREE] = ring_GBs;
    if (nodes == 2 && gpus > 1)
        machine.bus_GBs[TREE] = fmin(inner_GBs, 2 * node_GBs);
    machine.channels =
        nodes == 1 ? channels_of(&machine, 1, inner_GBs) : channels_of(&machine, cards, card_GBs);
    return machine;
}

/* GB/s of payload; 0: not used. */
static double bandwidth_GBs(const struct machine *machine, int algorithm, int protocol)
{
    int generation = machine->generation, scale = machine->scale;
    double bus_GBs = machine->bus_GBs[algorithm], channels = machine->channels;
    double most_ll_GBs = ll_GBs[scale ? 0 : generation][scale];
    if (protocol == LL128 && !(machine->gpus > 1 && machine->inside == NVLINK))
        return 0;
    if (algorithm == RING) {
        if (protocol == LL)
            bus_GBs = fmin(most_ll_GBs, bus_GBs / 2);
        else if (protocol == LL128)
            bus_GBs = fmin(.92 * bus_GBs, channels * ring_ll128_GBs[generation]);
        return bus_GBs * machine->ranks / (2.0 * (machine->ranks - 1));
    }
    bus_GBs = fmin(.92 * bus_GBs, channels * tree_GBs[generation][scale]);
    if (protocol == LL)
        bus_GBs = fmin(bus_GBs / 3.8, most_ll_GBs);
    else if (protocol == LL128)
        bus_GBs = fmin(bus_GBs * (scale ? 120. / 128 : 7. / 9),
                       channels * tree_ll128_GBs[generation][scale]);
    return bus_GBs / 2;
}

static double latency_us(const struct machine *machine, int algorithm, int protocol)
{
    int nodes = machine->nodes;
    double inside_us = hop_us[machine->inside][algorithm][protocol];
    /* One GPU a node hides nothing of a card's latency: that of the tree. */
    double between_us = hop_us[NET][machine->gpus == 1 ? TREE : algorithm][protocol];
    if (algorithm == TREE) {
        int levels = 31 - __builtin_clz((unsigned)nodes);
        return base_us[TREE][protocol] +
               2 * ((machine->gpus - 1) * inside_us + levels * between_us);
    }
    double posting_us = nodes == 1 ? 0 : protocol == SIMPLE ? 3 : 1; /* on Intel's processors */
    return base_us[RING][protocol] + 2.0 * (machine->ranks - nodes) * fmax(inside_us, posting_us) +
           2.0 * (nodes - 1) * between_us;
}

static double time_us(const struct machine *machine, int algorithm, int protocol, uint64_t bytes)
{
    double bus_GBs = bandwidth_GBs(machine, algorithm, protocol);
    double us = latency_us(machine, algorithm, protocol);
    if (algorithm == TREE && bytes >= 64 && bytes >> 29 == 0)
        bus_GBs *= tree_share[protocol][63 - __builtin_clzll(bytes >> 6)] / 10.0;
    if (algorithm == RING && protocol == SIMPLE && machine->nodes > 1 &&
        (double)bytes >= 64 * 2 * machine->channels * machine->ranks)
        us *= machine->generation == VOLTA ? 1.9 : 1.4;
    return bus_GBs > 0 ? us + (double)bytes / (1000 * bus_GBs) : INFINITY;
}

const char *tw_choose_nccl_sum(const struct tw_layout *layout, const struct tw_preset_wires *wires)
{
    if (layout->ranks < 2)
        return "ring";
    struct machine machine = machine_of(layout, wires);
    double least_us = INFINITY;
    int chosen = RING;
    for (int algorithm = 0; algorithm < ALGORITHMS; algorithm++)
        for (int protocol = 0; protocol < PROTOCOLS; protocol++) {
            double us = time_us(&machine, algorithm, protocol, layout->count * layout->element_B);
            if (us < least_us) {
                least_us = us;
                chosen = algorithm;
            }
        }
    return chosen == TREE ? "double_binary_tree" : "ring";
}
