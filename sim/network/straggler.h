/* Which ranks and links are slow in a step, and how slow (base/dynamics.h). */
#ifndef TW_NETWORK_STRAGGLER_H
#define TW_NETWORK_STRAGGLER_H

#include "network.h"

/* Zeroed is closed, and of a platform without stragglers. */
struct tw_slowness {
    double
        *rank; /* ranks entries ≥ 1: what all of a rank's work takes times; NULL: nothing varies */
    double *link;      /* an entry ≥ 1 per straggler: 1/share of its links' bandwidth; likewise */
    unsigned char *of; /* [straggler · ranks + rank]: whether the rank is on one of its hosts */
};

/* Finds the hosts, by name. TW_UNKNOWN: there are none, with the place of the straggler. */
tw_status tw_straggler_open(struct tw_slowness *slowness, const struct tw_pricing *pricing,
                            struct tw_err *err) TW_MUST_CHECK;
/* What holds in this step: the same whenever it is asked. */
void tw_straggler_draw(struct tw_slowness *slowness, const struct tw_pricing *pricing,
                       uint32_t step);
void tw_straggler_close(struct tw_slowness *slowness);

/* 1: some ranks may be slow. */
int tw_straggler_hosts(const struct tw_dynamics *dynamics);

/* 1: nothing changes but slow hosts, that is what ranks take and not the network. */
int tw_straggler_alone(const struct tw_dynamics *dynamics);

/* A factor of mean 1 whose standard deviation is cv, from an open stream. */
struct tw_stream;
double tw_jitter_factor(const struct tw_jitter *jitter, struct tw_stream *stream);

#endif
