/* links: tw_base tw_collective */
/* The published rules of libraries, at their thresholds: the last size below and the first above.
 */
#include "unit/schedule_text.h"

/* bytes of u8 elements, so that counts are bytes; what is not NULL must fit its layout. */
struct row {
    enum tw_preset preset;
    enum tw_request_kind kind;
    int ranks;
    uint64_t bytes;
    const char *expected;
};

static const struct row rows[] = {
    /* Open MPI, coll_tuned_decision_fixed.c: 10 000 B; ring up to 1 MiB per rank; reduce and
     * broadcast when there are no more elements than ranks */
    {TW_PRESET_OMPI, TW_SUM, 8, 9999, "recursive_doubling"},
    {TW_PRESET_OMPI, TW_SUM, 8, 10000, "ring"},
    {TW_PRESET_OMPI, TW_SUM, 8, 8 << 20, "ring"},
    {TW_PRESET_OMPI, TW_SUM, 8, (8 << 20) + 1, "segmented_ring"},
    {TW_PRESET_OMPI, TW_SUM, 10001, 10001, "binomial"},
    {TW_PRESET_OMPI, TW_GATHER, 2, 1 << 20, "recursive_doubling"},
    {TW_PRESET_OMPI, TW_GATHER, 8, 49999, "recursive_doubling"},
    {TW_PRESET_OMPI, TW_GATHER, 6, 49999, "bruck"},
    {TW_PRESET_OMPI, TW_GATHER, 8, 50000, "neighbor_exchange"},
    {TW_PRESET_OMPI, TW_GATHER, 7, 50000, "ring"},
    {TW_PRESET_OMPI, TW_REDUCE_SCATTER, 6, 12288, "halving"},
    {TW_PRESET_OMPI, TW_REDUCE_SCATTER, 6, 12289, "ring"},
    {TW_PRESET_OMPI, TW_REDUCE_SCATTER, 8, 262144, "halving"},
    {TW_PRESET_OMPI, TW_REDUCE_SCATTER, 8, 262145, "ring"},
    {TW_PRESET_OMPI, TW_REDUCE_SCATTER, 33, 20000, "halving"}, /* 0.0012·20000 + 8 = 32 */
    {TW_PRESET_OMPI, TW_REDUCE_SCATTER, 31, 20000, "ring"},
    {TW_PRESET_OMPI, TW_ALL_TO_ALL, 13, 199 * 169, "bruck"},
    {TW_PRESET_OMPI, TW_ALL_TO_ALL, 13, 200 * 169, "pairwise"},
    {TW_PRESET_OMPI, TW_ALL_TO_ALL, 12, 199 * 144, "pairwise"},
    {TW_PRESET_OMPI, TW_BROADCAST, 8, 2047, "binomial"},
    {TW_PRESET_OMPI, TW_BROADCAST, 8, 2048, NULL},
    /* MPICH: 2048 B, 80 KiB, 512 KiB, 256 B from 8 ranks on, 12 KiB from 8 ranks on */
    {TW_PRESET_MPICH, TW_SUM, 8, 2048, "recursive_doubling"},
    {TW_PRESET_MPICH, TW_SUM, 8, 2049, "rabenseifner"},
    {TW_PRESET_MPICH, TW_SUM, 5000, 4095, "recursive_doubling"}, /* fewer than 4096 elements */
    {TW_PRESET_MPICH, TW_SUM, 5000, 4096, "rabenseifner"},
    {TW_PRESET_MPICH, TW_GATHER, 8, 524287, "recursive_doubling"},
    {TW_PRESET_MPICH, TW_GATHER, 8, 524288, "ring"},
    {TW_PRESET_MPICH, TW_GATHER, 6, 81919, "bruck"},
    {TW_PRESET_MPICH, TW_GATHER, 6, 81920, "ring"},
    {TW_PRESET_MPICH, TW_REDUCE_SCATTER, 6, 524287, "halving"},
    {TW_PRESET_MPICH, TW_REDUCE_SCATTER, 6, 524288, "pairwise"},
    {TW_PRESET_MPICH, TW_ALL_TO_ALL, 8, 256 * 64, "bruck"},
    {TW_PRESET_MPICH, TW_ALL_TO_ALL, 8, 257 * 64, "pairwise"},
    {TW_PRESET_MPICH, TW_ALL_TO_ALL, 7, 256 * 49, "pairwise"},
    {TW_PRESET_MPICH, TW_BROADCAST, 8, 12287, "binomial"},
    {TW_PRESET_MPICH, TW_BROADCAST, 8, 12288, "scatter_allgather"},
    {TW_PRESET_MPICH, TW_BROADCAST, 7, 1 << 20, "binomial"},
    /* UCC, tl/ucp: "0-4k", "4k-inf" */
    {TW_PRESET_UCC, TW_SUM, 6, 4095, "recursive_doubling"},
    {TW_PRESET_UCC, TW_SUM, 6, 4096, "rabenseifner"},
    {TW_PRESET_UCC, TW_GATHER, 6, 4095, "bruck"},
    {TW_PRESET_UCC, TW_GATHER, 6, 4096, "ring"},
    {TW_PRESET_UCC, TW_REDUCE_SCATTER, 6, 1, "ring"},
    {TW_PRESET_UCC, TW_BROADCAST, 6, 1, NULL},
    {TW_PRESET_NCCL, TW_GATHER, 6, 1, "ring"},
    {TW_PRESET_NCCL, TW_REDUCE_SCATTER, 6, 1, "ring"},
    {TW_PRESET_NCCL, TW_ALL_TO_ALL, 6, 1, "pairwise"},
    {TW_PRESET_NCCL, TW_BROADCAST, 6, 1, NULL},
};

