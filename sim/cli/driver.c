#include "driver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "child.h"

/* The only thing a signal handler can reach. */
static volatile sig_atomic_t interrupted, interruptions;

static void on_signal(int number)
{
    interrupted = number;
    interruptions++;
}

struct state {
    const struct tw_driver *driver;
    struct tw_outcome *outcome;
    struct tw_child *children; /* driver->jobs slots */
    int *order;                /* pieces not yet started, dearest first; −1 once started */
    int left;
    double cost_all, cost_done, started_s;
    int tenths; /* of progress already told */
};

static int running_count(const struct state *state)
{
    int count = 0;
    for (int j = 0; j < state->driver->jobs; j++)
        count += state->children[j].pid != 0;
    return count;
}

static void show_progress(struct state *state)
{
    const struct tw_driver *driver = state->driver;
    int finished = state->outcome->done + state->outcome->failed;
    double share = state->cost_all > 0 ? state->cost_done / state->cost_all : 1;
    double spent = tw_clock_s() - state->started_s;
    double remaining = share > 0 ? spent * (1 - share) / share : 0;
    if (driver->progress == TW_PROGRESS_TTY) {
        fprintf(stderr, "\r\033[K%d of %d points, %.0f %% of the work, about %.0f s left", finished,
                driver->pieces, 100 * share, remaining);
        if (finished == driver->pieces)
            fputc('\n', stderr);
    } else if (driver->progress == TW_PROGRESS_LINES && (int)(10 * share + 1e-9) > state->tenths) {
        state->tenths = (int)(10 * share + 1e-9);
        fprintf(stderr, "%d of %d points, %d0 %% of the work, %.0f s so far\n", finished,
                driver->pieces, state->tenths, spent);
    }
}

/* Whether piece may run beside what runs now. */
static int may_start(const struct state *state, int piece)
{
    const struct tw_driver *driver = state->driver;
    uint64_t memory = driver->memory_B[piece];
    for (int j = 0; j < driver->jobs; j++) {
        const struct tw_child *child = &state->children[j];
        if (!child->pid)
            continue;
        if (!driver->compatible(driver->context, piece, child->piece))
            return 0;
        memory += driver->memory_B[child->piece];
    }
    return !driver->memory_limit_B || memory <= driver->memory_limit_B || running_count(state) == 0;
}

static tw_status start_some(struct state *state, struct tw_err *err)
{
    const struct tw_driver *driver = state->driver;
    for (int j = 0; j < driver->jobs && state->left && !interrupted; j++) {
        if (state->children[j].pid)
            continue;
        for (int i = 0; i < driver->pieces; i++) {
            int piece = state->order[i];
            if (piece < 0 || !may_start(state, piece))
                continue;
            tw_status status = tw_child_start(&state->children[j], driver, piece, err);
            if (status)
                return status;
            state->order[i] = -1;
            state->left--;
            break;
        }
    }
    return TW_OK;
}

static tw_status finish(struct state *state, struct tw_child *child, struct tw_err *err)
{
    const struct tw_driver *driver = state->driver;
    struct tw_failure failure = {0};
    char text[1024];
    tw_status status = TW_OK;
    if (tw_child_reap(child, &failure, text) == TW_OK) {
        status =
            driver->done(driver->context, child->piece,
                         child->answer.size ? child->answer.text : "", child->answer.size, err);
        state->outcome->done++;
    } else {
        if (driver->progress == TW_PROGRESS_TTY)
            fputs("\r\033[K", stderr);
        driver->failed(driver->context, child->piece, &failure);
        state->outcome->failed++;
    }
    state->cost_done += driver->cost[child->piece];
    show_progress(state);
    return status;
}

