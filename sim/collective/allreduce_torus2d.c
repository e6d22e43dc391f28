/* All-reduce on a two-dimensional torus: rings along the rows, rings along the columns, rows again.
 *
 * Jain, Sabharwal: Optimal bucket algorithms for large MPI collectives on torus interconnects, ICS
 * 2010; as used for training by Mikami et al., arXiv:1811.05233 (2D-Torus all-reduce). There the
 * rows are the torus's own; here rank r is in row r div a and column r mod a of a grid of b rows
 * and a columns, a the largest divisor of p that is at most √p. Prime p have no grid and are
 * refused.
 *
 * Steps, blocks and cost are those of grid.h with the ring (allreduce_ring.c) along the columns.
 * Six ranks, a = 2, b = 3; chunk 0 is b0 b2 b4, chunk 1 is b1 b3 b5:
 *
 *   ranks          step 0: rows        steps 1-4: columns       step 5: rows
 *     0  1         0 → 1  chunk 1      ring of 0, 2, 4          0 → 1  chunk 0
 *     2  3         1 → 0  chunk 0        on chunk 0             1 → 0  chunk 1
 *     4  5         (2, 3 and 4, 5      ring of 1, 3, 5          (2, 3 and 4, 5
 *                   likewise)            on chunk 1              likewise)
 *
 * Cost, exact, C bytes of the largest chunk, c of the largest block:
 *   (a−1)(2α + C(2β + γ)) + 2(b−1)(α + cβ) + (b−1)cγ
 * which is 2(a + b − 2)α + 2(p−1)/p·Mβ + (p−1)/p·Mγ when p divides the elements. */
#include "grid.h"
#include "shapes.h"

extern const struct tw_algorithm tw_algorithm_allreduce_ring;

static struct tw_grid grid_of(const struct tw_layout *layout)
{
    int inside = 1;
    for (int a = 2; a <= layout->ranks / a; a++)
        inside = layout->ranks % a == 0 ? a : inside;
    return (struct tw_grid){inside, &tw_algorithm_allreduce_ring};
}

static int fits(const struct tw_layout *layout)
{
    return layout->ranks == 1 || grid_of(layout).inside > 1;
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

const struct tw_algorithm tw_algorithm_allreduce_torus2d = {
    .member = {.name = "torus2d",
               .summary = "rings along rows and columns of a grid: the ring's bytes in few steps",
               .source = "Jain and Sabharwal, ICS 2010; Mikami et al., arXiv:1811.05233",
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
