/* Executor "simgrid": each priced step is simulated by SimGrid in a freshly forked child at clock
 * 0. Casanova, Giersch, Legrand, Quinson, Suter, JPDC 2014 (doi 10.1016/j.jpdc.2014.06.008).
 *
 * Options that the models ask SimGrid for (every factor; the scenario's own options come last):
 *   ideal     network/model CM02 (latency and bandwidth factors 1, weight-S 0), crosstraffic 0,
 *             TCP-gamma 0, precision 1e-15 s: α-β arithmetic, links shared by exact max-min
 *             latency "sender" adds latency-factor 0 (flows weigh the same then)
 *             network/optim Full where Lazy is not exact (simgrid_lazy.c)
 *   ethernet  ideal, bandwidth-factor 1/1.0684
 *   tcp       LV08: latency factor 13.01, bandwidth factor 0.97, weight-S 20537, crosstraffic on,
 *             TCP-gamma 4194304 B; precision 1e-15 s
 * About 2 µs of processor time per message; 10 kB per rank and 32 MB for SimGrid itself. */
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include "action.h"
#include "curve.h"
#include "fabric.h"
#include "platform.h"
#include "reckon.h"
#include "simgrid_changes.h"
#include "simgrid_child.h"
#include "simgrid_links.h"
#include "simgrid_look.h"
#include "simgrid_run.h"
#include "streams.h"

/* A mailbox's key has seven bits for the lane. */
enum { LANES_MAX = 127 };

/* Latency charged to the sender sets SimGrid's own to 0. */
static tw_status accepts_latency(const struct tw_network *network, struct tw_err *err)
{
    if (network->latency != TW_LATENCY_SENDER)
        return TW_OK;
    if (network->model == TW_MODEL_TCP)
        return tw_err_set(err, TW_REFUSED,
                          "latency \"sender\" is for the models ideal and ethernet, not tcp");
    for (int i = 0; i < network->config_count; i++)
        if (strcmp(network->config[i].name, "network/latency-factor") == 0 ||
            strcmp(network->config[i].name, "network/model") == 0)
            return tw_err_set(err, TW_REFUSED,
                              "latency \"sender\" does not go with the SimGrid option %s",
                              network->config[i].name);
    return TW_OK;
}

/* Lanes of different streams are told apart by mailbox too. */
static tw_status accepts_streams(const struct tw_step_job *job, struct tw_err *err)
{
    int first[TW_RANK_STREAMS_MAX + 1];
    tw_status status = tw_streams_check(job, err);
    if (status || tw_streams_exchanging(job) <= 1)
        return status;
    tw_streams_slots(job, first);
    if (first[TW_RANK_STREAMS_MAX] > LANES_MAX)
        return tw_err_set(err, TW_REFUSED, "simgrid prices at most %d lanes; all streams have %d",
                          LANES_MAX, first[TW_RANK_STREAMS_MAX]);
    return TW_OK;
}

static tw_status accepts(const struct tw_step_job *job, struct tw_err *err)
{
    tw_status status = tw_platform_check(job->platform, err);
    if (!status && job->network->curve)
        status = tw_curve_check(job->network->curve, err);
    if (!status)
        status = accepts_latency(job->network, err);
    if (!status)
        status = tw_simgrid_accepts_changes(job, err);
    if (!status)
        status = accepts_streams(job, err);
    for (int i = 0; i < job->count && !status; i++) {
        const struct tw_algorithm *algorithm = job->items[i].algorithm;
        if (algorithm && tw_action_lanes(&job->items[i]) > LANES_MAX)
            status = tw_err_set(err, TW_REFUSED, "simgrid prices at most %d lanes; %s %s has %d",
                                LANES_MAX, tw_request_name(algorithm->kind), algorithm->member.name,
                                tw_action_lanes(&job->items[i]));
    }
    return status;
}

struct simulation {
    const struct tw_step_job *job;
    struct tw_simgrid_result result;
    size_t progress_B, end_B, hosts_B;
};

static void simulate(void *context, int descriptor)
{
    struct simulation *simulation = context;
    struct tw_simgrid_result *result = &simulation->result;
    tw_simgrid_simulate(simulation->job, result);
    const struct tw_message_log *log = simulation->job->messages;
    if (!tw_child_write(descriptor, &result->head, sizeof result->head) ||
        !tw_child_write(descriptor, result->progress, simulation->progress_B) ||
        !tw_child_write(descriptor, result->end_s, simulation->end_B) ||
        (simulation->job->hosts &&
         !tw_child_write(descriptor, simulation->job->hosts, simulation->hosts_B)) ||
        (log && log->count <= log->room &&
         !tw_child_write(descriptor, log->times, log->count * sizeof *log->times)))
        exit(1);
}

