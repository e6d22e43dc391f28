#include "grid.h"

extern const struct tw_algorithm tw_algorithm_reduce_scatter_ring, tw_algorithm_allgather_ring;

/* A row of chunks; or what a column sees, chunk 0 standing for all. */
static struct tw_layout row_of(const struct tw_layout *layout, struct tw_grid grid)
{
    struct tw_layout row = *layout;
    row.ranks = grid.inside;
    row.blocks = (uint32_t)grid.inside;
    return row;
}

static struct tw_layout column_of(const struct tw_layout *layout, struct tw_grid grid)
{
    struct tw_layout column = *layout;
    column.ranks = layout->ranks / grid.inside;
    column.blocks = layout->blocks / (uint32_t)grid.inside;
    return column;
}

uint32_t tw_grid_blocks(const struct tw_layout *layout, struct tw_grid grid)
{
    struct tw_layout column = column_of(layout, grid);
    return (uint32_t)grid.inside * grid.between->blocks(&column);
}

int tw_grid_steps(const struct tw_layout *layout, struct tw_grid grid)
{
    struct tw_layout column = column_of(layout, grid);
    return 2 * (grid.inside - 1) + grid.between->steps(&column);
}

static int row_step(const struct tw_layout *layout, struct tw_grid grid,
                    const struct tw_algorithm *part, int rank, int s, struct tw_piece *out)
{
    struct tw_layout row = row_of(layout, grid);
    int column = rank % grid.inside, pieces = part->step(&row, 0, column, s, out);
    for (int i = 0; i < pieces; i++) { /* single blocks of the row are chunks */
        out[i].peer += rank - column;
        out[i].count = layout->blocks / (uint32_t)grid.inside;
        out[i].stride = (uint32_t)grid.inside;
    }
    return pieces;
}

static int column_step(const struct tw_layout *layout, struct tw_grid grid, int rank, int s,
                       struct tw_piece *out)
{
    struct tw_layout column = column_of(layout, grid);
    int chunk = rank % grid.inside;
    int pieces = grid.between->step(&column, 0, rank / grid.inside, s, out);
    for (int i = 0; i < pieces; i++) {
        out[i].peer = out[i].peer * grid.inside + chunk;
        out[i].first = out[i].first * (uint32_t)grid.inside + (uint32_t)chunk;
        out[i].stride *= (uint32_t)grid.inside;
    }
    return pieces;
}

int tw_grid_step(const struct tw_layout *layout, struct tw_grid grid, int rank, int s,
                 struct tw_piece *out)
{
    int hops = grid.inside - 1, gathering = tw_grid_steps(layout, grid) - hops;
    if (s < hops)
        return row_step(layout, grid, &tw_algorithm_reduce_scatter_ring, rank, s, out);
    if (s < gathering)
        return column_step(layout, grid, rank, s - hops, out);
    return row_step(layout, grid, &tw_algorithm_allgather_ring, rank, s - gathering, out);
}

double tw_grid_cost(const struct tw_layout *layout, struct tw_grid grid, double alpha_s,
                    double beta_sB, double gamma_sB)
{
    struct tw_layout column = column_of(layout, grid);
    column.count = 0;
    for (uint32_t b = 0; b < column.blocks; b++)
        column.count += tw_layout_elements(layout, b * (uint32_t)grid.inside);
    double chunk_B = (double)column.count * layout->element_B;
    return (grid.inside - 1) * (2 * alpha_s + chunk_B * (2 * beta_sB + gamma_sB)) +
           grid.between->cost(&column, alpha_s, beta_sB, gamma_sB);
}
