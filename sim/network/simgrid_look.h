/* A look at a platform and all that changes on it, without simulating anything. */
#ifndef TW_NETWORK_SIMGRID_LOOK_H
#define TW_NETWORK_SIMGRID_LOOK_H

#include "network.h"
#include "simgrid_run.h"

/* As tw_executor.look. */
tw_status tw_simgrid_look(const struct tw_step_job *job, struct tw_err *err);

/* As tw_executor.match. */
tw_status tw_simgrid_match(const struct tw_step_job *job, const char *pattern,
                           unsigned char *matches, struct tw_err *err);

/* The reason of a head as an error, with the place in the scenario where one is known. */
tw_status tw_simgrid_refusal(const struct tw_step_job *job, const struct tw_simgrid_head *head,
                             struct tw_err *err);

#endif
