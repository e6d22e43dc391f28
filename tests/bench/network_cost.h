/* What the benchmarks of sim/network share: processor seconds and memory of a simulation. */
#ifndef TW_BENCH_NETWORK_COST_H
#define TW_BENCH_NETWORK_COST_H

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "unit/network_case.h"

struct cost {
    double processor_s, memory_MB, end_s;
};

static inline double seconds_of(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           1e-6 * (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

/* Runs in a process of its own, whose use (children included) is counted. */
static inline struct cost measure(double (*run)(const struct network_case *),
                                  const struct network_case *c)
{
    struct cost cost = {0};
    struct rusage own, children;
    int pipes[2], ended;
    fflush(NULL); /* else children print it again */
    if (pipe(pipes))
        exit(1);
    pid_t child = fork();
    if (child < 0)
        exit(1);
    if (child == 0) {
        cost.end_s = run(c);
        getrusage(RUSAGE_SELF, &own);
        getrusage(RUSAGE_CHILDREN, &children);
        long most_kB = own.ru_maxrss > children.ru_maxrss ? own.ru_maxrss : children.ru_maxrss;
        cost.processor_s = seconds_of(&own) + seconds_of(&children);
        cost.memory_MB = (double)most_kB * 1024 / 1e6;
        _exit(write(pipes[1], &cost, sizeof cost) == sizeof cost ? 0 : 1);
    }
    if (read(pipes[0], &cost, sizeof cost) != sizeof cost || waitpid(child, &ended, 0) < 0 || ended)
        exit(1);
    close(pipes[0]);
    close(pipes[1]);
    return cost;
}

static inline void keep_least(struct cost *least, struct cost cost)
{
    if (least->processor_s == 0 || cost.processor_s < least->processor_s)
        least->processor_s = cost.processor_s;
    least->memory_MB = cost.memory_MB > least->memory_MB ? cost.memory_MB : least->memory_MB;
    least->end_s = cost.end_s;
}

static inline int bar(const char *what, double value, double most)
{
    printf("%-34s %10.3g  (at most %g)%s\n", what, value, most, value <= most ? "" : "  MISSED");
    return value > most;
}

#endif
