/* Which of several settings was best, from trials of each. */
#ifndef TW_RESULTS_BEST_H
#define TW_RESULTS_BEST_H

/* What the trials of one setting gave. */
struct tw_score {
    int trials;          /* 0: the setting was not tried, and cannot win */
    int diverged;        /* trials that did not end well */
    int missed;          /* trials that ended well without a value (a target not reached) */
    double sum;          /* of the values of the others */
    double fallback_sum; /* of a second value of all that ended well, the least of which wins when
                            no setting has any value of the first */
};

/* The index of the best of `count` settings, −1 when none was tried. Fewer diverged trials win,
 * then fewer misses, then the better mean (the larger when larger_wins, else the smaller); ties go
 * to the first. A setting whose trials all diverged can win only over others of its kind. */
int tw_score_best(const struct tw_score *scores, int count, int larger_wins);

/* Mean of the values there are; NAN without any. */
double tw_score_mean(const struct tw_score *score);

#endif
