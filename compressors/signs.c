/* Members that send signs: what looks at no values. */
#include "sign_real.h"

struct tw_groups tw_sign_groups(const struct tw_problem *problem)
{
    const struct tw_sign_params *params = problem->params;
    return (struct tw_groups){(enum tw_scope)params->scope, 0};
}

unsigned tw_sign_bits(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

uint32_t tw_sign_most(const struct tw_problem *problem)
{
    (void)problem;
    return 1;
}

double tw_sign_delta(const struct tw_problem *problem)
{
    uint64_t n = tw_groups_largest(problem, tw_sign_groups(problem));
    return n > 0 ? 1.0 / (double)n : 1.0;
}
