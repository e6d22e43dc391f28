/* Schedules whose steps repeat: what need not be asked or simulated a thousand times. */
#ifndef TW_NETWORK_ALIKE_H
#define TW_NETWORK_ALIKE_H

#include "../collective/schedule.h"

/* Length of the phases in which a schedule's steps are alike: steps k·phase … (k+1)·phase − 1 have,
 * for every rank, the same messages to and from the same peers with the same bytes. 0: no such
 * phase is known. Known are the rings, for a layout (ready) whose blocks are of equal length. */
int tw_alike_phase(const struct tw_algorithm *algorithm, const struct tw_layout *layout);

/* Whether it is a ring: in every step each rank sends one block to the rank behind it, and all
 * blocks are under way once. */
int tw_alike_is_ring(const struct tw_algorithm *algorithm);

#endif
