/* list.def as a table, and what can be asked of it by name. */
#include "schedule.h"

#include <string.h>

#define TW_ALGORITHM(operation, name) \
    extern const struct tw_algorithm tw_algorithm_##operation##_##name;
#include "list.def"
#undef TW_ALGORITHM

#define TW_ALGORITHM(operation, name) &tw_algorithm_##operation##_##name,
static const struct tw_algorithm *const algorithms[] = {
#include "list.def"
};
#undef TW_ALGORITHM

int tw_algorithm_count(void)
{
    return (int)(sizeof algorithms / sizeof algorithms[0]);
}

const struct tw_algorithm *tw_algorithm_at(int index)
{
    return index >= 0 && index < tw_algorithm_count() ? algorithms[index] : NULL;
}

const struct tw_algorithm *tw_algorithm_find(enum tw_request_kind kind, const char *name)
{
    for (int i = 0; i < tw_algorithm_count(); i++)
        if (algorithms[i]->kind == kind && strcmp(algorithms[i]->member.name, name) == 0)
            return algorithms[i];
    return NULL;
}
