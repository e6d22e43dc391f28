/* Sums over ranks, a stretch of elements at a time so that the wide sums stay in the first cache:
 * one pass over every rank's data, one write of the result. O(ranks · count). */
#include "rank_sum.h"
#include "base/bf16.h"
#include "base/fp16.h"
#include "base/isa.h"
#include "combine.h"

#include <string.h>

enum { STRETCH = 512 };

/* ---- one stretch, one rank ---- */

static const void *data_at(const struct tw_request *request, enum tw_element element,
                           uint64_t first)
{
    return (const unsigned char *)request->data + first * tw_element_B(element);
}

static void widen(enum tw_element element, const void *data, uint64_t n, double *wide)
{
    const float *f32 = data;
    const double *f64 = data;
    const uint16_t *half = data;
    if (element == TW_ELEMENT_F32)
        for (uint64_t i = 0; i < n; i++)
            wide[i] = f32[i];
    else if (element == TW_ELEMENT_F64)
        for (uint64_t i = 0; i < n; i++)
            wide[i] = f64[i];
    else if (element == TW_ELEMENT_BF16)
        for (uint64_t i = 0; i < n; i++)
            wide[i] = (double)tw_bf16_to_f32(half[i]);
    else
        for (uint64_t i = 0; i < n; i++)
            wide[i] = (double)tw_fp16_to_f32(half[i]);
}

TW_DISPATCHED(static, void, add_wide,
              (enum tw_element element, const void *data, uint64_t n, double *wide),
              (element, data, n, wide))
{
    const float *f32 = data;
    const double *f64 = data;
    const uint16_t *half = data;
    if (element == TW_ELEMENT_F32)
        for (uint64_t i = 0; i < n; i++)
            wide[i] += (double)f32[i];
    else if (element == TW_ELEMENT_F64)
        for (uint64_t i = 0; i < n; i++)
            wide[i] += f64[i];
    else if (element == TW_ELEMENT_BF16)
        for (uint64_t i = 0; i < n; i++)
            wide[i] += (double)tw_bf16_to_f32(half[i]);
    else
        for (uint64_t i = 0; i < n; i++)
            wide[i] += (double)tw_fp16_to_f32(half[i]);
}

static void narrow(enum tw_element element, const double *wide, uint64_t n, void *out)
{
    float *f32 = out;
    uint16_t *half = out;
    if (element == TW_ELEMENT_F32)
        for (uint64_t i = 0; i < n; i++)
            f32[i] = (float)wide[i];
    else if (element == TW_ELEMENT_F64)
        memcpy(out, wide, n * sizeof *wide);
    else if (element == TW_ELEMENT_BF16)
        for (uint64_t i = 0; i < n; i++)
            half[i] = tw_bf16_from_f64(wide[i]);
    else
        for (uint64_t i = 0; i < n; i++)
            half[i] = tw_fp16_from_f64(wide[i]);
}

static void sum_real(const struct tw_request *requests, int ranks, enum tw_element element,
                     uint64_t first, uint64_t n, void *out)
{
    double wide[STRETCH] = {0};
    for (int r = 0; r < ranks; r++)
        add_wide(element, data_at(&requests[r], element, first), n, wide);
    narrow(element, wide, n, out);
}

static void max_real(const struct tw_request *requests, int ranks, enum tw_element element,
                     uint64_t first, uint64_t n, void *out)
{
    double wide[STRETCH], next[STRETCH];
    widen(element, data_at(&requests[0], element, first), n, wide);
    for (int r = 1; r < ranks; r++) {
        widen(element, data_at(&requests[r], element, first), n, next);
        tw_combine_into(TW_ELEMENT_F64, TW_COMBINE_MAX, wide, next, n);
    }
    narrow(element, wide, n, out);
}

static void combine_whole(const struct tw_request *requests, int ranks, enum tw_element element,
                          enum tw_combine combine, uint64_t first, uint64_t n, void *out)
{
    memcpy(out, data_at(&requests[0], element, first), n * tw_element_B(element));
    for (int r = 1; r < ranks; r++)
        tw_combine_into(element, combine, out, data_at(&requests[r], element, first), n);
}

int tw_rank_sum(const struct tw_request *requests, int ranks, enum tw_element element,
                enum tw_combine combine, uint64_t first, uint64_t count, void *out)
{
    int whole = element == TW_ELEMENT_U32 || element == TW_ELEMENT_U64;
    int real = element == TW_ELEMENT_F32 || element == TW_ELEMENT_F64 ||
               element == TW_ELEMENT_BF16 || element == TW_ELEMENT_F16;
    if (!whole && !real)
        return 0;
    unsigned char *to = out;
    for (uint64_t done = 0; done < count; done += STRETCH) {
        uint64_t n = count - done < STRETCH ? count - done : STRETCH;
        void *here = to + done * tw_element_B(element);
        if (whole)
            combine_whole(requests, ranks, element, combine, first + done, n, here);
        else if (combine == TW_COMBINE_SUM)
            sum_real(requests, ranks, element, first + done, n, here);
        else
            max_real(requests, ranks, element, first + done, n, here);
    }
    return 1;
}