static const char *chosen(const struct row *row, double beta_sB)
{
    struct tw_layout layout = {.kind = row->kind,
                               .element = TW_ELEMENT_BYTE,
                               .element_B = 1,
                               .ranks = row->ranks,
                               .count = row->bytes};
    const struct tw_algorithm *algorithm =
        tw_algorithm_choose_preset(row->preset, &layout, beta_sB);
    if (algorithm && row->kind != TW_GATHER) /* which would need starts */
        ck_assert_int_eq(tw_layout_for(algorithm, &layout, NULL), TW_OK);
    return algorithm ? algorithm->member.name : "none";
}

START_TEST(thresholds)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = chosen(&rows[i], 1e-9), *expected = rows[i].expected;
        ck_assert_msg(strcmp(name, expected ? expected : "none") == 0,
                      "preset %d, %s of %llu B on %d ranks: %s, not %s", (int)rows[i].preset,
                      tw_request_name(rows[i].kind), (unsigned long long)rows[i].bytes,
                      rows[i].ranks, name, expected ? expected : "none");
    }
}
END_TEST

/* 64 ranks at 12.5e9 B/s, us for M bytes with t = M/12500: tree LL 6.8 + 12·5 + 7.6t, ring LL
 * 6.6 + 126·2.7 + 3.94t, tree Simple 8.4 + 12·14 + 2t, ring Simple 8.4 + 126·14 + 1.96875t. The
 * tree beats ring Simple up to t = (1764 - 168)/(2 - 1.96875) = 51072: 638.4 MB. (Ring LL never
 * wins: it has neither the least latency nor the least bytes, and tree Simple beats both of it.) 4
 * ranks: tree LL 26.8 + 7.6t, ring LL 22.8 + 3t, tree Simple 64.4 + 2t, ring Simple 92.4 + 1.5t:
 * ring LL up to t = 41.6, tree Simple up to t = 56, then the ring: 520 kB and 700 kB. */
START_TEST(the_tree_and_the_ring_of_nccl)
{
    static const struct row cases[] = {
        {TW_PRESET_NCCL, TW_SUM, 64, 8, "double_binary_tree"},
        {TW_PRESET_NCCL, TW_SUM, 64, 638000000, "double_binary_tree"},
        {TW_PRESET_NCCL, TW_SUM, 64, 639000000, "ring"},
        {TW_PRESET_NCCL, TW_SUM, 4, 8, "ring"},
        {TW_PRESET_NCCL, TW_SUM, 4, 519000, "ring"},
        {TW_PRESET_NCCL, TW_SUM, 4, 521000, "double_binary_tree"},
        {TW_PRESET_NCCL, TW_SUM, 4, 699000, "double_binary_tree"},
        {TW_PRESET_NCCL, TW_SUM, 4, 701000, "ring"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_str_eq(chosen(&cases[i], 1 / 12.5e9), cases[i].expected);
}
END_TEST

START_TEST(names)
{
    ck_assert_int_eq(tw_preset_by_name("ompi"), TW_PRESET_OMPI);
    ck_assert_int_eq(tw_preset_by_name("mpich"), TW_PRESET_MPICH);
    ck_assert_int_eq(tw_preset_by_name("nccl"), TW_PRESET_NCCL);
    ck_assert_int_eq(tw_preset_by_name("ucc"), TW_PRESET_UCC);
    ck_assert_int_eq(tw_preset_by_name("auto"), -1);
}
END_TEST

int main(void)
{
    const TTest *const tests[] = {thresholds, the_tree_and_the_ring_of_nccl, names};
    return run_suite("schedule_presets", tests, sizeof tests / sizeof tests[0]);
}
