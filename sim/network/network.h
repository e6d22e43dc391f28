/* The time plane's doors: a platform, executors that price one step on it, and a whole trace. */
#ifndef TW_NETWORK_H
#define TW_NETWORK_H

#include "base/curve.h"
#include "base/device.h"
#include "base/dynamics.h"
#include "base/err.h"
#include "base/fabric.h"
#include "base/layer.h"
#include "base/member.h"
#include "../collective/schedule.h"
#include "../train/trace.h"

enum tw_network_model { TW_MODEL_IDEAL, TW_MODEL_ETHERNET, TW_MODEL_TCP };

/* Where the latency α of a message passes; posted at x_s and x_r it ends, alone on its links, at
 *   LINK     max(x_s, x_r) + α + bytes/rate   messages that share a link share it by weight of
 *                                             latency where their latencies differ, as TCP does
 *   SENDER   max(x_s + α, x_r) + bytes/rate   they share it by max-min, whatever their latencies */
enum tw_latency_at { TW_LATENCY_LINK, TW_LATENCY_SENDER };

struct tw_pair {
    const char *name, *value;
};

/* A cluster (generated) or a SimGrid platform file. Everything is borrowed. */
struct tw_platform {
    const char *file;                 /* NULL: cluster. Else its hosts in the order of their names,
                                         numbers in names compared as numbers: node-2 before node-10 */
    int nodes, ranks_per_node;        /* rank r lives on node r / ranks_per_node */
    double bandwidth_Bps;             /* of each node's up and of its down link: β = 1/bw */
    double latency_s;                 /* of each of them: α = 2·lat */
    const double *node_bandwidth_Bps; /* nodes entries, or NULL: all alike */
    const double *node_latency_s;     /* nodes entries, or NULL */
    const double *node_speed;         /* kernels take 1/speed; nodes entries, or NULL */
    const struct tw_pair *attributes; /* further SimGrid <cluster> attributes (topology, bb_bw …) */
    int attribute_count;
    const struct tw_fabric *fabric; /* NULL: nodes at one switch, as the attributes say; else their
                                       nodes and ranks_per_node are the fabric's (base/fabric.h) */
    int node_ranks; /* consecutive ranks that share a machine, for schedules that know nodes, where
                       a file's hosts are less than that; 0: ranks_per_node */
    const struct tw_dynamics *dynamics; /* what changes with time; NULL: nothing */
    int server; /* 1: one host more, behind the nodes and linked like them by bandwidth_Bps and
                   latency_s (of a file: its host number `nodes`), that serves and does not train */
};

struct tw_network {
    enum tw_network_model model;
    const struct tw_pair *config; /* further SimGrid options, id and value */
    int config_count;
    enum tw_latency_at latency; /* SENDER: not with the model tcp */
    int full; /* 1: every step of every schedule is simulated, also where the rest of a ring could
                 be reckoned from its first steps */
    const struct tw_curve *curve; /* bandwidth by message size; NULL: all of it */
    double timeout_s; /* wall clock seconds that pricing one step may take; 0: no limit */
};

static inline int tw_platform_ranks(const struct tw_platform *platform)
{
    return platform->nodes * platform->ranks_per_node;
}

/* Hosts that have links of their own: the nodes, and the server's. */
static inline int tw_platform_places(const struct tw_platform *platform)
{
    return platform->nodes + platform->server;
}

static inline int tw_platform_node_ranks(const struct tw_platform *platform)
{
    return platform->node_ranks ? platform->node_ranks : platform->ranks_per_node;
}

/* The ranks of an exchange: disjoint groups of `size` ranks that each run the schedule for
 * themselves, at the same time. Number l of group g is rank g·group_stride + l·rank_stride of the
 * run; a stride between ranks above 1 is at least the groups. Other ranks take no part. Zeroed: one
 * group, of all. With server 1 (and groups 0): one group of size = ranks + 1, whose number 0 is the
 * platform's server, who is "rank" `ranks` of the run and has no delays, entry or end; number l is
 * rank l − 1. The server posts its first step when the run's step begins.
 */
struct tw_comm {
    int groups, size, group_stride, rank_stride;
    int server;
};

/* What a rank can do at the same time. A step that overlaps nothing has all its items on the first.
 * Streams from EXCHANGE on are for exchanges; the others may have them too. */
enum { TW_RANK_COMPUTE, TW_RANK_METHOD, TW_RANK_EXCHANGE, TW_RANK_STREAMS_MAX = 6 };

enum tw_action_account { TW_ACCOUNT_MIXED, TW_ACCOUNT_COMPUTE, TW_ACCOUNT_COMPRESS };

