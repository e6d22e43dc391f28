/* The list of kernels that ran. */
#include "work.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define KERNEL_NAME(code, name, element) name,
static const char *const kernel_names[] = {TW_KERNEL_LIST(KERNEL_NAME)};

const char *tw_kernel_name(enum tw_kernel kernel)
{
    return (unsigned)kernel < TW_KERNEL_COUNT ? kernel_names[kernel] : "unknown";
}

int tw_kernel_by_name(const char *name)
{
    for (int i = 0; i < TW_KERNEL_COUNT; i++)
        if (strcmp(kernel_names[i], name) == 0)
            return i;
    return -1;
}

static int grow(struct tw_work *work)
{
    if (work->capacity > INT_MAX / 2)
        return 0;
    int capacity = work->capacity ? 2 * work->capacity : 16;
    struct tw_work_item *items = realloc(work->items, (size_t)capacity * sizeof *items);
    if (!items)
        return 0;
    work->items = items;
    work->capacity = capacity;
    return 1;
}

void tw_work_add(struct tw_work *work, enum tw_kernel kernel, uint64_t elements, uint64_t selected)
{
    if (!work->failed && work->count == work->capacity)
        work->failed = !grow(work);
    if (work->failed)
        return; /* the list ends where memory did, without gaps and without trying again */
    work->items[work->count++] = (struct tw_work_item){kernel, elements, selected};
}

void tw_work_clear(struct tw_work *work)
{
    work->count = 0;
    work->failed = 0;
}

void tw_work_free(struct tw_work *work)
{
    free(work->items);
    *work = (struct tw_work){0};
}
