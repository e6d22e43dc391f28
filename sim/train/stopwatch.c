#include "stopwatch.h"

#include <time.h>

double tw_stopwatch_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double tw_stopwatch_since_s(double then_s)
{
    double spent_s = tw_stopwatch_now_s() - then_s;
    return spent_s > TW_STOPWATCH_LEAST_S ? spent_s : TW_STOPWATCH_LEAST_S;
}
