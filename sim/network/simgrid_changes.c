/* Two things that SimGrid 3.32 has no exact way for, and where there is another.
 *
 * A latency that changes while a message's latency passes lets the message begin at once (Lazy) or
 * never (Full): so latencies change only where the sender waits for them.
 * The C interface limits the rate of no flow: a link of that bandwidth in series does, exactly
 * (max-min has no other notion of a bound), but it needs a route of its own, and weighs nothing
 * only where flows do not weigh by their links. */
#include "simgrid_changes.h"

#include <string.h>

/* Refused, at the place of the dynamics. */
static tw_status refuse(const struct tw_dynamics *dynamics, int place, const char *text,
                        const char *hint, struct tw_err *err)
{
    tw_err_set(err, TW_REFUSED, "%s", text);
    tw_err_hint(err, TW_REFUSED, "%s", hint);
    if (err && dynamics->places)
        tw_err_at(err, dynamics->places[place].file, dynamics->places[place].line);
    return TW_REFUSED;
}

/* 1: equal nodes at one switch, up and down links of their own. */
static int has_plain_routes(const struct tw_platform *platform)
{
    int plain = !platform->file && !platform->fabric && !platform->node_bandwidth_Bps &&
                !platform->node_latency_s;
    for (int i = 0; i < platform->attribute_count; i++) {
        const char *name = platform->attributes[i].name;
        plain &= strncmp(name, "bb_", strlen("bb_")) == 0 ||
                 strncmp(name, "loopback_", strlen("loopback_")) == 0 || strcmp(name, "core") == 0;
    }
    return plain;
}

static int weighs_links(const struct tw_network *network)
{
    int weighs = network->model == TW_MODEL_TCP;
    for (int i = 0; i < network->config_count; i++)
        weighs |= strcmp(network->config[i].name, "network/weight-S") == 0 ||
                  strcmp(network->config[i].name, "network/model") == 0;
    return weighs;
}

static tw_status accepts_rate(const struct tw_step_job *job, int i, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = job->platform->dynamics;
    int place = dynamics->profile_count + i;
    if (!has_plain_routes(job->platform))
        return refuse(dynamics, place,
                      "background: a rate is a link of its own in series, which only a "
                      "<cluster> of equal nodes has room for",
                      "without rate=, traffic takes what sharing leaves it; flows=\"3\" takes more",
                      err);
    if (weighs_links(job->network))
        return refuse(dynamics, place,
                      "background: a rate is a link of its own in series, by which flows weigh "
                      "less in the model tcp",
                      "<network model=\"ideal\"/> or \"ethernet\", without network/weight-S", err);
    return TW_OK;
}

tw_status tw_simgrid_accepts_changes(const struct tw_step_job *job, struct tw_err *err)
{
    const struct tw_dynamics *dynamics = job->platform->dynamics;
    for (int i = 0; dynamics && i < dynamics->profile_count; i++)
        if (dynamics->profiles[i].of == TW_PROFILE_LATENCY &&
            job->network->latency != TW_LATENCY_SENDER)
            return refuse(dynamics, i,
                          "profile: a latency that changes with time is priced only where the "
                          "sender waits for it",
                          "<network latency=\"sender\"/>, with the models ideal and ethernet", err);
    tw_status status = TW_OK;
    for (int i = 0; dynamics && i < dynamics->background_count && !status; i++)
        if (dynamics->backgrounds[i].rate_Bps > 0)
            status = accepts_rate(job, i, err);
    return status;
}
