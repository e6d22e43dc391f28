/* A schedule from a table (base/table.h) as an algorithm like those of the list, which it is not
 * in. Its layouts carry the table (layout->table). */
#ifndef TW_COLLECTIVE_TABLE_H
#define TW_COLLECTIVE_TABLE_H

#include "schedule.h"

/* The algorithm of a table's kind and ports, named "msccl". NULL: of another kind. Its cost is
 * that of its steps on links that nothing shares, an upper bound where messages are short. */
const struct tw_algorithm *tw_table_algorithm(const struct tw_step_table *table);

/* Whether the table computes what its kind says: run on arrays in memory, on whole numbers that
 * tell all ranks and blocks apart. TW_DEADLOCK and the executor's text, or TW_REFUSED naming the
 * rank and block that end wrong. O(ranks · (blocks + pieces)). */
tw_status tw_table_verify(const struct tw_step_table *table, struct tw_err *err) TW_MUST_CHECK;

#endif
