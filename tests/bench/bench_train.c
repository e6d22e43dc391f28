/* links: tw_train */
/* Seconds of thread CPU time for whole runs: ten thousand steps of 32 ranks on the quadratic of 100
 * values with noise, per method.
 *     bench_train */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "train/train.h"

enum { RANKS = 32, STEPS = 10000 };

struct members {
    _Alignas(16) unsigned char workload[TW_PARAMS_MAX],
        compressor[TW_PARAMS_MAX], feedback[TW_PARAMS_MAX], optimizer[TW_PARAMS_MAX];
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* "name=value name=value" onto the defaults. */
static tw_status fill(const struct tw_member *member, const char *texts, void *params,
                      struct tw_err *err)
{
    char copy[256], *rest = NULL;
    tw_status status = tw_options_defaults(member->options, member->option_count, params, err);

    snprintf(copy, sizeof copy, "%s", texts);
    for (char *word = strtok_r(copy, " ", &rest); word && status == TW_OK;
         word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        if (!value)
            return tw_err_set(err, TW_INPUT, "%s: no value", word);
        *value++ = '\0';
        status = tw_options_set(member->options, member->option_count, params, word, value, err);
    }
    return status;
}

static tw_status measure(enum tw_precision precision, const char *const method[4],
                         struct tw_err *err)
{
    static struct members params;
    struct tw_run run = {0};
    struct tw_train_setup setup = {.precision = precision,
                                   .ranks = RANKS,
                                   .island = 1,
                                   .batch = 1,
                                   .steps = STEPS,
                                   .evaluate = 100,
                                   .seed = 1,
                                   .workload = tw_workload_find("quadratic", precision),
                                   .workload_params = params.workload,
                                   .compressor = tw_compressor_find(method[0], precision),
                                   .compressor_params = params.compressor,
                                   .feedback = tw_feedback_find(method[2], precision),
                                   .feedback_params = params.feedback,
                                   .optimizer = tw_optimizer_find("sgd", precision),
                                   .optimizer_params = params.optimizer};
    tw_status status = fill(&setup.workload->member,
                            "kind=diagonal dimension=100 columns=5 noise=1", params.workload, err);
    if (!status)
        status = fill(&setup.compressor->member, method[1], params.compressor, err);
    if (!status)
        status = fill(&setup.feedback->member, method[3], params.feedback, err);
    if (!status)
        status = fill(&setup.optimizer->member, "rate=0.05", params.optimizer, err);
    const double begin = now();
    if (!status)
        status = tw_train(&setup, &run, err);
    if (!status)
        printf("fp%d  %-8s %-8s %d ranks, d = 100, %d steps: %.2f s  (f - f* %.4g)\n",
               precision == TW_FP32 ? 32 : 64, method[0], method[2], RANKS, STEPS, now() - begin,
               run.curve[run.curve_count - 1].loss);
    tw_run_free(&run);
    return status;
}

int main(void)
{
    static const char *const methods[][4] = {
        {"none", "", "none", ""},
        {"topk", "ratio=0.1", "ef14", ""},
        {"topk", "ratio=0.1", "ef21m", ""},
        {"topk", "ratio=0.1", "ef21plus", ""},
        {"randk", "ratio=0.1", "ef21m", ""},
        {"arctopk", "ratio=0.1", "ef21m", ""},
    };
    struct tw_err err = {0};

    for (size_t i = 0; i < 2 * sizeof methods / sizeof methods[0]; i++) {
        if (measure(i % 2 ? TW_FP64 : TW_FP32, methods[i / 2], &err) != TW_OK) {
            fprintf(stderr, "bench_train: %s\n", err.text);
            return 1;
        }
    }
    return 0;
}