/* "ranks 3 4 7 … (12 of 16)" with fate `fate`; returns how many, and one of them. */
static int name_ranks(const struct tw_rank_progress *progress, int ranks, enum tw_rank_fate fate,
                      char *text, size_t size, int *first)
{
    int count = 0;
    size_t used = (size_t)snprintf(text, size, "rank");
    for (int r = 0; r < ranks; r++) {
        if (progress[r].fate != (int32_t)fate)
            continue;
        if (count == 0)
            *first = r;
        if (count < 8 && used < size)
            used += (size_t)snprintf(text + used, size - used, " %d", r);
        count++;
    }
    if (count > 8 && used < size)
        snprintf(text + used, size - used, " … (%d of %d)", count, ranks);
    return count;
}

/* Whether all ranks finished; else which did not, and where the first of them was. */
static tw_status judge_ranks(const struct tw_step_job *job, const struct tw_rank_progress *progress,
                             struct tw_err *err)
{
    /* In this order: a rank that disagrees ends there, which its peers see as a failure. */
    static const struct {
        enum tw_rank_fate fate;
        tw_status status;
        const char *what;
    } fates[] = {
        {TW_RANK_DISAGREED, TW_DEADLOCK, "got another message than its schedule says"},
        {TW_RANK_FAILED, TW_CRASHED, "lost the network or a host"},
        {TW_RANK_UNFINISHED, TW_DEADLOCK, "never finished"},
    };
    char names[160];
    int members = tw_platform_ranks(job->platform) + job->platform->server, first = 0;
    for (size_t i = 0; i < sizeof fates / sizeof fates[0]; i++) {
        if (!name_ranks(progress, members, fates[i].fate, names, sizeof names, &first))
            continue;
        const struct tw_rank_progress *at = &progress[first];
        const struct tw_algorithm *algorithm = job->items[at->item].algorithm;
        char lane[24] = "";
        if (at->lane > 0)
            snprintf(lane, sizeof lane, "lane %d, ", at->lane);
        return tw_err_set(
            err, fates[i].status, "%s %s: rank %d was in %s %s, %sstep %d, waiting for rank %d",
            names, fates[i].what, first, algorithm ? tw_request_name(algorithm->kind) : "work",
            algorithm ? algorithm->member.name : "", lane, at->step, at->peer);
    }
    return TW_OK;
}

static tw_status name_outage(const struct tw_step_job *job, const struct tw_simgrid_head *head,
                             struct tw_err *err)
{
    const struct tw_outage *outage = &job->platform->dynamics->outages[head->outage - 1];
    return tw_err_set(err, TW_CRASHED, "%s %s failed at %.9g s, which ranks met at %.9g s",
                      outage->kind == TW_OUTAGE_LINK ? "link" : "host", outage->name, outage->at_s,
                      job->clock_s + head->lost_s);
}

static tw_status judge(const struct simulation *simulation, const struct tw_child_report *report,
                       size_t size, struct tw_err *err)
{
    const struct tw_simgrid_head *head = &simulation->result.head;
    double limit_s = simulation->job->network->timeout_s;
    if (report->timed_out)
        return tw_err_set(err, TW_TIMEOUT, "the simulation took longer than %g s", limit_s);
    if (report->size < size)
        return tw_err_set(err, TW_CRASHED, "simgrid: %s",
                          *report->message ? report->message : "ended without a word");
    if (head->status)
        return tw_simgrid_refusal(simulation->job, head, err);
    if (head->outage)
        return name_outage(simulation->job, head, err);
    tw_status status = judge_ranks(simulation->job, simulation->result.progress, err);
    if (status)
        return status;
    if (!report->clean)
        return tw_err_set(err, TW_CRASHED, "simgrid: failed at its end: %s", report->message);
    return TW_OK;
}

/* The messages, from behind the rest of the child's answer. */
static tw_status take_messages(const struct simulation *simulation, const unsigned char *from,
                               size_t size, struct tw_err *err)
{
    struct tw_message_log *log = simulation->job->messages;
    uint64_t count = simulation->result.head.messages;
    if (count > log->room)
        return tw_err_set(err, TW_INTERNAL, "simgrid: more messages than the schedules have");
    if (size != count * sizeof *log->times)
        return tw_err_set(err, TW_CRASHED, "simgrid: ended before it had told of all messages");
    log->count = (size_t)count;
    memcpy(log->times, from, size);
    return TW_OK;
}

static tw_status price_once(const struct tw_step_job *job, double *end_s,
                            struct tw_simgrid_head *head, struct tw_err *err)
{
    struct simulation simulation = {.job = job};
    struct tw_simgrid_result *result = &simulation.result;
    struct tw_child_report report;
    size_t ranks = (size_t)tw_platform_ranks(job->platform), size, log_B;
    size_t members = ranks + (size_t)job->platform->server;
    unsigned char *answer = NULL;
    tw_status status = TW_MEMORY;

