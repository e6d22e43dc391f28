/* A server between the ranks: rules with `server` send there what the compressor makes, and get
 * the mean back compressed once more (server.c). */
#ifndef TW_TRAIN_SERVER_H
#define TW_TRAIN_SERVER_H

#include "train_group.h"

/* Whether the server stands between the ranks at this step: not in dense steps. */
int tw_server_takes(const struct tw_shape *shape, uint32_t step);

/* TW_REFUSED for a compressor whose exchange is not one message per rank that says C(x), by name;
 * the second needs the shapes, and notes
 * in them whose compressor it is. Both TW_OK for rules without a server. */
tw_status tw_server_check(const struct tw_train_setup *setup, struct tw_err *err) TW_MUST_CHECK;
tw_status tw_server_check_shape(struct tw_shape *shape, struct tw_err *err) TW_MUST_CHECK;

/* What the server's compressor of a bucket is opened for in a stage: one rank, draws of its own. */
struct tw_problem tw_server_problem(const struct tw_shape *shape, int bucket, int stage);
uint64_t tw_server_B(const struct tw_shape *shape); /* bytes of the state of all of them */

tw_status tw_server_open(struct tw_group *group, struct tw_err *err) TW_MUST_CHECK;
/* The bucket's compressor anew, for the group's stage. Nothing for rules without a server. */
tw_status tw_server_reopen(struct tw_group *group, int bucket, struct tw_err *err) TW_MUST_CHECK;
void tw_server_close(struct tw_group *group); /* accepts what was never opened */

/* Records requests (one per rank) as messages to the server, an ALL_TO_ALL in which the others get
 * nothing; and the server's as a BROADCAST of `count` elements. TW_MEMORY. */
tw_status tw_server_record_up(struct tw_record *record, int bucket, int phase,
                              const struct tw_request *requests, int ranks) TW_MUST_CHECK;
tw_status tw_server_record_down(struct tw_record *record, int bucket, int phase,
                                enum tw_element element, uint64_t count, int ranks) TW_MUST_CHECK;

/* The bucket's mean becomes what the server makes of it and sends; recorded in phase 1. */
tw_status tw_server_exchange(struct tw_group *group, int bucket, uint32_t step,
                             struct tw_err *err) TW_MUST_CHECK;

#endif
