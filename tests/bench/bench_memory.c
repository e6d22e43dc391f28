/* links: tw_train */
/* Peak resident bytes of whole runs, a process each: 64 ranks × 1 M fp32 values under every
 * feedback rule, with Top-K of 1 % (Rand-K where a rule wants a linear compressor), beside what the
 * run says it will hold. Exits 1 where one needs more than 1 GB. bench_memory */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "train/train.h"

enum { RANKS = 64, STEPS = 4, ROWS = 1000, COLUMNS = 1000 };
#define LIMIT_B 1e9

static const struct tw_tensor tensor = {.name = "w", .rows = ROWS, .columns = COLUMNS};

static tw_status open_nothing(const struct tw_workload_setup *setup, void **state,
                              struct tw_err *err)
{
    (void)setup;
    (void)err;
    *state = (void *)(uintptr_t)&tensor;
    return TW_OK;
}

static void close_nothing(void *state)
{
    (void)state;
}

static uint64_t dimension(const void *state)
{
    (void)state;
    return ROWS * COLUMNS;
}

static const struct tw_tensor *tensors(const void *state, int *count)
{
    *count = 1;
    return state;
}

static void start(void *state, void *w)
{
    (void)state;
    for (uint64_t i = 0; i < ROWS * COLUMNS; i++)
        ((float *)w)[i] = 0;
}

/* A counter hash: cheap, and different for every rank, step and value. */
static tw_status gradient(void *state, int rank, uint32_t step, const void *w, void *out,
                          struct tw_err *err)
{
    (void)state;
    (void)err;
    for (uint32_t i = 0; i < ROWS * COLUMNS; i++) {
        uint32_t h = (i * 64 + (uint32_t)rank) * 2654435761U + step * 40503U;
        h = (h ^ h >> 15) * 2246822519U;
        ((float *)out)[i] = ((const float *)w)[i] + (float)(h >> 8) * 0x1p-24F - 0.5F;
    }
    return TW_OK;
}

static const struct tw_workload hashed = {.member = {.name = "hashed",
                                                     .summary = "hashed numbers",
                                                     .source = "",
                                                     .traits = TW_SYNTHETIC_DATA},
                                          .precision = TW_FP32,
                                          .open = open_nothing,
                                          .close = close_nothing,
                                          .dimension = dimension,
                                          .tensors = tensors,
                                          .start = start,
                                          .gradient = gradient};

static tw_status fill(const struct tw_member *member, void *params, struct tw_err *err)
{
    return tw_options_defaults(member->options, member->option_count, params, err);
}

static tw_status run(const struct tw_feedback *rule, uint64_t *said_B, struct tw_err *err)
{
    static struct {
        _Alignas(16) unsigned char compressor[TW_PARAMS_MAX], feedback[TW_PARAMS_MAX],
            optimizer[TW_PARAMS_MAX], workload[TW_PARAMS_MAX];
    } params;
    struct tw_run done = {0};
    struct tw_train_setup setup = {.precision = TW_FP32,
                                   .ranks = RANKS,
                                   .island = 1,
                                   .batch = 1,
                                   .steps = STEPS,
                                   .seed = 1,
                                   .workload = &hashed,
                                   .workload_params = params.workload,
                                   .compressor = tw_compressor_find(
                                       rule->member.needs & TW_LINEAR ? "randk" : "topk", TW_FP32),
                                   .compressor_params = params.compressor,
                                   .feedback = rule,
                                   .feedback_params = params.feedback,
                                   .optimizer = tw_optimizer_find("sgd", TW_FP32),
                                   .optimizer_params = params.optimizer};
    tw_status status = fill(&setup.compressor->member, params.compressor, err);
    if (!status)
        status =
            tw_options_set(setup.compressor->member.options, setup.compressor->member.option_count,
                           params.compressor, "ratio", "0.01", err);
    if (!status)
        status = fill(&rule->member, params.feedback, err);
    if (!status)
        status = fill(&setup.optimizer->member, params.optimizer, err);
    if (!status)
        status =
            tw_options_set(setup.optimizer->member.options, setup.optimizer->member.option_count,
                           params.optimizer, "rate", "0.1", err);
    if (!status)
        status = tw_train_memory(&setup, said_B, err);
    if (!status)
        status = tw_train(&setup, &done, err);
    tw_run_free(&done);
    return status;
}

static int in_child(const struct tw_feedback *rule)
{
    struct tw_err err = {0};
    uint64_t said_B = 0;
    struct rusage usage;
    if (run(rule, &said_B, &err) != TW_OK) {
        fprintf(stderr, "bench_memory: %s: %s\n", rule->member.name, err.text);
        return 2;
    }
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 2;
    const double peak_B = 1024.0 * (double)usage.ru_maxrss; /* Linux counts in KiB */
    printf("%-14s %d ranks x 1 M fp32: peak %.3f GB resident, said %.3f GB\n", rule->member.name,
           RANKS, peak_B / 1e9, (double)said_B / 1e9);
    fflush(stdout);
    return peak_B > LIMIT_B;
}

int main(void)
{
    int over = 0;
    for (int i = 0; i < tw_feedback_count(); i++) {
        const pid_t child = fork();
        int status = 0;
        if (child == 0)
            _exit(in_child(tw_feedback_at(i, TW_FP32)));
        if (child < 0 || waitpid(child, &status, 0) != child)
            return 2;
        if (!WIFEXITED(status) || WEXITSTATUS(status) == 2)
            return 2;
        over |= WEXITSTATUS(status);
    }
    return over;
}