/* Sleeps until some child speaks, ends or is out of time. */
static void wait_for_children(const struct state *state, struct pollfd *polls)
{
    int count = 0;
    for (int j = 0; j < state->driver->jobs; j++) {
        const struct tw_child *child = &state->children[j];
        if (!child->pid)
            continue;
        polls[count++] = (struct pollfd){.fd = child->out, .events = POLLIN};
        polls[count++] = (struct pollfd){.fd = child->err, .events = POLLIN};
    }
    (void)poll(polls, (nfds_t)count, 200); /* EINTR: a signal, looked at by the caller */
}

static tw_status serve_children(struct state *state, struct tw_err *err)
{
    for (int j = 0; j < state->driver->jobs; j++) {
        struct tw_child *child = &state->children[j];
        if (!child->pid)
            continue;
        if (!child->timed_out && child->deadline_s > 0 && tw_clock_s() > child->deadline_s) {
            child->timed_out = 1;
            tw_child_kill(child);
        }
        if (interruptions > 1)
            tw_child_kill(child);
        if (tw_child_read(child))
            return tw_err_set(err, TW_MEMORY, "out of memory while reading a child's answer");
        if (tw_child_drained(child)) {
            tw_status status = finish(state, child, err);
            if (status)
                return status;
        }
    }
    return TW_OK;
}

static int dearer_first(const void *a, const void *b, void *cost)
{
    int p = *(const int *)a, q = *(const int *)b;
    const double *c = cost;
    if (c[p] != c[q])
        return c[p] < c[q] ? 1 : -1;
    return p < q ? -1 : 1; /* equal costs in sweep order */
}

static void order_by_cost(struct state *state)
{
    const struct tw_driver *driver = state->driver;
    for (int i = 0; i < driver->pieces; i++)
        state->order[i] = i;
    qsort_r(state->order, (size_t)driver->pieces, sizeof *state->order, dearer_first,
            (void *)driver->cost);
}

static tw_status loop(struct state *state, struct pollfd *polls, struct tw_err *err)
{
    tw_status status = TW_OK;
    while (!status) {
        status = start_some(state, err);
        if (status || running_count(state) == 0)
            break;
        wait_for_children(state, polls);
        status = serve_children(state, err);
    }
    return status;
}

static void end_children(struct state *state)
{
    for (int j = 0; state->children && j < state->driver->jobs; j++) {
        struct tw_child *child = &state->children[j];
        struct tw_failure failure;
        char text[1024];
        if (child->pid) {
            tw_child_kill(child);
            (void)tw_child_reap(child, &failure, text);
        }
        tw_child_release(child);
    }
}

tw_status tw_driver_run(const struct tw_driver *driver, struct tw_outcome *outcome,
                        struct tw_err *err)
{
    struct state state = {.driver = driver, .outcome = outcome, .left = driver->pieces};
    struct sigaction action = {.sa_handler = on_signal}, old_int, old_term;
    struct pollfd *polls = calloc(2 * (size_t)driver->jobs, sizeof *polls);
    tw_status status = TW_MEMORY;
    state.children = calloc((size_t)driver->jobs, sizeof *state.children);
    state.order = calloc((size_t)driver->pieces + 1, sizeof *state.order);
    *outcome = (struct tw_outcome){0};
    interrupted = interruptions = 0;
    sigaction(SIGINT, &action, &old_int);
    sigaction(SIGTERM, &action, &old_term);
    if (!polls || !state.children || !state.order) {
        tw_err_set(err, TW_MEMORY, "out of memory");
        goto done;
    }
    for (int j = 0; j < driver->jobs; j++)
        state.children[j].out = state.children[j].err = -1;
    for (int i = 0; i < driver->pieces; i++)
        state.cost_all += driver->cost[i];
    state.started_s = tw_clock_s();
    order_by_cost(&state);
    status = loop(&state, polls, err);
done:
    end_children(&state);
    outcome->signal = interrupted;
    sigaction(SIGINT, &old_int, NULL);
    sigaction(SIGTERM, &old_term, NULL);
    free(polls);
    free(state.children);
    free(state.order);
    return status;
}
