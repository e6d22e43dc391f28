/* links: tw_workload tw_base */
/* Seconds of thread CPU time for one epoch of gradients (60,000 samples in batches of 32) and one
 * evaluation (60,000 + 10,000 samples) of softmax, mlp and cnn on Fashion-MNIST,
 * of the transformer on jargon (60,000 windows of 64 bytes), and for one
 * synthetic gradient of a million values. bench_workload */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "workload/workload.h"

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static tw_status run(const struct tw_workload *workload, void *state, uint32_t steps, void *w,
                     void *out, struct tw_err *err)
{
    const double begin = now();
    double middle, loss, accuracy;

    workload->start(state, w);
    for (uint32_t step = 0; step < steps; step++) {
        const tw_status status = workload->gradient(state, 0, step, w, out, err);
        if (status != TW_OK)
            return status;
    }
    middle = now();
    printf("%-9s fp%d  %u gradients %.3f s", workload->member.name,
           workload->precision == TW_FP32 ? 32 : 64, steps, middle - begin);
    if (workload->loss) {
        const tw_status status = workload->loss(state, w, &loss, &accuracy, err);
        if (status != TW_OK)
            return status;
        printf("  evaluation %.3f s (loss %.4f)", now() - middle, loss);
    }
    printf("\n");
    return TW_OK;
}

static tw_status measure(const char *name, enum tw_precision precision, struct tw_err *err)
{
    const struct tw_workload *workload = tw_workload_find(name, precision);
    const struct tw_member *member = &workload->member;
    const int classifies = member->traits & TW_HAS_LOSS ? 1 : 0;
    union {
        unsigned char bytes[TW_PARAMS_MAX];
        double align;
    } params = {{0}};
    const struct tw_workload_setup setup = {
        .precision = precision, .ranks = 1, .batch = 32, .steps = 1875, .params = &params};
    void *state = NULL, *w = NULL, *out = NULL;
    const double begin = now();
    tw_status status = tw_options_defaults(member->options, member->option_count, &params, err);

    if (status == TW_OK && !classifies)
        status = tw_options_set(member->options, member->option_count, &params, "dimension",
                                "1000000", err);
    if (status == TW_OK)
        status = workload->open(&setup, &state, err);
    if (status != TW_OK)
        return status;
    printf("%-9s fp%d  open %.3f s\n", name, precision == TW_FP32 ? 32 : 64, now() - begin);
    w = calloc(workload->dimension(state), 8);
    out = calloc(workload->dimension(state), 8);
    status = w && out ? run(workload, state, classifies ? 1875 : 1, w, out, err)
                      : tw_err_set(err, TW_MEMORY, "no memory");
    free(w);
    free(out);
    workload->close(state);
    return status;
}

int main(void)
{
    static const char *const names[] = {"softmax", "mlp", "cnn", "transformer", "synthetic"};
    struct tw_err err = {0};

    for (int i = 0; i < 10; i++) {
        if (measure(names[i / 2], i % 2 ? TW_FP64 : TW_FP32, &err) != TW_OK) {
            fprintf(stderr, "bench_workload: %s\n%s\n", err.text, err.hint);
            return 1;
        }
    }
    return 0;
}
