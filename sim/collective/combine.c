#include "combine.h"

static void combine_f32(enum tw_combine combine, float *into, const float *from, uint64_t count)
{
    if (combine == TW_COMBINE_SUM)
        for (uint64_t i = 0; i < count; i++)
            into[i] += from[i];
    else
        for (uint64_t i = 0; i < count; i++)
            into[i] = (float)tw_combine_larger(into[i], from[i]);
}

static void combine_f64(enum tw_combine combine, double *into, const double *from, uint64_t count)
{
    if (combine == TW_COMBINE_SUM)
        for (uint64_t i = 0; i < count; i++)
            into[i] += from[i];
    else
        for (uint64_t i = 0; i < count; i++)
            into[i] = tw_combine_larger(into[i], from[i]);
}

static void combine_u32(enum tw_combine combine, uint32_t *into, const uint32_t *from,
                        uint64_t count)
{
    if (combine == TW_COMBINE_SUM)
        for (uint64_t i = 0; i < count; i++)
            into[i] += from[i];
    else
        for (uint64_t i = 0; i < count; i++)
            into[i] = into[i] > from[i] ? into[i] : from[i];
}

static void combine_u64(enum tw_combine combine, uint64_t *into, const uint64_t *from,
                        uint64_t count)
{
    if (combine == TW_COMBINE_SUM)
        for (uint64_t i = 0; i < count; i++)
            into[i] += from[i];
    else
        for (uint64_t i = 0; i < count; i++)
            into[i] = into[i] > from[i] ? into[i] : from[i];
}

int tw_combine_into(enum tw_element element, enum tw_combine combine, void *into, const void *from,
                    uint64_t count)
{
    switch (element) {
    case TW_ELEMENT_F32:
        combine_f32(combine, into, from, count);
        return 1;
    case TW_ELEMENT_F64:
        combine_f64(combine, into, from, count);
        return 1;
    case TW_ELEMENT_U32:
        combine_u32(combine, into, from, count);
        return 1;
    case TW_ELEMENT_U64:
        combine_u64(combine, into, from, count);
        return 1;
    default:
        return 0;
    }
}
