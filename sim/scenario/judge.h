/* What only the parts of a point together can get wrong: whether the schedules fit the ranks, the
 * executor takes the platform, the data suffice. The rules are the catalogue's. */
#ifndef TW_SCENARIO_JUDGE_H
#define TW_SCENARIO_JUDGE_H

#include "parts.h"

/* The parts of a scenario; element 0 … method_count − 1 of methods. */
struct tw_parts {
    struct tw_part platform, network, device, workload, *methods;
    int method_count;
};

/* What was asked already, by combination of the parts concerned. */
struct tw_asked {
    struct tw_dimensions depends;
    unsigned char *done; /* NULL: memory */
};
struct tw_judge {
    struct tw_parts *parts;
    const struct tw_bind *bind;
    struct tw_asked network, workload, *methods, *sharding, *samples, *steps;
    int **options;       /* by method, and as `sharding`: ranks for which options were asked last */
    const char **looked; /* platforms that were built, as text */
    int looked_count;
};

void tw_judge_open(struct tw_judge *judge, struct tw_parts *parts, const struct tw_bind *bind);
/* Judges the combination at which the sweep stands; method < 0: without one. */
void tw_judge_here(struct tw_judge *judge, int method);

/* Builds the platform, unless one like it was (judge_look.c), and reports what is wrong. */
void tw_judge_look(struct tw_judge *judge, const struct tw_bound_platform *platform,
                   const struct tw_bound_network *network);
/* Whether the options of the method, and of its rules for tensors, go with the tensors, and whether
 * its rules have any (judge_options.c); asked again where the ranks are others. */
void tw_judge_open_options(struct tw_judge *judge);
void tw_judge_options(const struct tw_judge *judge, int method,
                      const struct tw_bound_platform *platform,
                      const struct tw_bound_workload *workload,
                      const struct tw_bound_method *bound);
/* Whether the method's step can be laid out; reports what is wrong. */
void tw_judge_step(const struct tw_judge *judge, const struct tw_point *point,
                   const struct tw_bound_method *method);
/* Asks the catalogue and reports at `at`, where the mistake does not tell its place. before: what
 * the text needs in front of it. 1: nothing is wrong. */
int tw_judge_ask(const struct tw_judge *judge, const struct tw_point *point,
                 enum tw_concern concern, const struct tw_node *at, const char *before);

/* The point of these parts, as far as they are given (NULL: left zeroed). */
void tw_point_fill(struct tw_point *point, const struct tw_bound_platform *platform,
                   const struct tw_bound_network *network, const struct tw_bound_workload *workload,
                   const struct tw_bound_method *method);

#endif
