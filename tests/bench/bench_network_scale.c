/* links: tw_network */
/* Large clusters (default 4096 nodes, 104,857,600 B, unless equal blocks need some more): a ring
 * and recursive doubling, priced by both executors. Prints processor seconds (the least of the
 * runs), messages per second, memory, and fails when a bar is missed: at most 1 s for SimGrid's
 * ring, which is reckoned from its first steps, and for recursive doubling, .6 s for max-plus.
 *
 *   bench_network_scale [nodes [runs]] */
#include "bench/network_cost.h"

#define VALUES 26214400U

static double price(const struct network_case *c, const char *executor)
{
    struct tw_err err = {0};
    double *end_s = calloc((size_t)c->platform.nodes, sizeof *end_s);
    if (!end_s || network_case_price(c, executor, end_s, &err)) {
        fprintf(stderr, "%s: %s\n", executor, err.text);
        exit(1);
    }
    double last_s = network_case_last(end_s, c->platform.nodes);
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

static const struct {
    const char *executor, *schedule;
    double (*run)(const struct network_case *);
    double most_s;
} rows[] = {
    {"simgrid", "ring", by_simgrid, 1},
    {"simgrid", "recursive_doubling", by_simgrid, 1},
    {"maxplus", "ring", by_maxplus, .6},
    {"maxplus", "recursive_doubling", by_maxplus, .6},
};

static double messages_of(const char *schedule, int nodes)
{
    double rounds = 0;
    if (strcmp(schedule, "ring") == 0)
        return 2.0 * nodes * (nodes - 1);
    while (ldexp(1, (int)rounds + 1) <= nodes)
        rounds++;
    return rounds * nodes; /* a power of two, else nearly */
}

int main(int argc, char **argv)
{
    int nodes = argc > 1 ? atoi(argv[1]) : 4096, runs = argc > 2 ? atoi(argv[2]) : 3, missed = 0;
    if (nodes < 2 || runs < 1) {
        fprintf(stderr, "usage: bench_network_scale [nodes [runs]]\n");
        return 2;
    }
    uint64_t values = (VALUES + (uint64_t)nodes - 1) / (uint64_t)nodes * (uint64_t)nodes;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct network_case c = network_case_of("allreduce", rows[i].schedule, nodes, values);
        struct cost cost = {0};
        char what[80];
        for (int k = 0; k < runs; k++)
            keep_least(&cost, measure(rows[i].run, &c));
        double messages = messages_of(rows[i].schedule, nodes), form_s = closed_form(&c);
        printf("%s, %s, %d nodes, %.0f messages: %.3g messages/s, %.1f MB, simulated %.12g s\n",
               rows[i].executor, rows[i].schedule, nodes, messages, messages / cost.processor_s,
               cost.memory_MB, cost.end_s);
        snprintf(what, sizeof what, "  %s seconds", rows[i].executor);
        missed += bar(what, cost.processor_s, rows[i].most_s);
        missed += bar("  from the closed form, relative", fabs(cost.end_s - form_s) / form_s, 1e-9);
    }
    return missed ? 1 : 0;
}
