/* links: tw_train */
/* Merges in training: what all ranks together have sent and still hold is what they met, whatever
 * the schedule; and the record of a step says what each hop carried and who merged. */
#include "train_noise.h"

/* ---- Σ_t N·mean_t + Σ_i e_i = Σ_t Σ_i ∇F_i: over the ranks nothing is lost, nor taken twice ----
 */

enum { MOST = 128 };

static void check_conservation(const char *compressor, const struct tw_algorithm *merge, int ranks)
{
    struct toy toy = toy_mixed();
    static struct toy_run r; /* too large for the stack, both */
    static struct toy_group g;
    double met[MOST] = {0}, sent[MOST] = {0}, w[MOST], gradient[MOST], off = 0, scale = 0;
    g = (struct toy_group){0};
    toy_setup(&r, TW_FP64, &toy);
    r.setup.ranks = ranks;
    r.setup.merge = merge;
    toy_compressor(&r, compressor, "ratio=0.1");
    toy_feedback(&r, "ef14", "");
    toy_optimizer(&r, "rate=0.125");
    toy_group_open(&g, &r);
    const double *weights = (const double *)(const void *)g.group.weights;
    for (uint32_t t = 0; t < 60; t++) {
        memcpy(w, weights, toy.dimension * sizeof *w);
        for (int rank = 0; rank < ranks; rank++) {
            toy_quadratic(&toy, rank, t, w, gradient);
            for (uint64_t i = 0; i < toy.dimension; i++)
                met[i] += gradient[i];
        }
        toy_group_step(&g, t);
        for (uint64_t i = 0; i < toy.dimension; i++) /* w' = w − mean/8 */
            sent[i] += (w[i] - weights[i]) * 8 * ranks;
    }
    const double *memory = (const double *)(const void *)g.group.rank_memory;
    const struct tw_bucket *bucket = &g.shape.cut.buckets[0]; /* the only one */
    for (int b = 0; b < bucket->count; b++)
        for (uint64_t n = 0; n < tw_tensor_size(&bucket->tensors[b]); n++) {
            uint64_t layer = bucket->source[b] + n, at = bucket->tensors[b].offset + n;
            double held = 0;
            for (int rank = 0; rank < ranks; rank++)
                held += memory[(uint64_t)rank * toy.dimension + at];
            off = fmax(off, fabs(sent[layer] + held - met[layer]));
            scale = fmax(scale, fabs(met[layer]));
        }
    /* 60 steps of sums of 5 ranks, each rounded relative to 2^-53 of at most the scale: 1e-12 */
    ck_assert_msg(off <= 1e-12 * scale, "%s, %s, %d ranks: off by %g of %g", compressor,
                  merge->member.name, ranks, off, scale);
    toy_group_close(&g);
}

START_TEST(nothing_is_lost_over_the_ranks)
{
    const char *const compressors[] = {"gtopk", "sparcml"};
    for (int c = 0; c < 2; c++)
        for (int ranks = 2; ranks <= 7; ranks++) {
            check_conservation(compressors[c], tw_algorithm_find(TW_MERGE, "tree"), ranks);
            check_conservation(compressors[c], tw_algorithm_merge_auto(), ranks);
        }
}
END_TEST

/* ---- the record ---- */

static const struct tw_item *exchange_of(const struct tw_record *record)
{
    for (int i = 0; i < record->count; i++)
        if (record->items[i].type == TW_ITEM_EXCHANGE)
            return &record->items[i];
    ck_abort_msg("no exchange");
    return NULL;
}

/* sparcml on five ranks by the tree: five partials, the four lists sent up and the result, which is
 * the longest; rank 2 has merged rank 3's, so it sends more than rank 1, which sends its own. */
START_TEST(sizes_of_every_hop_are_recorded)
{
    struct toy toy = toy_mixed();
    struct toy_run r;
    toy_setup(&r, TW_FP32, &toy);
    r.setup.ranks = 5;
    r.setup.merge = tw_algorithm_find(TW_MERGE, "tree");
    toy_compressor(&r, "sparcml", "ratio=0.05");
    toy_feedback(&r, "ef14", "");
    toy_optimizer(&r, "rate=0.1");
    toy_train(&r);
    const struct tw_item *item = exchange_of(&r.run.trace.records[0]);
    ck_assert_int_eq(item->kind, TW_MERGE);
    ck_assert_ptr_eq(item->merge, r.setup.merge);
    ck_assert_ptr_nonnull(item->counts);
    ck_assert_uint_eq(tw_item_entries(item, 5), 5);
    ck_assert(item->counts[1] == item->counts[3] && item->counts[1] == item->counts[4]);
    ck_assert_uint_ge(item->counts[2], item->counts[1]);
    ck_assert_uint_ge(item->counts[0], item->counts[2]);
    ck_assert_uint_gt(item->counts[0], item->counts[1]);
    tw_run_free(&r.run);
}
END_TEST

/* Elements that a rank's kernels have selected behind the exchange, which is its merges' alone
 * until the mean, common to all. */
START_TEST(merging_ranks_are_charged)
{
    struct toy toy = toy_mixed();
    struct toy_run r;
    int selections[5] = {0}, seen = 0;
    toy_setup(&r, TW_FP32, &toy);
    r.setup.ranks = 5;
    r.setup.merge = tw_algorithm_find(TW_MERGE, "tree");
    toy_compressor(&r, "gtopk", "ratio=0.05");
    toy_feedback(&r, "ef14", "");
    toy_optimizer(&r, "rate=0.1");
    toy_train(&r);
    ck_assert_int_eq(r.run.trace.record_count, 1); /* sizes do not depend on the data */
    const struct tw_record *record = &r.run.trace.records[0];
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        seen |= item->type == TW_ITEM_EXCHANGE;
        if (seen && item->type == TW_ITEM_WORK && item->work.kernel == TW_KERNEL_SELECT) {
            ck_assert_int_ge(item->rank, 0);
            selections[item->rank]++;
        }
    }
    /* the drawing of merge_tree.c: rank 0 merges 1, 2 and 4, rank 2 merges 3 */
    ck_assert(selections[0] == 3 && selections[1] == 0 && selections[2] == 1 &&
              selections[3] == 0 && selections[4] == 0);
    ck_assert_ptr_null(exchange_of(record)->counts);
    tw_run_free(&r.run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("merge");
    tcase_add_test(tcase, nothing_is_lost_over_the_ranks);
    tcase_add_test(tcase, sizes_of_every_hop_are_recorded);
    tcase_add_test(tcase, merging_ranks_are_charged);
    return toy_main(tcase, "train merge");
}
