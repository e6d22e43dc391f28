/* Closed forms of the merges: as schedule_forms.h, from the drawings. Seconds are those of partials
 * of one size. */
#ifndef TW_TESTS_SCHEDULE_FORMS_MERGE_H
#define TW_TESTS_SCHEDULE_FORMS_MERGE_H

#include "laws/schedule_forms.h"

/* Every rank but 0 sends its partial once; and the result to each of its children: those at the
 * powers of two below its lowest set bit (of rank 0: all) that exist. */
static void merge_tree_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                               uint64_t *messages)
{
    uint64_t children = 0;
    for (int d = 1; rank + d < layout->ranks && (rank == 0 || rank % (2 * d) == 0); d *= 2)
        children++;
    *messages = children + (rank > 0);
    *sent_B = children * block_B(layout, 0) + (rank > 0 ? block_B(layout, rank) : 0);
}

static double merge_tree_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                                 double gamma_sB)
{
    (void)gamma_sB;
    return 2 * log2_ceil(layout->ranks) * (alpha_s + largest_B(layout) * beta_sB);
}

/* Level k has P'/2^k names, one for every 2^k working ranks in a row; then the result, then one for
 * each folded rank. */
static void merge_doubling_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                   uint64_t *messages)
{
    int doublings = log2_floor(layout->ranks), first = 0;
    int role = fold_role(layout->ranks, rank), number = fold_number(layout->ranks, rank);
    *messages = (uint64_t)(role < 0 ? doublings : role > 0 ? doublings + 1 : 1);
    *sent_B = 0;
    for (int k = 0; k < doublings; k++) {
        *sent_B += role == 0 ? 0 : block_B(layout, first + number / (1 << k));
        first += (1 << doublings) / (1 << k);
    }
    if (role == 0)
        *sent_B = block_B(layout, first + 1 + rank / 2);
    if (role > 0)
        *sent_B += block_B(layout, first);
}

static double merge_doubling_seconds(const struct tw_layout *layout, double alpha_s, double beta_sB,
                                     double gamma_sB)
{
    (void)gamma_sB;
    return (log2_floor(layout->ranks) + 2 * folds(layout->ranks)) *
           (alpha_s + largest_B(layout) * beta_sB);
}

#endif