/* One thing of a step as an executor sees it. A rank begins it when the item before it on the same
 * stream and all of `after` have ended; the first of a stream when the rank enters the step. */
struct tw_action_item {
    const double *delay_s; /* DELAY: seconds of every rank (ranks entries), else NULL */
    const struct tw_algorithm *algorithm; /* COLLECTIVE */
    struct tw_comm comm;                  /* among which ranks */
    struct tw_layout layout;              /* of every group; ready for `algorithm` */
    const struct tw_layout *layouts; /* of each group, where they differ; layout is the first */
    int window; /* 0: all steps of the schedule. Else at most 2·window: the first ones, and then the
                   last ones (what comes of them is then no result, only a check of times) */
    int stream;                     /* 0 … TW_RANK_STREAMS_MAX − 1 */
    int after[TW_RANK_STREAMS_MAX]; /* items before this one in the list … */
    int after_count;                /* … so many */
    enum tw_action_account account; /* DELAY: what it counts as; MIXED: of both kinds */
    int bucket;                     /* of the trace; −1: of none, or of several */
    int phase; /* exchange: of the bucket's method, counted from 1; 0: of none (work, weights) */
};

/* One end of a message of a step. Both ends of one message have the same item, lane, step, bytes
 * and end_s. */
struct tw_message_time {
    int32_t item;         /* of the step's list */
    int32_t lane, step;   /* of the schedule */
    int32_t rank, peer;   /* whose end this is; the rank of the run at the other one */
    int32_t sends;        /* 1: `rank` sends it, 0: it receives it */
    uint64_t bytes;       /* payload */
    double post_s, end_s; /* on the step's clock: when `rank` comes to this step of the schedule,
                             and when the message has arrived */
};

/* Filled by an executor, in an order that is the same in every run. */
struct tw_message_log {
    struct tw_message_time *times; /* room entries, the caller's */
    size_t count, room;
};

/* What pricing a step was like. */
struct tw_step_facts {
    int outage;    /* 1 + the outage of the platform's dynamics that broke the step; 0: none did.
                      Then price fails with TW_CRASHED */
    double lost_s; /* when, on the step's clock */
    uint64_t extrapolated; /* steps of schedules that were reckoned and not simulated */
};

struct tw_step_job {
    const struct tw_platform *platform;
    const struct tw_network *network;
    const struct tw_action_item *items;
    int count;
    const double *entry_s; /* when each rank enters; the least is 0 */
    double gamma_sB;       /* seconds per combined byte at speed 1 */
    double clock_s;        /* the step's clock on the run's clock, for what changes */
    const double *slow;    /* what combining of each rank takes times; NULL: 1. Delays have it */
    const double
        *slow_link; /* 1/share of bandwidth that each straggler leaves its links; NULL: 1 */
    struct tw_step_facts *facts;     /* filled by price, or NULL */
    struct tw_host_energy *hosts;    /* NULL: nobody asks. Else an entry per host that takes part,
                                        zeroed, for what it draws in this step (joules stays 0) */
    struct tw_message_log *messages; /* NULL: nobody asks. Else every message is followed, and no
                                        step of a schedule is reckoned instead; TW_INTERNAL where
                                        the room is too small */
};

struct tw_link_load;

/* What one host draws, in one step or in the whole trace. A host that takes part in it. */
#define TW_HOST_NAME 64
struct tw_host_energy {
    char name[TW_HOST_NAME]; /* SimGrid's, cut to fit */
    double idle_W, busy_W;   /* when nothing, and when all of its cores work */
    int cores;
    double active_J; /* beyond idle_W */
    double busy_s;   /* seconds that its cores work, all cores together */
    double joules;   /* of the whole trace: idle_W · end of the last step + active_J */
};

