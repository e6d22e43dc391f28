/* Measuring this machine's kernels: the parts of `thinwire bench`. */
#ifndef TW_CLI_BENCH_H
#define TW_CLI_BENCH_H

#include "base/device.h"
#include "base/err.h"

/* How long is measured: every figure is the least of `rounds` medians of `samples`, each of which
 * lasts at least `sample_s` of this thread's processor time; vectors reach 2^largest values. */
struct tw_bench_effort {
    double sample_s;
    int samples;
    int largest;
    int rounds;
};

/* Median seconds of one run of `run(context)`, by the thread's processor clock. */
double tw_bench_seconds(const struct tw_bench_effort *effort, void (*run)(void *), void *context);

/* Seconds of a kernel of n elements at every size, with the first and the second share selected.
 * Zeroed: nothing was measured yet. */
struct tw_bench_figures {
    double first_s[TW_DEVICE_POINTS], second_s[TW_DEVICE_POINTS], launch_s;
};

/* Measures every kernel of base/work.h once more by running the code that is charged with it, keeps
 * the least of every figure in figures (TW_KERNEL_COUNT of them) and fills device->kernels and
 * combine_sB by them: other programs make figures larger, never smaller. TW_MEMORY, or what a
 * member reports. */
tw_status tw_bench_kernels(const struct tw_bench_effort *effort, struct tw_bench_figures *figures,
                           struct tw_device *device, struct tw_err *err) TW_MUST_CHECK;

/* One whole compressor on one bucket and one rank: what the device's table predicts for the work it
 * reports, and what it takes. */
struct tw_bench_whole {
    const char *compressor, *options; /* "ratio=0.01" */
    double predicted_s, measured_s;   /* measured: the least of what it was, unless 0, and now */
};
tw_status tw_bench_compressor(const struct tw_bench_effort *effort, const struct tw_device *device,
                              struct tw_bench_whole *whole, struct tw_err *err) TW_MUST_CHECK;

#endif
