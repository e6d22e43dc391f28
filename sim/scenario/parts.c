/* Parts of a point, bound once per combination of what they depend on. */
#include "parts.h"

void tw_dimensions_add(struct tw_dimensions *to, const struct tw_dimensions *from)
{
    for (int d = 0; d < TW_AXES_MAX; d++)
        to->on[d] |= from->on[d];
}

size_t tw_dimensions_count(const struct tw_dimensions *dimensions, const struct tw_sweep *sweep)
{
    size_t count = 1; /* at most the number of combinations */
    for (int d = 0; d < sweep->dimension_count; d++)
        if (dimensions->on[d])
            count *= (size_t)sweep->sizes[d];
    return count;
}

size_t tw_dimensions_here(const struct tw_dimensions *dimensions, const struct tw_sweep *sweep)
{
    size_t here = 0;
    for (int d = 0; d < sweep->dimension_count; d++)
        if (dimensions->on[d])
            here = here * (size_t)sweep->sizes[d] + (size_t)sweep->index[d];
    return here;
}

/* Dimensions of the axes that an element and all below it name, and what is already known to be
 * wrong there: structure, by the XSD, and $names without an axis. */
static void look_through(struct tw_part *part, const struct tw_bind *bind,
                         const struct tw_node *element)
{
    part->blemished |= tw_report_has_error(bind->report, element->file, element->line, NULL);
    for (int i = 0; i < element->attribute_count; i++) {
        int axis = element->attributes[i].axis;
        if (axis >= 0)
            part->depends.on[bind->sweep->axes[axis].dimension] = 1;
        part->blemished |= axis == TW_NO_AXIS;
    }
    for (const struct tw_node *child = element->first; child; child = child->next)
        look_through(part, bind, child);
}

void tw_part_open(struct tw_part *part, const struct tw_bind *bind, tw_binder make,
                  const struct tw_node *element)
{
    *part = (struct tw_part){.make = make, .element = element};
    if (element)
        look_through(part, bind, element);
    part->slots =
        tw_bind_take(bind, tw_dimensions_count(&part->depends, bind->sweep) * sizeof *part->slots);
}

struct tw_slot *tw_part_here(struct tw_part *part, const struct tw_bind *bind)
{
    if (!part->slots)
        return NULL;
    struct tw_slot *slot = &part->slots[tw_dimensions_here(&part->depends, bind->sweep)];
    if (!slot->made) {
        long heard = bind->report->heard;
        slot->made = part->make(bind, part->element);
        slot->good = slot->made && !part->blemished && bind->report->heard == heard;
    }
    return slot->made ? slot : NULL;
}
