/* Looking a member up by name. */
#include "member.h"

#include <string.h>

int tw_member_index(const struct tw_member *const *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i]->name, name) == 0)
            return (int)i;
    return -1;
}
