/* What share of its bandwidth a network gives to a message, by the message's size. */
#ifndef TW_BASE_CURVE_H
#define TW_BASE_CURVE_H

#define TW_CURVE_MAX 64

struct tw_curve {
    int count; /* points; 0: all of it to every message */
    /* Ascending sizes in bytes, > 0, and shares in (0, 1]. Between two points the share is linear
     * in the logarithm of the size; before the first and behind the last it is theirs. */
    double size_B[TW_CURVE_MAX], share[TW_CURVE_MAX];
};

#endif
