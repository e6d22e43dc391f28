/* Attention of query i to keys j ≤ i (Vaswani et al., arXiv:1706.03762, section 3.2.1):
 *   s(j,i) = ⟨k_j, q_i⟩ / √size,  p(j,i) = exp(s(j,i)) / Σ_{j' ≤ i} exp(s(j',i)),
 *   o_i = Σ_{j ≤ i} p(j,i)·v_j
 * Backward, from do:  dv_j = Σ_i p(j,i)·do_i,  dp(j,i) = ⟨v_j, do_i⟩,
 *   ds(j,i) = p(j,i)·(dp(j,i) − Σ_{j'} p(j',i)·dp(j',i)),
 *   dq_i = Σ_j ds(j,i)·k_j / √size,  dk_j = Σ_i ds(j,i)·q_i / √size.
 * Shares are computed in double. O(length²·size) per head; pairs with j > i are multiplied, too. */
#include "attention_real.h"

#include <math.h>
#include <string.h>
#include "gemm_real.h"

/* c (length × length) = aᵀ·b, for a and b of size × length. */
static void inner_products(const struct TW_T(tw_head) * head, const tw_real *a, const tw_real *b,
                           tw_real *c)
{
    const struct TW_T(tw_gemm) product = {.a = a,
                                          .a_row = 1,
                                          .a_column = head->stride,
                                          .b = b,
                                          .ldb = head->stride,
                                          .c = c,
                                          .ldc = head->length,
                                          .m = head->length,
                                          .n = head->length,
                                          .k = head->size};
    TW_T(tw_gemm_run)(&product, head->scratch);
}

/* c (size × length) = a·b, for a of size × length and b of length × length. */
static void combine(const struct TW_T(tw_head) * head, const tw_real *a, const tw_real *b,
                    tw_real *c)
{
    const struct TW_T(tw_gemm) product = {.a = a,
                                          .a_row = head->stride,
                                          .a_column = 1,
                                          .b = b,
                                          .ldb = head->length,
                                          .c = c,
                                          .ldc = head->stride,
                                          .m = head->size,
                                          .n = head->length,
                                          .k = head->length};
    TW_T(tw_gemm_run)(&product, head->scratch);
}

/* Inner products → shares, in place; those of keys behind the query are 0. */
static void soften(const struct TW_T(tw_head) * head)
{
    const uint64_t length = head->length;
    const double scale = 1 / sqrt((double)head->size);
    double *top = head->row[0], *sum = head->row[1];

    for (uint64_t i = 0; i < length; i++) {
        top[i] = (double)head->shares[i];
        sum[i] = 0;
    }
    for (uint64_t j = 1; j < length; j++) {
        for (uint64_t i = j; i < length; i++) {
            const double s = (double)head->shares[j * length + i];
            top[i] = s > top[i] ? s : top[i];
        }
    }
    for (uint64_t j = 0; j < length; j++) {
        tw_real *s = head->shares + j * length;
        for (uint64_t i = j; i < length; i++) {
            const double e = exp(scale * ((double)s[i] - top[i]));
            s[i] = (tw_real)e;
            sum[i] += e;
        }
    }
    for (uint64_t j = 0; j < length; j++) {
        tw_real *s = head->shares + j * length;
        for (uint64_t i = 0; i < j; i++)
            s[i] = 0;
        for (uint64_t i = j; i < length; i++)
            s[i] = (tw_real)((double)s[i] / sum[i]);
    }
}

void TW_T(tw_head_forward)(const struct TW_T(tw_head) * head)
{
    inner_products(head, head->k, head->q, head->shares);
    soften(head);
    combine(head, head->v, head->shares, head->mixed);
}

/* dp → ds / √size, in place. */
static void sharpen(const struct TW_T(tw_head) * head, tw_real *dp)
{
    const uint64_t length = head->length;
    const double scale = 1 / sqrt((double)head->size);
    double *dot = head->row[0];

    memset(dot, 0, length * sizeof *dot);
    for (uint64_t j = 0; j < length; j++) {
        for (uint64_t i = j; i < length; i++)
            dot[i] += (double)head->shares[j * length + i] * (double)dp[j * length + i];
    }
    for (uint64_t j = 0; j < length; j++) {
        const tw_real *p = head->shares + j * length;
        tw_real *row = dp + j * length;
        for (uint64_t i = 0; i < length; i++)
            row[i] = (tw_real)(scale * (double)p[i] * ((double)row[i] - dot[i]));
    }
}

void TW_T(tw_head_backward)(const struct TW_T(tw_head) * head)
{
    tw_real *ds = head->square[0], *turned = head->square[1];

    TW_T(tw_gemm_transpose)(turned, head->shares, head->length, head->length);
    combine(head, head->mixed, turned, head->dv);
    inner_products(head, head->v, head->mixed, ds);
    sharpen(head, ds);
    combine(head, head->k, ds, head->dq);
    TW_T(tw_gemm_transpose)(turned, ds, head->length, head->length);
    combine(head, head->q, turned, head->dk);
}
