#include "match.h"

#include <fnmatch.h>

int tw_match_tensor(const struct tw_match *match, const struct tw_tensor *tensor, int count)
{
    uint64_t size = tw_tensor_size(tensor), place = tensor->id;
    if (match->glob && fnmatch(match->glob, tensor->name, 0) != 0)
        return 0;
    if (size < match->min_size || size > match->max_size)
        return 0;
    if (match->dims && (match->dims == 1) != (tensor->vector != 0))
        return 0;
    if (match->first && place >= match->first)
        return 0;
    return !match->last || (uint64_t)count - place <= match->last;
}