struct tw_executor {
    struct tw_member member; /* name: simgrid, maxplus */
    /* Whether it can price this exactly; TW_REFUSED with the reason by name. */
    tw_status (*accepts)(const struct tw_step_job *job, struct tw_err *err);
    /* Prices one step. end_s[i·ranks + r]: when rank r is done with item i; when it begins it
     * (posts it, where it is an exchange) follows from these: tw_streams_begin in streams.h.
     * TW_CRASHED, TW_DEADLOCK, TW_TIMEOUT with the simulator's own message. */
    tw_status (*price)(const struct tw_step_job *job, double *end_s, struct tw_err *err);
    /* What every link carries in one such step, without times and utilisation; *loads is the
     * caller's to free. NULL: the links of a flat cluster, from the schedules alone. */
    tw_status (*links)(const struct tw_step_job *job, struct tw_link_load **loads, int *count,
                       struct tw_err *err);
    /* Builds the platform and what changes on it, and simulates nothing: whether all that is named
     * is there, and SimGrid takes the file and the options. The error has the place in the
     * scenario where the dynamics tell it. The job needs no items. NULL: there is nothing to build.
     */
    tw_status (*look)(const struct tw_step_job *job, struct tw_err *err);
    int energy; /* 1: fills the hosts of a job */
    /* matches[h] ← whether the name of the platform's host h fits the pattern (fnmatch(3)), for the
     * hosts that take part, in the order of tw_platform_host. */
    tw_status (*match)(const struct tw_step_job *job, const char *pattern, unsigned char *matches,
                       struct tw_err *err);
};

int tw_executor_count(void);
const struct tw_executor *tw_executor_at(int index);
const struct tw_executor *tw_executor_find(const char *name);

/* ---- a whole trace ---- */

/* What of a step runs beside what (timeline_overlap.c). Zeroed: nothing does. */
struct tw_overlap {
    int on;          /* 1: a bucket is compressed and exchanged when the backward has made it */
    int inline_;     /* 1: the method's kernels run in between the backward's, not beside them */
    int streams;     /* for exchanges, buckets in turn, at most TW_RANK_STREAMS_MAX − 2; 0: one */
    double slowdown; /* of the backward behind the first bucket, ≥ 1; 0: 1 */
};

/* How ranks of an island (trace.h) handle what the island exchanges, per bucket:
 *   SHARE   reduce-scatter inside; each rank compresses 1/island and exchanges it with the ranks of
 *           its number in the other islands; all-gather inside
 *   LEADER  all-reduce inside; the first rank compresses and exchanges everything; broadcast inside
 * AUTO is SHARE where every rank has links of its own (ranks_per_node = 1, or a card for each
 * GPU of a node), else LEADER. */
enum tw_island_mode { TW_ISLAND_AUTO, TW_ISLAND_SHARE, TW_ISLAND_LEADER };

/* What the ranks did in one step, and when. Borrowed for the call. */
struct tw_step_items {
    const struct tw_action_item *items; /* what each is: its delay's account or its algorithm, its
                                           stream, bucket and communicator */
    int count, ranks;
    double start_s;        /* the step's clock on the run's clock: when its first rank enters */
    const double *begin_s; /* [item · ranks + rank] on the step's clock; exchanges: when posted */
    const double *end_s;
    const struct tw_message_time *messages; /* where asked for (messages_max), else none */
    size_t message_count;
};
typedef void (*tw_item_watch)(void *context, uint32_t step, const struct tw_step_items *items);

struct tw_choices; /* what `auto` found by simulating (choice_events.h) */

struct tw_pricing {
    struct tw_platform platform;
    struct tw_network network;
    const struct tw_executor *executor;
    const struct tw_device *device;                          /* zeroed: kernels are free */
    const struct tw_algorithm *algorithms[TW_REQUEST_COUNT]; /* NULL: auto by cost, each request */
    const struct tw_step_table *tables[TW_REQUEST_COUNT]; /* of those algorithms that are tables */
    int server; /* 1: the platform's server is number 0 of every SUM, and contributes zeros */
    int presets[TW_REQUEST_COUNT]; /* where there is none: 1 + enum tw_preset chooses; 0: the cost
                                    */
    uint64_t segment_B[TW_REQUEST_COUNT]; /* that pipelined schedules send at once, rounded down to
                                             elements, at least one; 0: their own choice */
    double launch_s[TW_REQUEST_COUNT];    /* that every rank spends, at speed 1, before it posts an
                                             exchange of that kind; not with islands */
    double forward_s, backward_s;         /* compute of every rank and step, at speed 1 */
    int links;                            /* 1: count what every link carries */
    int energy; /* 1: count what every host draws. No step is then from the memo or reckoned, and
                   times may differ in the last bits. TW_REFUSED: hosts without watts or with fewer
                   cores than works at a time, executors that cannot, links or hosts that fail */
    struct tw_overlap overlap;
    enum tw_island_mode island_mode; /* of a trace with islands */
    int accumulate;                  /* forward and backward so often, then one exchange; 0: once */
    const struct tw_layer_time *layers; /* in forward order, their sums forward_s and backward_s;
                                           NULL: the backward takes tensors by their values */
    int layer_count;
    double layer_s; /* seconds of what the layers count; 0: they count seconds */
    struct tw_jitter
        jitter;    /* of forward, backward and update; memo and cv > 0 exclude each other */
    uint64_t seed; /* of the jitter's streams, with the next */
    uint32_t repetition;
    /* Called for every step, when given: no step is then taken from the memo, and work of different
     * accounts or buckets is never one item (times may differ from those of a run that is not
     * watched in the last bits). */
    tw_item_watch item_watch;
    void *item_context;
    uint32_t item_step;    /* 1 + the only step that item_watch is called for; 0: every step */
    uint64_t messages_max; /* above 0: item_watch is also shown the messages, both ends of each; a
                              step that has more messages is TW_REFUSED, and so are platforms where
                              links or hosts fail */
    struct tw_choices *choices; /* NULL: tw_price_trace has its own; elsewhere `auto` then simulates
                                   nothing */
};

