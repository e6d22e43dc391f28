/* The product's inner loops for one vector width. Included by gemm_real.c once per width, with
 *   KERNEL_NAME(x)  x with the width's suffix,
 *   KERNEL_B        bytes of a vector register,
 *   KERNEL_TARGET   the function attribute that allows those registers, or nothing.
 * No include guard: it is a template. */

/* A tile of C is ROWS × 2 registers, which with two registers of B and one of A fill the sixteen
 * that SSE and AVX have; GCC lowers wider vectors than the target's through memory (measured: 40
 * times slower), hence a width per target and not one for all. */
typedef tw_real KERNEL_NAME(vector) __attribute__((vector_size(KERNEL_B)));
typedef tw_real KERNEL_NAME(loose) __attribute__((vector_size(KERNEL_B), aligned(sizeof(tw_real))));

#define LANES (KERNEL_B / sizeof(tw_real))

/* rows is a constant at every call; columns < 2·LANES only in the last panel of a row. */
KERNEL_TARGET static inline __attribute__((always_inline)) void
KERNEL_NAME(tile)(const struct panel *panel, const tw_real *a, tw_real *c, const int rows)
{
    KERNEL_NAME(vector) sum[ROWS][2];
    tw_real edge[ROWS][2 * LANES] __attribute__((aligned(64)));
    const int whole = panel->columns == 2 * LANES;

    for (int i = 0; i < rows; i++) {
        const tw_real *from = c + (uint64_t)i * panel->ldc;
        if (!panel->add) {
            sum[i][0] = sum[i][1] = (KERNEL_NAME(vector)){0};
            continue;
        }
        if (!whole) {
            memset(edge[i], 0, sizeof edge[i]);
            memcpy(edge[i], from, panel->columns * sizeof(tw_real));
            from = edge[i];
        }
        sum[i][0] = *(const KERNEL_NAME(loose) *)from;
        sum[i][1] = *(const KERNEL_NAME(loose) *)(from + LANES);
    }
    for (uint64_t t = 0; t < panel->depth; t++) {
        const KERNEL_NAME(vector) *b = (const KERNEL_NAME(vector) *)(panel->packed + t * 2 * LANES);
        for (int i = 0; i < rows; i++) {
            const tw_real scalar = a[(uint64_t)i * panel->a_row + t * panel->a_column];
            sum[i][0] += b[0] * scalar;
            sum[i][1] += b[1] * scalar;
        }
    }
    for (int i = 0; i < rows; i++) {
        tw_real *to = c + (uint64_t)i * panel->ldc;
        if (whole) {
            *(KERNEL_NAME(loose) *)to = sum[i][0];
            *(KERNEL_NAME(loose) *)(to + LANES) = sum[i][1];
        } else {
            memcpy(edge[i], sum[i], sizeof edge[i]);
            memcpy(to, edge[i], panel->columns * sizeof(tw_real));
        }
    }
}

KERNEL_TARGET static void KERNEL_NAME(rows)(const struct panel *panel, uint64_t m)
{
    const tw_real *a = panel->a;
    tw_real *c = panel->c;
    uint64_t i = 0;

    for (; i + ROWS <= m; i += ROWS, a += ROWS * panel->a_row, c += ROWS * panel->ldc)
        KERNEL_NAME(tile)(panel, a, c, ROWS);
    switch (m - i) {
    case 5:
        KERNEL_NAME(tile)(panel, a, c, 5);
        break;
    case 4:
        KERNEL_NAME(tile)(panel, a, c, 4);
        break;
    case 3:
        KERNEL_NAME(tile)(panel, a, c, 3);
        break;
    case 2:
        KERNEL_NAME(tile)(panel, a, c, 2);
        break;
    case 1:
        KERNEL_NAME(tile)(panel, a, c, 1);
        break;
    default:
        break;
    }
}

#undef LANES
