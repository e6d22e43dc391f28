/* The sections of a scenario: each found once, methods gathered, $names tied to axes. */
#ifndef TW_SCENARIO_STRUCTURE_H
#define TW_SCENARIO_STRUCTURE_H

#include "bind.h"

struct tw_method_entry {
    const char *id;
    struct tw_node *element;
    int selected; /* 1: some value of the axis `method` names it */
};

struct tw_structure {
    struct tw_node *root, *platform, *network, *device, *workload, *sweep, *repeat, *output, *tune;
    struct tw_method_entry *methods;
    const char **method_ids;
    int method_count;
    int *method_of; /* of each value of the axis `method`: index into methods, or −1 */
    uint32_t repeat_count;
    uint64_t seed;
    const char *id, *description, *baseline;
    int links;  /* 1: links.csv is asked for */
    int energy; /* 1: energy.csv is */
    const char **plots;
    int plot_count;
};

/* Finds and counts. Missing and doubled sections are reported; pointers may then be NULL. */
void tw_structure_read(struct tw_structure *structure, struct tw_node *root,
                       const struct tw_bind *bind);
/* Ties the axis `method` to methods, every $name to its axis; reports what is tied to nothing. An
 * axis that no attribute uses is a mistake, but worth no more than a warning where the command line
 * narrowed the sweep: its other values may use it. */
void tw_structure_resolve(struct tw_structure *structure, struct tw_sweep *sweep,
                          const struct tw_bind *bind, int narrowed);

#endif