/* Seconds of the simulated clock that a step with an exchange may take (32 years). One that takes
 * longer never ends, for whoever reads the result: tw_price_trace is TW_TIMEOUT then. */
#define TW_STEP_S_MAX 1e9

/* One rank's share of one step; compute + compress + exposed + wait = the step's step_time_s. */
struct tw_rank_times {
    double compute_s, compress_s, transfer_s, exposed_s, wait_s, end_s;
};

/* Means over ranks, of one step. end_s: the last rank's end on the run's clock. */
struct tw_step_times {
    double step_time_s, end_s;
    double compute_s, compress_s, transfer_s, exposed_s, wait_s;
    double sent_B_per_rank, messages_per_rank;
};

/* What one link carried in the whole trace. */
#define TW_LINK_NAME 64
struct tw_link_load {
    char name[TW_LINK_NAME]; /* SimGrid's, cut to fit */
    double bandwidth_Bps;    /* nominal */
    double carried_B;        /* payload */
    double utilisation; /* carried_B / (bandwidth_Bps · end of the last step); 0 when that is 0 */
};

/* The bit of `used` for a table that carries requests of a kind. */
#define TW_USED_TABLE(kind) (UINT64_C(1) << (63 - (kind)))

struct tw_priced {
    struct tw_step_times *steps; /* trace->steps entries; owned */
    uint32_t step_count;
    uint64_t used;         /* bit i: tw_algorithm_at(i) carries an exchange of the trace; and
                              TW_USED_TABLE */
    uint32_t simulated;    /* steps that were not in the memo */
    uint64_t extrapolated; /* of the simulated steps: steps of schedules that were reckoned from the
                              first ones, after a check that they repeat; 0: all were simulated */
    uint32_t incast; /* the most messages from other nodes that end on one node's link at once, by
                        the schedules: in one step, of all the node's ranks and all lanes. Above 2
                        real networks lose packets, which a flow model does not know */
    struct tw_breakdown {
        enum tw_outage_kind kind; /* NONE: nothing broke the run */
        uint32_t step;            /* that could not be finished */
        double at_s;              /* on the run's clock: when a rank met what had failed */
    } breakdown;
    uint32_t retries;           /* steps begun anew after a repair */
    struct tw_link_load *links; /* in the order of names (numbers as numbers), where asked; owned */
    int link_count;
    struct tw_host_energy *hosts; /* in the order of names, where asked; owned */
    int host_count;
};

/* Called for every step with the times of all ranks, when given (tests). */
typedef void (*tw_rank_watch)(void *context, uint32_t step, const struct tw_rank_times *ranks,
                              int count, const struct tw_step_times *mean);

/* Lays out every record's step and asks the executor about it, and prices nothing: TW_OK where
 * tw_price_trace would begin to simulate, else what it would refuse with. */
tw_status tw_price_accepts(const struct tw_pricing *pricing, const struct tw_trace *trace,
                           struct tw_err *err) TW_MUST_CHECK;

/* Prices every step; equal (record, entry times bit by bit) are simulated once (memo).
 * Refuses, before anything runs, what the executor cannot do exactly. */
tw_status tw_price_trace(const struct tw_pricing *pricing, const struct tw_trace *trace,
                         tw_rank_watch watch, void *context, struct tw_priced *priced,
                         struct tw_err *err) TW_MUST_CHECK;
/* After a failure all but `breakdown` is empty: a run that an outage broke is TW_CRASHED. */
void tw_priced_free(struct tw_priced *priced);

/* α and β that `auto` reckons with: from the platform's first node; for files from its attributes
 * bandwidth_Bps and latency_s (required to be given there too). */
void tw_platform_alpha_beta(const struct tw_platform *platform, double *alpha_s, double *beta_sB);

#endif
