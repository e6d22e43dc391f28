/* Seconds that callbacks take on this machine, where a run asks for them (tw_train_setup.measured).
 *
 * What is read is the processor time of the calling thread (CLOCK_THREAD_CPUTIME_ID), so that
 * waiting for a processor counts nothing; caches, clocks and siblings that other programs use are
 * felt. A reading costs some .2 us, which is inside. */
#ifndef TW_TRAIN_STOPWATCH_H
#define TW_TRAIN_STOPWATCH_H

/* Least seconds that a callback counts as: the clock's own unit. */
#define TW_STOPWATCH_LEAST_S 1e-9

/* Now, of this thread. */
double tw_stopwatch_now_s(void);
/* From then to now, at least TW_STOPWATCH_LEAST_S. */
double tw_stopwatch_since_s(double then_s);

#endif