    simulation.progress_B = members * sizeof *result->progress;
    simulation.end_B = (size_t)job->count * ranks * sizeof *end_s;
    simulation.hosts_B =
        job->hosts ? (size_t)tw_platform_hosts(job->platform) * sizeof *job->hosts : 0;
    size = sizeof result->head + simulation.progress_B + simulation.end_B + simulation.hosts_B;
    /* The child fills its copy of these; the parent's copy receives the answer. */
    log_B = job->messages ? job->messages->room * sizeof *job->messages->times : 0;
    answer = calloc(1, size + log_B);
    result->progress = calloc(members, sizeof *result->progress);
    result->end_s = end_s;
    if (!answer || !result->progress) {
        tw_err_set(err, status, "simgrid: no memory for %zu ranks", ranks);
        goto done;
    }
    status =
        tw_child_run(simulate, &simulation, job->network->timeout_s, answer, size + log_B, &report);
    if (status) {
        tw_err_set(err, status, "simgrid: cannot start a child process");
        goto done;
    }
    memcpy(&result->head, answer, sizeof result->head);
    memcpy(result->progress, answer + sizeof result->head, simulation.progress_B);
    status = judge(&simulation, &report, size, err);
    if (!status)
        memcpy(end_s, answer + sizeof result->head + simulation.progress_B, simulation.end_B);
    if (!status && job->hosts)
        memcpy(job->hosts, answer + size - simulation.hosts_B, simulation.hosts_B);
    if (!status && job->messages)
        status = take_messages(&simulation, answer + size, report.size - size, err);
    *head = result->head;
done:
    free(answer);
    free(result->progress);
    return status;
}

/* A job that needs no facts: no outage can break it, and nothing of it is reckoned. */
static tw_status price_window(const struct tw_step_job *job, double *end_s, struct tw_err *err)
{
    struct tw_simgrid_head head;
    return price_once(job, end_s, &head, err);
}

static tw_status price(const struct tw_step_job *job, double *end_s, struct tw_err *err)
{
    struct tw_simgrid_head head = {0};
    tw_status status = tw_reckon(job, price_window, end_s, &head.extrapolated, err);
    int simulates = !status && !head.extrapolated;
    if (simulates)
        status = price_once(job, end_s, &head, err);
    if (simulates && !status && head.broken) {
        struct tw_network network = *job->network;
        struct tw_step_job full = *job;
        network.full = 1;
        full.network = &network;
        status = price_once(&full, end_s, &head, err);
    }
    if (job->facts)
        *job->facts = (struct tw_step_facts){
            .extrapolated = head.extrapolated, .outage = head.outage, .lost_s = head.lost_s};
    return status;
}

struct survey {
    const struct tw_step_job *job;
    struct tw_simgrid_links links;
};

static void survey(void *context, int descriptor)
{
    struct survey *survey_of = context;
    struct tw_simgrid_links *links = &survey_of->links;
    tw_simgrid_count_links(survey_of->job, links);
    if (!tw_child_write(descriptor, links, sizeof *links) ||
        !tw_child_write(descriptor, links->loads, (size_t)links->count * sizeof *links->loads))
        exit(1);
}

static tw_status links(const struct tw_step_job *job, struct tw_link_load **loads, int *count,
                       struct tw_err *err)
{
    struct survey work = {.job = job};
    struct tw_child_report report;
    size_t head_B = sizeof work.links, room_B = TW_LINKS_MAX * sizeof **loads;
    char *answer = calloc(1, head_B + room_B);
    tw_status status = TW_MEMORY;
    *loads = NULL;
    work.links.loads = calloc(TW_LINKS_MAX, sizeof **loads);
    if (!answer || !work.links.loads) {
        tw_err_set(err, status, "simgrid: no memory for counting links");
        goto done;
    }
    status = tw_child_run(survey, &work, job->network->timeout_s, answer, head_B + room_B, &report);
    if (status) {
        tw_err_set(err, status, "simgrid: cannot start a child process");
        goto done;
    }
    struct tw_simgrid_links told;
    memcpy(&told, answer, sizeof told);
    if (report.timed_out)
        status = tw_err_set(err, TW_TIMEOUT, "counting links took longer than %g s",
                            job->network->timeout_s);
    else if (report.size < head_B || !report.clean)
        status = tw_err_set(err, TW_CRASHED, "simgrid: %s",
                            *report.message ? report.message : "ended without a word");
    else if (told.head.status)
        status = tw_simgrid_refusal(job, &told.head, err);
    if (status)
        goto done;
    *count = told.count;
    memcpy(work.links.loads, answer + head_B, (size_t)told.count * sizeof **loads);
    *loads = work.links.loads;
    work.links.loads = NULL;
done:
    free(answer);
    free(work.links.loads);
    return status;
}

const struct tw_executor tw_executor_simgrid = {
    .member = {.name = "simgrid",
               .summary = "SimGrid: any topology, contention, platform files",
               .source = "Casanova et al., JPDC 2014, doi 10.1016/j.jpdc.2014.06.008"},
    .accepts = accepts,
    .price = price,
    .links = links,
    .look = tw_simgrid_look,
    .energy = 1,
    .match = tw_simgrid_match,
};
