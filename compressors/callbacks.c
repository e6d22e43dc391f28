/* Callbacks that many members answer alike. */
#include "callbacks.h"

int tw_callback_one_phase(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

void tw_callback_open_problem(const struct tw_problem *problem, void *shared)
{
    *(struct tw_problem *)shared = *problem;
}

void tw_callback_support_all(void *shared, void *own_state, int rank, struct tw_support *support)
{
    const struct tw_problem *problem = shared;
    (void)own_state;
    (void)rank;
    *support = (struct tw_support){1, problem->dimension, NULL};
}
