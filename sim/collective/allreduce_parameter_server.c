/* One parameter server: everybody pushes everything to rank 0, which adds and lets all pull it.
 *
 * Li, Andersen, Park, Smola, Ahmed, Josifovski, Long, Shekita, Su: Scaling distributed machine
 * learning with the parameter server, OSDI 2014; here with one server, which is a worker as well
 * and waits for all (synchronous). Its own contribution does not travel.
 *
 *   step 0:  ranks 1 … p−1 send everything to rank 0, which combines them in that order
 *   step 1:  rank 0 sends everything to ranks 1 … p−1
 *
 * Five ranks:   step 0   1 → 0, 2 → 0, 3 → 0, 4 → 0      step 1   0 → 1, 0 → 2, 0 → 3, 0 → 4
 *
 * Cost, exact where the p−1 messages share rank 0's link fairly, M bytes of everything:
 *   2(α + (p−1)Mβ) + (p−1)Mγ
 * Not one-port: max-plus refuses it, and `auto` does not choose it (many into one is incast, which
 * real networks punish and flow models do not). */
#include "shapes.h"

static int steps(const struct tw_layout *layout)
{
    return layout->ranks == 1 ? 0 : 2;
}

static int step(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    (void)lane;
    if (rank > 0) {
        out[0] = tw_shape_block(0, s == 0 ? TW_SEND : TW_RECEIVE_COPY, 0);
        return 1;
    }
    for (int r = 1; r < layout->ranks; r++)
        out[r - 1] = tw_shape_block(r, s == 0 ? TW_RECEIVE_COMBINE : TW_SEND, 0);
    return layout->ranks - 1;
}

static double cost(const struct tw_layout *layout, double alpha_s, double beta_sB, double gamma_sB)
{
    double workers_B = (layout->ranks - 1) * (double)layout->count * layout->element_B;
    return steps(layout) * (alpha_s + workers_B * beta_sB) + workers_B * gamma_sB;
}

const struct tw_algorithm tw_algorithm_allreduce_parameter_server = {
    .member = {.name = "parameter_server",
               .summary = "everybody pushes to rank 0 and pulls from it, all at once",
               .source = "Li et al., OSDI 2014",
               .requests = 1U << TW_SUM},
    .kind = TW_SUM,
    .one_port = 0,
    .blocks = tw_shape_whole,
    .lanes = tw_shape_one,
    .steps = steps,
    .pieces_max = tw_shape_others,
    .step = step,
    .cost = cost,
    .cost_kind = TW_COST_EXACT,
};
