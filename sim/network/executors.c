/* The registry of executors: list.def as a table. */
#include <string.h>
#include "network.h"

#define TW_EXECUTOR(name) extern const struct tw_executor tw_executor_##name;
#include "list.def"
#undef TW_EXECUTOR

#define TW_EXECUTOR(name) &tw_executor_##name,
static const struct tw_executor *const executors[] = {
#include "list.def"
};
#undef TW_EXECUTOR

int tw_executor_count(void)
{
    return (int)(sizeof executors / sizeof executors[0]);
}

const struct tw_executor *tw_executor_at(int index)
{
    return index >= 0 && index < tw_executor_count() ? executors[index] : NULL;
}

const struct tw_executor *tw_executor_find(const char *name)
{
    for (int i = 0; i < tw_executor_count(); i++)
        if (strcmp(executors[i]->member.name, name) == 0)
            return executors[i];
    return NULL;
}
