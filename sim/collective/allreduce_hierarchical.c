/* Hierarchical all-reduce: inside the node, between the nodes, inside again. Every rank of a node
 * takes its own share of the data between the nodes, where it has a network card of its own or not.
 *
 * Jia et al.: Highly scalable deep learning training system with mixed-precision, arXiv:1807.11205
 * (hierarchical all-reduce); Cho, Finkler, Kung, Hunter: BlueConnect, MLSys 2019 (all ranks share
 * the way between the nodes). Between the nodes: Rabenseifner (allreduce_rabenseifner.c).
 *
 * layout->node_ranks = g ranks share a node, r div g is the node of rank r. g must be at least 2
 * and divide the ranks: a flat layout is refused, because there is nothing to be hierarchical
 * about. Steps, blocks and cost are those of grid.h with a node as a row. Four ranks on two nodes,
 * g = 2; chunk 0 is b0 b2, chunk 1 is b1 b3:
 *
 *   nodes          step 0: inside      steps 1, 2: between       step 3: inside
 *     0  1         0 → 1  chunk 1      0 ↔ 2  b2 against b0,     0 → 1  chunk 0
 *     2  3         1 → 0  chunk 0             b0 against b2      1 → 0  chunk 1
 *                  2 → 3  chunk 1      1 ↔ 3  b3 against b1,     2 → 3  chunk 0
 *                  3 → 2  chunk 0             b1 against b3      3 → 2  chunk 1
 *
 * Cost, exact on equal links, C bytes of the largest chunk, m = p/g nodes:
 *   (g−1)(2α + C(2β + γ)) + Rabenseifner's for m ranks and C bytes
 * Links inside a node are usually faster: then this is too much, and the time plane knows better.
 */
#include "grid.h"
#include "shapes.h"

extern const struct tw_algorithm tw_algorithm_allreduce_rabenseifner;

static struct tw_grid grid_of(const struct tw_layout *layout)
{
    int inside = layout->ranks == 1 ? 1 : layout->node_ranks;
    return (struct tw_grid){inside, &tw_algorithm_allreduce_rabenseifner};
}

static int fits(const struct tw_layout *layout)
{
    int inside = layout->node_ranks;
    return layout->ranks == 1 || (inside > 1 && layout->ranks % inside == 0);
}

static uint32_t blocks(const struct tw_layout *layout)
{
    return tw_grid_blocks(layout, grid_of(layout));
}

static int steps(const struct tw_layout *layout)
{
    return tw_grid_steps(layout, grid_of(layout));
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    return tw_grid_step(layout, grid_of(layout), rank, s, out);
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    return tw_grid_cost(layout, grid_of(layout), alpha_s, beta_sB, gamma_sB);
}

const struct tw_algorithm tw_algorithm_allreduce_hierarchical = {
    .member = {.name = "hierarchical",
               .summary = "inside the node, between nodes, inside again; needs ranks per node",
               .source = "Jia et al., arXiv:1807.11205; Cho et al., MLSys 2019",
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
