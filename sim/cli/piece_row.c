/* From a run and its price to the row of points.csv, its rows of steps.csv, and what they cost. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include "child.h"
#include "piece.h"
#include "../results/results.h"

/* Everything a row is made of. */
struct facts {
    const struct tw_point *point;
    const struct tw_keys *keys;
    const struct tw_run *run;
    const struct tw_priced *priced;
};

/* JSON has no NaN: what does not apply is null. */
static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *text(const char *value)
{
    return value && *value ? json_string(value) : json_null();
}

/* text: room for "sampled:N". */
static const char *data_source(const struct tw_point *point, char text[32])
{
    const struct tw_member *workload = point->workload.member;
    const struct tw_workload *ops = tw_workload_find(workload->name, TW_FP32);
    int sampled = ops ? tw_workload_sampled(ops, point->workload.params) : 0;
    if (sampled > 0) {
        snprintf(text, 32, "sampled:%d", sampled);
        return text;
    }
    if (workload->traits & TW_SIZES_ONLY)
        return "sizes";
    if (workload->traits & TW_RECORDED_DATA)
        return "recorded";
    return workload->traits & TW_SYNTHETIC_DATA ? "synthetic" : "real";
}

/* The member's option called "ratio", or NAN. */
static double ratio(const struct tw_choice *choice)
{
    for (size_t i = 0; i < choice->member->option_count; i++) {
        const struct tw_option *row = &choice->member->options[i];
        if (!strcmp(row->name, "ratio") && row->type == TW_OPTION_REAL) {
            double value;
            const unsigned char *params = choice->params;
            memcpy(&value, params + row->offset, sizeof value);
            return value;
        }
    }
    return NAN;
}

void tw_piece_collectives(uint64_t used, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++) {
        int named = 0;
        for (int a = 0; a < tw_algorithm_count() && length < size; a++) {
            const struct tw_algorithm *algorithm = tw_algorithm_at(a);
            if (!(used >> a & 1U) || (int)algorithm->kind != kind)
                continue;
            if (named)
                length +=
                    (size_t)snprintf(out + length, size - length, "+%s", algorithm->member.name);
            else
                length +=
                    (size_t)snprintf(out + length, size - length, "%s%s=%s", length ? ";" : "",
                                     tw_request_name(algorithm->kind), algorithm->member.name);
            named = 1;
        }
        if (used & TW_USED_TABLE(kind) && length < size)
            length += (size_t)snprintf(out + length, size - length, "%s%s=msccl", length ? ";" : "",
                                       tw_request_name((enum tw_request_kind)kind));
    }
}

/* An outage ends the run before the data plane does. */
static void add_status(const struct facts *facts, json_t *row)
{
    static const char *const broken[] = {"ok", "failed_link", "failed_host"};
    const struct tw_breakdown *breakdown = &facts->priced->breakdown;
    int diverged = facts->run->diverged && !breakdown->kind;
    json_object_set_new(row, "status",
                        json_string(diverged ? "diverged" : broken[breakdown->kind]));
    json_object_set_new(row, "status_step",
                        breakdown->kind ? json_integer(breakdown->step)
                        : diverged      ? json_integer(facts->run->diverged_step)
                                        : json_null());
}

