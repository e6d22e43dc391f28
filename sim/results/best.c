#include "best.h"

#include <math.h>

double tw_score_mean(const struct tw_score *score)
{
    int values = score->trials - score->diverged - score->missed;
    return values > 0 ? score->sum / values : NAN;
}

/* Whether a beats b; 0 for a tie. Shares are compared by cross products: settings may differ in
 * their trials. */
static int beats(const struct tw_score *a, const struct tw_score *b, int larger_wins)
{
    long left = (long)a->diverged * b->trials, right = (long)b->diverged * a->trials;
    if (left != right)
        return left < right;
    left = (long)a->missed * b->trials;
    right = (long)b->missed * a->trials;
    if (left != right)
        return left < right;
    double x = tw_score_mean(a), y = tw_score_mean(b);
    if (isnan(x) && isnan(y)) /* nobody has a value: all missed as often, and diverged as often */
        return a->fallback_sum * b->trials < b->fallback_sum * a->trials;
    return larger_wins ? x > y : x < y;
}

int tw_score_best(const struct tw_score *scores, int count, int larger_wins)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (scores[i].trials > 0 && (best < 0 || beats(&scores[i], &scores[best], larger_wins)))
            best = i;
    return best;
}
