/* links: tw_network */
/* Large clusters (default 4096 nodes, 104,857,600 B, unless equal blocks need some more): a ring
 * and recursive doubling, priced by both executors. Prints processor seconds (the least of the
 * runs), messages per second, memory, and fails when a bar is missed: at most 1 s for SimGrid's
 * rings, which are reckoned, with blocks of one length and of two ("odd"), also over nodes of 8
 * GPUs (a quarter of the ranks), and for recursive doubling; .6 s for max-plus.
 *
 *   bench_network_scale [nodes [runs]] */
#include "bench/network_cost.h"

#define VALUES 26214400U

static double price(const struct network_case *c, const char *executor)
{
    struct tw_err err = {0};
    double *end_s = calloc((size_t)tw_platform_ranks(&c->platform), sizeof *end_s);
    if (!end_s || network_case_price(c, executor, end_s, &err)) {
        fprintf(stderr, "%s: %s\n", executor, err.text);
        exit(1);
    }
    double last_s = network_case_last(end_s, tw_platform_ranks(&c->platform));
    free(end_s);
    return last_s;
}

static double by_simgrid(const struct network_case *c)
{
    return price(c, "simgrid");
}

static double by_maxplus(const struct network_case *c)
{
    return price(c, "maxplus");
}

static const struct row {
    const char *what, *schedule;
    double (*run)(const struct network_case *);
    double most_s;
    int odd;  /* elements more: a block is then longer than the others, and decides every step */
    int gpus; /* of a node, and a quarter of the ranks; else nodes of one rank */
} rows[] = {
    {"simgrid", "ring", by_simgrid, 1, 0, 0},
    {"simgrid, two lengths", "ring", by_simgrid, 1, 1, 0},
    {"simgrid, nodes of 8 GPUs", "ring", by_simgrid, 1, 0, 8},
    {"simgrid", "recursive_doubling", by_simgrid, 1, 0, 0},
    {"maxplus", "ring", by_maxplus, .6, 0, 0},
    {"maxplus, two lengths", "ring", by_maxplus, .6, 1, 0},
    {"maxplus", "recursive_doubling", by_maxplus, .6, 0, 0},
};

/* GPUs hand on inside a node at 300 GB/s. The hops between nodes decide: α is 2·(1 us + lat). */
static const struct tw_fabric fabric = {
    .kind = TW_FABRIC_GPU_NODES, .nics = 1, .nvlink_Bps = 300e9, .nvlink_s = 1e-6};

static struct network_case case_of(const struct row *row, int nodes)
{
    int ranks = row->gpus ? nodes / 4 : nodes;
    uint64_t values = (VALUES + (uint64_t)ranks - 1) / (uint64_t)ranks * (uint64_t)ranks;
    struct network_case c =
        network_case_of("allreduce", row->schedule, ranks, values + (uint64_t)row->odd);
    if (row->gpus) {
        c.platform.fabric = &fabric;
        c.platform.nodes = ranks / row->gpus;
        c.platform.ranks_per_node = row->gpus;
    }
    return c;
}

static double form_of(const struct network_case *c)
{
    struct network_case flat = *c;
    if (c->platform.fabric)
        flat.platform.latency_s += fabric.nvlink_s;
    return closed_form(&flat);
}

static double messages_of(const char *schedule, int ranks)
{
    double rounds = 0;
    if (strcmp(schedule, "ring") == 0)
        return 2.0 * ranks * (ranks - 1);
    while (ldexp(1, (int)rounds + 1) <= ranks)
        rounds++;
    return rounds * ranks; /* a power of two, else nearly */
}

int main(int argc, char **argv)
{
    int nodes = argc > 1 ? atoi(argv[1]) : 4096, runs = argc > 2 ? atoi(argv[2]) : 3, missed = 0;
    if (nodes < 64 || nodes % 32 || runs < 1) {
        fputs("usage: bench_network_scale [nodes [runs]], nodes a multiple of 32, at least 64\n",
              stderr);
        return 2;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct network_case c = case_of(&rows[i], nodes);
        struct cost cost = {0};
        int ranks = tw_platform_ranks(&c.platform);
        for (int k = 0; k < runs; k++)
            keep_least(&cost, measure(rows[i].run, &c));
        double messages = messages_of(rows[i].schedule, ranks), form_s = form_of(&c);
        printf("%s, %s, %d ranks, %.0f messages: %.3g messages/s, %.1f MB, simulated %.12g s\n",
               rows[i].what, rows[i].schedule, ranks, messages, messages / cost.processor_s,
               cost.memory_MB, cost.end_s);
        missed += bar("  seconds", cost.processor_s, rows[i].most_s);
        missed += bar("  from the closed form, relative", fabs(cost.end_s - form_s) / form_s, 1e-9);
    }
    return missed ? 1 : 0;
}
