/* Builds the platform in a child, with profiles, background traffic and failures on it, and ends:
 * what SimGrid or the actors there would refuse is known before anything runs. 10 to 20 ms for a
 * thousand hosts. */
#include "simgrid_look.h"

#include <fnmatch.h>
#include <simgrid/host.h>
#include <stdlib.h>
#include <string.h>
#include "fabric.h"
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

/* What the child has told, in `size` bytes of an answer that begins with its head. */
static tw_status judge(const struct tw_step_job *job, const struct tw_child_report *report,
                       const struct tw_simgrid_head *head, size_t size, struct tw_err *err)
{
    if (report->timed_out)
        return tw_err_set(err, TW_TIMEOUT, "building the platform took longer than %g s",
                          job->network->timeout_s);
    if (report->size >= sizeof *head && head->status)
        return tw_simgrid_refusal(job, head, err);
    if (report->size < size)
        return tw_err_set(err, TW_CRASHED, "simgrid: %s",
                          *report->message ? report->message : "ended without a word");
    return TW_OK;
}

tw_status tw_simgrid_look(const struct tw_step_job *job, struct tw_err *err)
{
    struct tw_simgrid_head head = {0};
    struct tw_child_report report;
    tw_status status =
        tw_child_run(look, (void *)job, job->network->timeout_s, &head, sizeof head, &report);
    if (status)
        return tw_err_set(err, status, "simgrid: cannot start a child process");
    return judge(job, &report, &head, sizeof head, err);
}

struct matching {
    const struct tw_step_job *job;
    const char *pattern;
    unsigned char *matches;
};

/* In the child: its copy of the matches is filled and written. */
static void match(void *context, int descriptor)
{
    const struct matching *matching = context;
    const struct tw_step_job *job = matching->job;
    struct tw_simgrid_head head = {.status = TW_MEMORY};
    struct tw_engine engine = {0};
    sg_host_t *hosts = NULL;
    int count = tw_platform_hosts(job->platform);
    if (tw_engine_start(&engine, 1, job->network, 0)) {
        head.status = TW_OK;
        hosts = tw_engine_hosts(job->platform, &head);
    }
    for (int h = 0; hosts && h < count; h++)
        matching->matches[h] = fnmatch(matching->pattern, sg_host_get_name(hosts[h]), 0) == 0;
    int told = tw_child_write(descriptor, &head, sizeof head) &&
               (!hosts || tw_child_write(descriptor, matching->matches, (size_t)count));
    free(hosts);
    tw_engine_forget(&engine);
    if (!told)
        exit(1);
}

tw_status tw_simgrid_match(const struct tw_step_job *job, const char *pattern,
                           unsigned char *matches, struct tw_err *err)
{
    struct matching matching = {job, pattern, matches};
    struct tw_child_report report;
    struct tw_simgrid_head head = {0};
    size_t count = (size_t)tw_platform_hosts(job->platform), size = sizeof head + count;
    unsigned char *answer = calloc(1, size);
    if (!answer)
        return tw_err_set(err, TW_MEMORY, "simgrid: no memory for %zu hosts", count);
    tw_status status =
        tw_child_run(match, &matching, job->network->timeout_s, answer, size, &report);
    if (status) {
        tw_err_set(err, status, "simgrid: cannot start a child process");
    } else {
        memcpy(&head, answer, sizeof head);
        status = judge(job, &report, &head, size, err);
    }
    if (!status)
        memcpy(matches, answer + sizeof head, count);
    free(answer);
    return status;
}
