/* Segmented ring all-reduce: the ring's reduce-scatter, one segment of every block after the other,
 * then the ring's all-gather of whole blocks.
 *
 * Open MPI, coll_base_allreduce.c (ompi_coll_base_allreduce_intra_ring_segmented), whose segments
 * are 1 MiB; so are these, unless the layout names another size. Its gain is that a segment is
 * combined while the next one travels. Here a step combines before the next one starts
 * (schedule.h), so that no step count is cheaper than the plain ring's: this shows what segments
 * cost, not what they hide.
 *
 * Phases m = ⌈block / segment⌉. Block j·p + c of the p·m is segment j of the ring's block c:
 *   step j(p−1) + s:   as step s of the ring's reduce-scatter, on segment j
 *   step m(p−1) + s:   as step s of the ring's all-gather, on all segments of a block at once
 *
 * Three ranks, two phases; what each rank sends to its right neighbour (blocks c and c+3):
 *
 *                 segment 0   segment 1   all-gather
 *   step          0   1       2   3       4       5
 *   rank 0 → 1    b2  b1      b5  b4      b0 b3   b2 b5
 *   rank 1 → 2    b0  b2      b3  b5      b1 b4   b0 b3
 *   rank 2 → 0    b1  b0      b4  b3      b2 b5   b1 b4
 *
 * Cost, exact (only one phase has longer and shorter segments, and its longest ends where the
 * all-gather begins with the largest block), b bytes of the ring's largest block:
 *   (m+1)(p−1)α + 2(p−1)bβ + (p−1)bγ
 * Every rank sends (m+1)(p−1) messages. */
#include "shapes.h"

extern const struct tw_algorithm tw_algorithm_reduce_scatter_ring, tw_algorithm_allgather_ring;

enum { SEGMENT_B = 1 << 20, PHASES_MAX = 1 << 15 };

static int fits(const struct tw_layout *layout)
{
    return tw_shape_segments_fit(layout, (uint64_t)layout->ranks, PHASES_MAX);
}

static uint32_t blocks(const struct tw_layout *layout)
{
    uint32_t phases = tw_shape_segments(layout, (uint64_t)layout->ranks, SEGMENT_B, PHASES_MAX);
    return (uint32_t)layout->ranks * phases;
}

static int phases(const struct tw_layout *layout)
{
    return (int)(layout->blocks / (uint32_t)layout->ranks);
}

static int steps(const struct tw_layout *layout)
{
    return (phases(layout) + 1) * (layout->ranks - 1);
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    int hops = layout->ranks - 1, phase = s / hops, gathering = phase == phases(layout);
    const struct tw_algorithm *part =
        gathering ? &tw_algorithm_allgather_ring : &tw_algorithm_reduce_scatter_ring;
    int pieces = part->step(layout, lane, rank, s % hops, out);
    for (int i = 0; i < pieces; i++) {
        if (!gathering) {
            out[i].first += (uint32_t)(phase * layout->ranks);
            continue;
        }
        out[i].count = (uint32_t)phase;
        out[i].stride = (uint32_t)layout->ranks;
    }
    return pieces;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double hops = layout->ranks - 1, largest_B = 0;
    for (int phase = 0; phase < phases(layout); phase++)
        largest_B += tw_layout_B(layout, phase * layout->ranks, phase * layout->ranks + 1);
    return hops * ((phases(layout) + 1) * alpha_s + largest_B * (2 * beta_sB + gamma_sB));
}

const struct tw_algorithm tw_algorithm_allreduce_segmented_ring = {
    .member = {.name = "segmented_ring",
               .summary = "the ring, reduced segment by segment of 1 MiB",
               .source = "Open MPI, coll_base_allreduce.c",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 1,
    .fits = fits,
    .blocks = blocks,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_two,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