static void add_identity(const struct facts *facts, json_t *row)
{
    const struct tw_point *point = facts->point;
    char joined[256], network[80], source[32];
    static const char *const models[] = {"ideal", "ethernet", "tcp"};
    tw_piece_collectives(facts->priced->used, joined, sizeof joined);
    snprintf(network, sizeof network, "%s:%s", point->executor->name, models[point->network_model]);
    json_object_set_new(row, "key", json_string(facts->keys->key));
    json_object_set_new(row, "scenario", json_string(point->scenario));
    json_object_set_new(row, "method", json_string(point->method));
    json_object_set_new(row, "compressor", json_string(point->compressor.member->name));
    json_object_set_new(row, "feedback", json_string(point->feedback.member->name));
    json_object_set_new(row, "collective", text(joined));
    json_object_set_new(row, "network", json_string(network));
    json_object_set_new(row, "nodes", json_integer(point->nodes));
    json_object_set_new(row, "ranks", json_integer(point->nodes * point->ranks_per_node));
    json_object_set_new(row, "island", json_integer(point->island));
    json_object_set_new(row, "bandwidth_Bps", real(point->bandwidth_Bps));
    json_object_set_new(row, "latency_s", real(point->latency_s));
    json_object_set_new(row, "ratio", real(ratio(&point->compressor)));
    json_object_set_new(row, "dimension", json_integer((json_int_t)facts->run->trace.dimension));
    json_object_set_new(row, "rep", json_integer(point->repetition));
    json_object_set_new(row, "seed", json_integer((json_int_t)point->seed));
    add_status(facts, row);
    json_object_set_new(row, "compute_source",
                        json_string(point->device_measured ? "measured" : "model"));
    json_object_set_new(row, "data_source", json_string(data_source(point, source)));
}

/* Mean of one field over the steps. */
#define STEP_MEAN(field) (sum_##field / (steps ? steps : 1))

static void add_times(const struct facts *facts, json_t *row)
{
    const struct tw_priced *priced = facts->priced;
    uint32_t steps = priced->step_count;
    double sum_step_time_s = 0, sum_compute_s = 0, sum_compress_s = 0, sum_transfer_s = 0,
           sum_exposed_s = 0, sum_wait_s = 0, sum_sent_B_per_rank = 0, sum_messages_per_rank = 0,
           squares = 0;
    for (uint32_t t = 0; t < steps; t++) {
        const struct tw_step_times *s = &priced->steps[t];
        sum_step_time_s += s->step_time_s;
        sum_compute_s += s->compute_s;
        sum_compress_s += s->compress_s;
        sum_transfer_s += s->transfer_s;
        sum_exposed_s += s->exposed_s;
        sum_wait_s += s->wait_s;
        sum_sent_B_per_rank += s->sent_B_per_rank;
        sum_messages_per_rank += s->messages_per_rank;
    }
    for (uint32_t t = 0; t < steps; t++) {
        double off = priced->steps[t].step_time_s - STEP_MEAN(step_time_s);
        squares += off * off;
    }
    int ranks = facts->point->nodes * facts->point->ranks_per_node;
    double dense_B = 2.0 * (ranks - 1) / ranks * 4.0 * (double)facts->run->trace.dimension;
    json_object_set_new(row, "steps", json_integer(steps));
    json_object_set_new(row, "step_time_s", real(STEP_MEAN(step_time_s)));
    json_object_set_new(row, "step_time_sd_s", real(steps > 1 ? sqrt(squares / (steps - 1)) : 0));
    json_object_set_new(row, "compute_s", real(STEP_MEAN(compute_s)));
    json_object_set_new(row, "compress_s", real(STEP_MEAN(compress_s)));
    json_object_set_new(row, "transfer_s", real(STEP_MEAN(transfer_s)));
    json_object_set_new(row, "exposed_s", real(STEP_MEAN(exposed_s)));
    json_object_set_new(row, "wait_s", real(STEP_MEAN(wait_s)));
    json_object_set_new(row, "sent_B_per_rank", real(STEP_MEAN(sent_B_per_rank)));
    json_object_set_new(row, "messages_per_rank", real(STEP_MEAN(messages_per_rank)));
    json_object_set_new(row, "wire_ratio",
                        dense_B > 0 ? real(STEP_MEAN(sent_B_per_rank) / dense_B) : json_null());
    json_object_set_new(row, "memory_B_per_rank",
                        real((double)facts->run->trace.memory_B_per_rank));
    json_object_set_new(row, "total_time_s", real(steps ? priced->steps[steps - 1].end_s : 0));
}

static double time_at(const struct facts *facts, uint32_t step)
{
    return step && step <= facts->priced->step_count ? facts->priced->steps[step - 1].end_s : 0;
}

