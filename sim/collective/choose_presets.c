/* What well-known libraries would choose: their published decision rules, restated.
 *
 * ompi   Open MPI, component "tuned", coll_tuned_decision_fixed.c until release 4.0 (rules
 *        measured on the Grig cluster; later releases have larger tables)
 * mpich  MPICH 3 and 4, control variables MPIR_CVAR_*_MSG_SIZE at their defaults; Thakur,
 * Rabenseifner, Gropp, International Journal of High Performance Computing Applications 19(1), 2005
 * nccl   NCCL 2.30.7, src/graph/tuning.cc: choose_nccl.c
 * ucc    UCC, tl/ucp: the *_DEFAULT_ALG_SELECT_STR of its collectives
 *
 * Names are those of list.def. Where a library has a variant that is not here, the nearest one
 * stands for it: k-nomial for radix 2 (doubling, Rabenseifner, Bruck), messages to all at once
 * (linear, scattered) as pairwise, reduce and broadcast as binomial, a broadcast's doubling
 * all-gather as its ring. A pipelined broadcast has no nearest one: the answer is NULL. */
#include "choose_nccl.h"
#include "shapes.h"

#include <string.h>

static int power_of_two(int ranks)
{
    return (ranks & (ranks - 1)) == 0;
}

static double whole_B(const struct tw_layout *layout)
{
    return (double)layout->count * layout->element_B;
}

/* An ALL_TO_ALL's bytes from one rank to one other, on average. */
static double pair_B(const struct tw_layout *layout)
{
    return whole_B(layout) / layout->ranks / layout->ranks;
}

static const char *ompi(const struct tw_layout *layout, const struct tw_preset_wires *wires)
{
    (void)wires;
    double bytes = whole_B(layout), ranks = layout->ranks;
    int power = power_of_two(layout->ranks);
    switch (layout->kind) {
    case TW_SUM:
        if (bytes < 10000)
            return "recursive_doubling";
        if (layout->count <= (uint64_t)layout->ranks)
            return "binomial";
        return ranks * (1 << 20) >= bytes ? "ring" : "segmented_ring";
    case TW_GATHER:
        if (layout->ranks == 2)
            return "recursive_doubling";
        if (bytes < 50000)
            return power ? "recursive_doubling" : "bruck";
        return layout->ranks % 2 ? "ring" : "neighbor_exchange";
    case TW_REDUCE_SCATTER:
        if (bytes <= 12 * 1024 || (bytes <= 256 * 1024 && power) || ranks >= 0.0012 * bytes + 8)
            return "halving";
        return "ring";
    case TW_ALL_TO_ALL:
        return pair_B(layout) < 200 && layout->ranks > 12 ? "bruck" : "pairwise";
    case TW_BROADCAST:
        return bytes < 2048 ? "binomial" : NULL;
    default:
        return NULL;
    }
}

static const char *mpich(const struct tw_layout *layout, const struct tw_preset_wires *wires)
{
    (void)wires;
    double bytes = whole_B(layout);
    uint64_t power = 1;
    while (2 * power <= (uint64_t)layout->ranks)
        power *= 2;
    switch (layout->kind) {
    case TW_SUM:
        return bytes <= 2048 || layout->count < power ? "recursive_doubling" : "rabenseifner";
    case TW_GATHER:
        if (bytes < 524288 && power_of_two(layout->ranks))
            return "recursive_doubling";
        return bytes < 81920 ? "bruck" : "ring";
    case TW_REDUCE_SCATTER:
        return bytes < 524288 ? "halving" : "pairwise";
    case TW_ALL_TO_ALL:
        return pair_B(layout) <= 256 && layout->ranks >= 8 ? "bruck" : "pairwise";
    case TW_BROADCAST:
        return bytes < 12288 || layout->ranks < 8 ? "binomial" : "scatter_allgather";
    default:
        return NULL;
    }
}

static const char *nccl(const struct tw_layout *layout, const struct tw_preset_wires *wires)
{
    switch (layout->kind) {
    case TW_SUM:
        return tw_choose_nccl_sum(layout, wires);
    case TW_GATHER:
    case TW_REDUCE_SCATTER:
        return "ring";
    case TW_ALL_TO_ALL:
        return "pairwise"; /* grouped sends and receives */
    default:
        return NULL;
    }
}

static const char *ucc(const struct tw_layout *layout, const struct tw_preset_wires *wires)
{
    (void)wires;
    int small = whole_B(layout) < 4096;
    switch (layout->kind) {
    case TW_SUM:
        return small ? "recursive_doubling" : "rabenseifner";
    case TW_GATHER:
        return small ? "bruck" : "ring";
    case TW_REDUCE_SCATTER:
        return "ring";
    default:
        return NULL;
    }
}

static const struct preset {
    const char *name;
    const char *(*rule)(const struct tw_layout *layout, const struct tw_preset_wires *wires);
} presets[TW_PRESET_COUNT] = {
    [TW_PRESET_OMPI] = {"ompi", ompi},
    [TW_PRESET_MPICH] = {"mpich", mpich},
    [TW_PRESET_NCCL] = {"nccl", nccl},
    [TW_PRESET_UCC] = {"ucc", ucc},
};

int tw_preset_by_name(const char *name)
{
    for (int i = 0; i < TW_PRESET_COUNT; i++)
        if (strcmp(presets[i].name, name) == 0)
            return i;
    return -1;
}

const char *tw_preset_name(enum tw_preset preset)
{
    return presets[preset].name;
}

const struct tw_algorithm *tw_algorithm_choose_preset(enum tw_preset preset,
                                                      const struct tw_layout *layout,
                                                      const struct tw_preset_wires *wires)
{
    const char *name = presets[preset].rule(layout, wires);
    return name ? tw_algorithm_find(layout->kind, name) : NULL;
}
