/* Parts of a point (platform, network, device, workload, a method), each bound once per combination
 * of the axes that it depends on and shared by all points that have it. */
#ifndef TW_SCENARIO_PARTS_H
#define TW_SCENARIO_PARTS_H

#include "bind.h"

typedef void *(*tw_binder)(const struct tw_bind *bind, const struct tw_node *element);

struct tw_slot {
    void *made;           /* the bound part; NULL: not yet, or memory */
    unsigned char good;   /* 1: nothing was wrong with it */
    unsigned char judged; /* for the caller */
};

/* Dimensions that something depends on. */
struct tw_dimensions {
    unsigned char on[TW_AXES_MAX];
};

struct tw_part {
    tw_binder make;
    const struct tw_node *element; /* NULL: the scenario has none */
    struct tw_dimensions depends;
    int blemished;         /* 1: a mistake of its text is known, so that none of it is good */
    struct tw_slot *slots; /* by the values of those dimensions; NULL: memory */
};

void tw_part_open(struct tw_part *part, const struct tw_bind *bind, tw_binder make,
                  const struct tw_node *element);
/* The slot where the sweep stands, bound; NULL when memory ran out. */
struct tw_slot *tw_part_here(struct tw_part *part, const struct tw_bind *bind);

void tw_dimensions_add(struct tw_dimensions *to, const struct tw_dimensions *from);
/* How many combinations of their values there are, and which of them is the present one. */
size_t tw_dimensions_count(const struct tw_dimensions *dimensions, const struct tw_sweep *sweep);
size_t tw_dimensions_here(const struct tw_dimensions *dimensions, const struct tw_sweep *sweep);

#endif
