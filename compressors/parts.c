/* The cut of a bucket into parts with a kept count each. */
#include "parts.h"

const char *const tw_scope_names[] = {"tensor", "bucket", NULL};
const char *const tw_scope_wide_names[] = {"tensor", "bucket", "global", NULL};
const char *const tw_scope_fine_names[] = {"tensor", "bucket", "global", "row", "column", NULL};

static int is_one(enum tw_scope scope)
{
    return scope == TW_SCOPE_BUCKET || scope == TW_SCOPE_GLOBAL;
}

int tw_parts_groups(const struct tw_problem *problem, enum tw_scope scope)
{
    return is_one(scope) ? 1 : problem->tensor_count;
}

struct tw_parts tw_parts_group(const struct tw_problem *problem, enum tw_scope scope, double ratio,
                               int g)
{
    struct tw_parts group = {0, 1, problem->dimension, 0, 0, 1};
    if (!is_one(scope)) {
        const struct tw_tensor *tensor = &problem->tensors[g];
        group.start = tensor->offset;
        group.size = tw_tensor_size(tensor);
        if (scope == TW_SCOPE_ROW && !tensor->vector) {
            group.parts = tensor->rows;
            group.size = group.step = tensor->columns;
        } else if (scope == TW_SCOPE_COLUMN && !tensor->vector) {
            group.parts = group.stride = tensor->columns;
            group.size = tensor->rows;
            group.step = 1;
        }
    }
    group.kept = tw_count_floor(ratio, group.size);
    return group;
}

int tw_parts_count(const struct tw_problem *problem, enum tw_scope scope)
{
    return is_one(scope) ? 1 : problem->tensor_count;
}

struct tw_part tw_part_at(const struct tw_problem *problem, enum tw_scope scope, double ratio,
                          int i)
{
    struct tw_part part = {0, problem->dimension, 0, 0};
    if (scope == TW_SCOPE_TENSOR) {
        const struct tw_tensor *tensor = &problem->tensors[i];
        part.start = tensor->offset;
        part.size = tw_tensor_size(tensor);
        part.tensor = tensor->id;
    } else if (problem->tensor_count > 0) {
        part.tensor = problem->tensors[0].id;
    }
    part.kept = tw_count_floor(ratio, part.size);
    return part;
}

uint64_t tw_parts_kept(const struct tw_problem *problem, enum tw_scope scope, double ratio)
{
    uint64_t kept = 0;
    for (int g = 0; g < tw_parts_groups(problem, scope); g++) {
        struct tw_parts group = tw_parts_group(problem, scope, ratio, g);
        kept += group.parts * group.kept;
    }
    return kept;
}

double tw_parts_least_share(const struct tw_problem *problem, enum tw_scope scope, double ratio)
{
    double least = 1.0;
    for (int g = 0; g < tw_parts_groups(problem, scope); g++) {
        struct tw_parts group = tw_parts_group(problem, scope, ratio, g);
        if (group.parts * group.size > 0 && (double)group.kept / (double)group.size < least)
            least = (double)group.kept / (double)group.size;
    }
    return least;
}

tw_status tw_parts_check(const struct tw_problem *problem, struct tw_err *err)
{
    if (problem->dimension <= UINT32_MAX)
        return TW_OK;
    tw_err_set(err, TW_RANGE, "a bucket of %llu values is too large for 32-bit indices",
               (unsigned long long)problem->dimension);
    return tw_err_hint(err, TW_RANGE, "cut the model into buckets of fewer than 2^32 values");
}