static void add_outcome(const struct facts *facts, json_t *row)
{
    const struct tw_run *run = facts->run;
    const struct tw_curve_row *last = NULL, *reached = NULL;
    for (int i = 0; i < run->curve_count; i++) {
        last = &run->curve[i];
        if (!reached && facts->point->has_target && last->loss <= facts->point->target_loss)
            reached = last;
    }
    int sound = last && !run->diverged; /* else it is of a step before the end */
    json_object_set_new(row, "final_loss", real(sound ? last->loss : NAN));
    json_object_set_new(row, "final_accuracy", real(sound ? last->accuracy : NAN));
    json_object_set_new(row, "final_distance", real(sound ? last->distance : NAN));
    json_object_set_new(row, "target_loss",
                        facts->point->has_target ? real(facts->point->target_loss) : json_null());
    json_object_set_new(row, "steps_to_target",
                        reached ? json_integer(reached->step) : json_null());
    json_object_set_new(row, "time_to_target_s",
                        reached ? real(time_at(facts, reached->step)) : json_null());
}

static json_t *step_rows(const struct facts *facts)
{
    json_t *rows = json_array();
    double sent_B = 0;
    uint32_t t = 0;
    for (int i = 0; i < facts->run->curve_count; i++) {
        const struct tw_curve_row *at = &facts->run->curve[i];
        for (; t < at->step && t < facts->priced->step_count; t++)
            sent_B += facts->priced->steps[t].sent_B_per_rank;
        json_t *row = json_object();
        json_object_set_new(row, "key", json_string(facts->keys->key));
        json_object_set_new(row, "step", json_integer(at->step));
        json_object_set_new(row, "time_s", real(time_at(facts, at->step)));
        json_object_set_new(row, "step_time_s",
                            at->step ? real(facts->priced->steps[at->step - 1].step_time_s)
                                     : json_null());
        json_object_set_new(row, "loss", real(at->loss));
        json_object_set_new(row, "accuracy", real(at->accuracy));
        json_object_set_new(row, "distance", real(at->distance));
        json_object_set_new(row, "gradient_norm2", real(at->gradient_norm2));
        json_object_set_new(row, "sent_B_per_rank", real(sent_B));
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *cost_row(const struct facts *facts, int reused, double data_s, double time_s)
{
    struct rusage self, children;
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    long peak_KiB = self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss : children.ru_maxrss;
    json_t *cost = json_object();
    json_object_set_new(cost, "key", json_string(facts->keys->key));
    json_object_set_new(cost, "data_key", json_string(facts->keys->data_key));
    json_object_set_new(cost, "data_wall_s", real(reused ? 0 : data_s));
    json_object_set_new(cost, "data_reused", json_integer(reused));
    json_object_set_new(cost, "time_wall_s", real(time_s));
    json_object_set_new(cost, "peak_rss_B", real((double)peak_KiB * 1024));
    return cost;
}

/* How the time plane came by its numbers; told in the manifest, and warned about. */
static json_t *pricing_facts(const struct tw_priced *priced)
{
    json_t *facts = json_object();
    json_object_set_new(facts, "steps_simulated", json_integer(priced->simulated));
    json_object_set_new(facts, "steps_extrapolated", json_integer(priced->extrapolated));
    json_object_set_new(facts, "incast", json_integer(priced->incast));
    return facts;
}

static json_t *link_rows(const struct tw_priced *priced)
{
    json_t *rows = json_array();
    int timed = priced->step_count && priced->steps[priced->step_count - 1].end_s > 0;
    for (int i = 0; i < priced->link_count; i++) {
        const struct tw_link_load *link = &priced->links[i];
        json_t *row = json_object();
        json_object_set_new(row, "link", json_string(link->name));
        json_object_set_new(row, "bandwidth_Bps", real(link->bandwidth_Bps));
        json_object_set_new(row, "carried_B", real(link->carried_B));
        json_object_set_new(row, "utilisation", timed ? real(link->utilisation) : json_null());
        json_array_append_new(rows, row);
    }
    return rows;
}

static json_t *energy_rows(const struct tw_priced *priced)
{
    json_t *rows = json_array();
    double end_s = priced->step_count ? priced->steps[priced->step_count - 1].end_s : 0;
    for (int h = 0; h < priced->host_count; h++) {
        const struct tw_host_energy *host = &priced->hosts[h];
        json_t *row = json_object();
        json_object_set_new(row, "host", json_string(host->name));
        json_object_set_new(row, "idle_W", real(host->idle_W));
        json_object_set_new(row, "busy_W", real(host->busy_W));
        json_object_set_new(row, "cores", json_integer(host->cores));
        json_object_set_new(row, "busy_s", real(host->busy_s));
        json_object_set_new(row, "busy_share",
                            end_s > 0 ? real(host->busy_s / (host->cores * end_s)) : json_null());
        json_object_set_new(row, "joules", real(host->joules));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* Joules come from a run of their own, so that a row is the same whether they are asked for or not.
 * Its steps must end when they do without. */
static tw_status count_energy(const struct tw_pricing *pricing, const struct tw_trace *trace,
                              const struct tw_priced *priced, json_t *row, struct tw_err *err)
{
    struct tw_pricing counting = *pricing;
    struct tw_priced counted = {0};
    counting.energy = 1;
    counting.links = 0;
    tw_status status = tw_price_trace(&counting, trace, NULL, NULL, &counted, err);
    for (uint32_t t = 0; t < counted.step_count && !status; t++) {
        double with_s = counted.steps[t].end_s, without_s = priced->steps[t].end_s;
        if (!(fabs(with_s - without_s) <= 1e-9 * without_s))
            status = tw_err_set(err, TW_REFUSED,
                                "step %u ends at %.12g s, and where joules are counted at %.12g s",
                                t + 1, without_s, with_s);
    }
    if (!status && json_object_set_new(row, "energy", energy_rows(&counted)))
        status = TW_MEMORY;
    tw_priced_free(&counted);
    return status;
}

static json_t *whole_row(const struct facts *facts, json_t *cost, int links)
{
    json_t *row = json_object(), *point = json_object();
    add_identity(facts, point);
    if (!facts->priced->breakdown.kind) { /* else neither times nor an outcome */
        add_times(facts, point);
        add_outcome(facts, point);
    }
    json_object_set_new(row, "key", json_string(facts->keys->key));
    json_object_set_new(row, "point", point);
    json_object_set_new(row, "steps",
                        facts->priced->breakdown.kind ? json_array() : step_rows(facts));
    if (links)
        json_object_set_new(row, "links", link_rows(facts->priced));
    json_object_set_new(row, "cost", cost);
    json_object_set_new(row, "pricing", pricing_facts(facts->priced));
    return row;
}

tw_status tw_piece_row(const struct tw_point *point, const struct tw_keys *keys,
                       const char *directory, int links, int energy, json_t **row,
                       struct tw_err *err)
{
    struct tw_run run = {0};
    struct tw_priced priced = {0};
    struct tw_piece_pricing pricing;
    int reused = 0;
    double start = tw_clock_s();
    tw_status status = tw_piece_price_setup(point, &pricing, err);
    if (!status)
        status = tw_piece_run(point, directory, keys->data_key, &run, &reused, err);
    double middle = tw_clock_s();
    pricing.pricing.links = links;
    if (!status)
        status = tw_price_trace(&pricing.pricing, &run.trace, NULL, NULL, &priced, err);
    if (!status && priced.step_count && !isfinite(priced.steps[priced.step_count - 1].end_s))
        status = tw_err_set(err, TW_RANGE, "the simulated time is not finite");
    int broken = status == TW_CRASHED && priced.breakdown.kind;
    if (!status || broken) {
        struct facts facts = {point, keys, &run, &priced};
        *row = whole_row(&facts, cost_row(&facts, reused, middle - start, tw_clock_s() - middle),
                         links);
        status = *row ? TW_OK : TW_MEMORY;
        if (!status && energy && !broken)
            status = count_energy(&pricing.pricing, &run.trace, &priced, *row, err);
        if (*row && broken)
            json_object_set_new(
                *row, "failure",
                json_sprintf("%s%s%s", err->text, *err->hint ? "; " : "", err->hint));
    }
    tw_priced_free(&priced);
    tw_run_free(&run);
    return status;
}
