/* Builds the platform in a child, with profiles, background traffic and failures on it, and ends:
 * what SimGrid or the actors there would refuse is known before anything runs. 10 to 20 ms for a
 * thousand hosts. */
#include "simgrid_look.h"

#include <stdlib.h>
#include <string.h>
#include "platform.h"
#include "simgrid_child.h"
#include "simgrid_engine.h"
#include "simgrid_weather.h"

tw_status tw_simgrid_refusal(const struct tw_step_job *job, const struct tw_simgrid_head *head,
                             struct tw_err *err)
{
    const struct tw_dynamics *dynamics = job->platform->dynamics;
    tw_status status = (tw_status)head->status;
    (void)tw_err_set(err, status, "simgrid: %s", head->text);
    (void)tw_err_hint(err, status, "%s", head->hint);
    if (head->place && dynamics && dynamics->places) {
        const struct tw_written *place = &dynamics->places[head->place - 1];
        tw_err_set(err, status, "%s", head->text); /* of an element, not of the simulator */
        tw_err_hint(err, status, "%s", head->hint);
        tw_err_at(err, place->file, place->line);
    }
    return status;
}

/* In the child: the world of simgrid_run.c without ranks. */
static void look(void *context, int descriptor)
{
    const struct tw_step_job *job = context;
    struct tw_simgrid_result result = {0};
    struct tw_world world = {.job = job, .result = &result};
    struct tw_engine engine = {0};
    result.head.status = TW_MEMORY;
    if (tw_engine_start(&engine, 1, job->network, 0)) {
        result.head.status = TW_OK;
        world.hosts = tw_engine_hosts(job->platform, &result.head);
        if (world.hosts)
            (void)tw_weather_open(&world);
    }
    int told = tw_child_write(descriptor, &result.head, sizeof result.head);
    tw_weather_close(&world);
    free(world.hosts);
    tw_engine_forget(&engine);
    if (!told)
        exit(1);
}

tw_status tw_simgrid_look(const struct tw_step_job *job, struct tw_err *err)
{
    struct tw_simgrid_head head = {0};
    struct tw_child_report report;
    tw_status status =
        tw_child_run(look, (void *)job, job->network->timeout_s, &head, sizeof head, &report);
    if (status)
        return tw_err_set(err, status, "simgrid: cannot start a child process");
    if (report.timed_out)
        return tw_err_set(err, TW_TIMEOUT, "building the platform took longer than %g s",
                          job->network->timeout_s);
    if (report.size < sizeof head)
        return tw_err_set(err, TW_CRASHED, "simgrid: %s",
                          *report.message ? report.message : "ended without a word");
    return head.status ? tw_simgrid_refusal(job, &head, err) : TW_OK;
}
