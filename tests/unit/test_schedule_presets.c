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

static const char *chosen(const struct row *row)
{
    static const struct tw_preset_wires wires = {.beta_sB = 1e-9};
    struct tw_layout layout = {.kind = row->kind,
                               .element = TW_ELEMENT_BYTE,
                               .element_B = 1,
                               .ranks = row->ranks,
                               .count = row->bytes};
    const struct tw_algorithm *algorithm = tw_algorithm_choose_preset(row->preset, &layout, &wires);
    if (algorithm && row->kind != TW_GATHER) /* which would need starts */
        ck_assert_int_eq(tw_layout_for(algorithm, &layout, NULL), TW_OK);
    return algorithm ? algorithm->member.name : "none";
}

START_TEST(thresholds)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *name = chosen(&rows[i]), *expected = rows[i].expected;
        ck_assert_msg(strcmp(name, expected ? expected : "none") == 0,
                      "preset %d, %s of %llu B on %d ranks: %s, not %s", (int)rows[i].preset,
                      tw_request_name(rows[i].kind), (unsigned long long)rows[i].bytes,
                      rows[i].ranks, name, expected ? expected : "none");
    }
}
END_TEST

/* Estimates of choose_nccl.c by hand, us for M bytes; c: what a tree reaches at that size.
 *
 * 64 nodes of one GPU, a card of 12.5 GB/s each (one channel): tree LL 6.8 + 12·5, LL bandwidth
 * .92·12.5/3.8/2 = 1.513; tree Simple 8.4 + 12·14 = 176.4, .92·12.5/2 = 5.75; ring Simple in large
 * pieces 1.4·(8.4 + 126·14) = 2481.36, 12.5·64/126 = 6.349 GB/s. Between 16.8 and 33.6 MB c = .7:
 * 2304.96 = M·(1/4025 − 1/6349.2) gives 25.34 MB; at no other c is it within the sizes of c.
 *
 * 4 nodes of 8 GPUs, NVLink 300 GB/s, 8 cards of 25 GB/s (16 channels, bus 200): tree LL128
 * 14 + 2·(7·1.25 + 2·8.5) = 65.5, .92·200·120/128/2 = 86.25; ring LL128 14 + 56·1.9 + 6·4 = 144.4,
 * .92·200·32/62 = 94.968. Between 16.8 and 33.55 MB c = .9: 78.9 = M·(1/77625 − 1/94967.7) gives
 * 33.54 MB. The tree in Simple is no better there: c = .7 leaves it 64.4 GB/s.
 *
 * The same with one card for all (2 channels, bus 25): tree LL128 65.5, .92·25·120/128/2 = 10.781;
 * ring LL128 144.4, .92·25·32/62 = 11.871. From 1.05 to 4.2 MB c = .6: 78.9 = M·(1/6469 − 1/11871)
 * gives 1.121 MB.
 *
 * 2 nodes of 8 with 8 cards: the bus of the tree is 300 and not 200. Tree Simple 8.4 + 2·(28 + 14)
 * = 92.4, .92·300/2 = 138 GB/s; ring Simple 1.4·(8.4 + 28·3.4 + 2·14) = 184.24, 200·16/30 = 106.7:
 * the tree for ever.
 *
 * One node of 8, NVLink 300 GB/s: ring LL 6.6 + 14·.6 = 15, tree LL 6.8 + 14·.6 = 15.2 and every
 * ring has more bandwidth than the tree: always the ring. */
struct nccl_case {
    int ranks, node_ranks, cards;
    double card_GBs, inner_GBs;
    uint64_t bytes;
    const char *expected;
};

START_TEST(the_tree_and_the_ring_of_nccl)
{
    static const struct nccl_case cases[] = {
        {64, 1, 1, 12.5, 0, 8, "double_binary_tree"},
        {64, 1, 1, 12.5, 0, 25300000, "double_binary_tree"},
        {64, 1, 1, 12.5, 0, 25400000, "ring"},
        {64, 1, 1, 12.5, 0, 2000000000, "ring"},
        {32, 8, 8, 25, 300, 8, "double_binary_tree"},
        {32, 8, 8, 25, 300, 33500000, "double_binary_tree"},
        {32, 8, 8, 25, 300, 33600000, "ring"},
        {32, 8, 1, 25, 300, 1110000, "double_binary_tree"},
        {32, 8, 1, 25, 300, 1130000, "ring"},
        {16, 8, 8, 25, 300, 1 << 30, "double_binary_tree"},
        {8, 8, 8, 25, 300, 8, "ring"},
        {8, 8, 8, 25, 300, 1 << 20, "ring"},
        {8, 8, 8, 25, 300, 1 << 30, "ring"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct nccl_case *c = &cases[i];
        struct tw_layout layout = {.kind = TW_SUM,
                                   .element = TW_ELEMENT_BYTE,
                                   .element_B = 1,
                                   .ranks = c->ranks,
                                   .count = c->bytes,
                                   .node_ranks = c->node_ranks};
        struct tw_preset_wires wires = {.beta_sB = 1e-9 / c->card_GBs,
                                        .inner_sB = c->inner_GBs > 0 ? 1e-9 / c->inner_GBs : 0,
                                        .cards = c->cards};
        const char *name = tw_algorithm_choose_preset(TW_PRESET_NCCL, &layout, &wires)->member.name;
        ck_assert_msg(strcmp(name, c->expected) == 0, "%d ranks, %llu B: %s, not %s", c->ranks,
                      (unsigned long long)c->bytes, name, c->expected);
    }
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
