/* links: tw_network */
/* A ring all-reduce of 104,857,600 B on N nodes (default 1024), priced by both executors and by a
 * bare SimGrid program that sends the same messages. Prints processor seconds (the least of the
 * runs), the ratios, messages per second and peak memory, and fails when a bar is missed: SimGrid
 * executor at most 1.2 times the bare program and 64 MB, max-plus at most a twentieth of the bare
 * program.
 *
 *   bench_ring [nodes [runs]] */
#include <simgrid/actor.h>
#include <simgrid/comm.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/mailbox.h>
#include <unistd.h>
#include "bench/network_cost.h"
#include "network/platform_xml.h"

#define BYTES 104857600U
#define RATIO_MAX 1.2
#define MEMORY_MAX_MB 64.0
#define MAXPLUS_SHARE_MAX .05

/* ---- the bare program ---- */

struct bare {
    int rank, nodes;
    sg_mailbox_t in, out;
};

static void bare_actor(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    struct bare *bare = sg_actor_self_get_data();
    for (int s = 0; s < 2 * (bare->nodes - 1); s++) {
        void *arrived;
        sg_comm_t receive = sg_mailbox_get_async(bare->in, &arrived);
        sg_comm_t send = sg_mailbox_put_async(bare->out, bare, BYTES / bare->nodes);
        sg_comm_wait(receive);
        sg_comm_wait(send);
    }
}

static double bare_ring(const struct network_case *c)
{
    char *argv[] = {"bare",
                    "--log=root.thres:error",
                    "--cfg=network/model:CM02",
                    "--cfg=network/crosstraffic:0",
                    "--cfg=network/TCP-gamma:0",
                    "--cfg=contexts/stack-size:64",
                    NULL};
    int argc = 6, descriptor, nodes = c->platform.nodes;
    char path[40], name[32];
    struct bare *ranks = calloc((size_t)nodes, sizeof *ranks);
    if (!ranks || tw_platform_xml_open(&c->platform, &descriptor))
        exit(1);
    simgrid_init(&argc, argv);
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    simgrid_load_platform(path);
    for (int r = 0; r < nodes; r++) {
        snprintf(name, sizeof name, "box-%d", r);
        ranks[r] = (struct bare){r, nodes, sg_mailbox_by_name(name), NULL};
    }
    for (int r = 0; r < nodes; r++) {
        snprintf(name, sizeof name, "node-%d", r);
        ranks[r].out = ranks[(r + 1) % nodes].in;
        sg_actor_t actor = sg_actor_init(name, sg_host_by_name(name));
        sg_actor_set_data(actor, &ranks[r]);
        sg_actor_start_(actor, bare_actor, 0, NULL);
    }
    simgrid_run();
    return simgrid_get_clock();
}

/* ---- the executors ---- */

static double executor_ring(const struct network_case *c, const char *executor)
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

static double simgrid_ring(const struct network_case *c)
{
    return executor_ring(c, "simgrid");
}

static double maxplus_ring(const struct network_case *c)
{
    return executor_ring(c, "maxplus");
}

int main(int argc, char **argv)
{
    static double (*const programs[])(const struct network_case *) = {bare_ring, simgrid_ring,
                                                                      maxplus_ring};
    static const char *const names[] = {"bare SimGrid", "executor simgrid", "executor maxplus"};
    int nodes = argc > 1 ? atoi(argv[1]) : 1024, runs = argc > 2 ? atoi(argv[2]) : 5, missed = 0;
    struct network_case c = network_case_of("allreduce", "ring", nodes, BYTES / 4);
    struct cost costs[3] = {{0}};
    if (nodes < 2 || runs < 1) {
        fprintf(stderr, "usage: bench_ring [nodes [runs]]\n");
        return 2;
    }
    c.network.full = 1; /* every message is simulated, as by the bare program */
    double messages = 2.0 * nodes * (nodes - 1);
    for (int i = 0; i < runs; i++)
        for (int k = 0; k < 3; k++)
            keep_least(&costs[k], measure(programs[k], &c));
    printf("ring all-reduce, %d nodes, %u B, %.0f messages, least of %d runs\n", nodes, BYTES,
           messages, runs);
    for (int k = 0; k < 3; k++)
        printf("%-18s %9.4f s of processor  %8.0f messages/s  %6.1f MB  simulated %.9f s\n",
               names[k], costs[k].processor_s, messages / costs[k].processor_s, costs[k].memory_MB,
               costs[k].end_s);
    missed += bar("simgrid / bare", costs[1].processor_s / costs[0].processor_s, RATIO_MAX);
    missed += bar("simgrid peak memory, MB", costs[1].memory_MB, MEMORY_MAX_MB);
    missed += bar("maxplus / bare", costs[2].processor_s / costs[0].processor_s, MAXPLUS_SHARE_MAX);
    missed += bar("relative difference from closed form",
                  fabs(costs[1].end_s - closed_form(&c)) / closed_form(&c), 1e-9);
    return missed ? 1 : 0;
}
