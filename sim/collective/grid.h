/* All-reduce on a grid of ranks: reduce-scatter along the rows, all-reduce along the columns,
 * all-gather along the rows. The rows of a torus, or the ranks of a node.
 *
 * rank = row·inside + column. The blocks of chunk c, which column c reduces, are c, c + inside,
 * c + 2·inside, …: chunks, and blocks within a chunk, get shorter with their number, as parts
 * expect.
 *
 *   steps 0 … inside−2     the ring reduce-scatter (reduce_scatter_ring.c) in every row, on chunks
 *   then                   the all-reduce `between` in every column, on its chunk
 *   last inside−1 steps    the ring all-gather (allgather_ring.c) in every row, on chunks
 *
 * Cost, exact when that of `between` is: chunk 0 is the largest, and column 0 has it last.
 *   (inside−1)(2α + C(2β + γ)) + cost of `between` for C bytes, C bytes of chunk 0 */
#ifndef TW_COLLECTIVE_GRID_H
#define TW_COLLECTIVE_GRID_H

#include "schedule.h"

struct tw_grid {
    int inside;                         /* ranks of a row; divides the ranks */
    const struct tw_algorithm *between; /* an all-reduce that looks at ranks and blocks only */
};

uint32_t tw_grid_blocks(const struct tw_layout *layout, struct tw_grid grid);
int tw_grid_steps(const struct tw_layout *layout, struct tw_grid grid);
int tw_grid_step(const struct tw_layout *layout, struct tw_grid grid, int rank, int s,
                 struct tw_piece *out);
double tw_grid_cost(const struct tw_layout *layout, struct tw_grid grid, double alpha_s,
                    double beta_sB, double gamma_sB);

#endif
