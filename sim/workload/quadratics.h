/* The matrices, vectors and optimum of heterogeneous quadratics, in double (quadratic.c has the
 * formulas and computes with them). */
#ifndef TW_WORKLOAD_QUADRATICS_H
#define TW_WORKLOAD_QUADRATICS_H

#include "problem.h"

enum tw_quadratics_kind { TW_TRIDIAGONAL, TW_DIAGONAL };

struct tw_quadratics_params {
    int kind, spectrum, loss;
    uint64_t dimension, columns, numpy_seed;
    double s, shift, lambda, least, greatest, noise;
};

struct tw_quadratics {
    struct tw_workload_setup setup; /* params NULL */
    struct tw_quadratics_params params;
    struct tw_model model;
    uint64_t d;
    double *diagonal, *off; /* of each rank (tridiagonal): A_i = diagonal_i on it, off_i beside */
    double *first;          /* of each rank (tridiagonal): b_i = first_i e_1 */
    double *spectrum;       /* D (diagonal) */
    double *b;              /* ranks × d (diagonal) */
    double mean_diagonal, mean_off, mean_first;
    double *optimum, *sum, *scratch; /* d each */
};

enum { TW_QUADRATICS_OPTIONS = 12 };
extern const struct tw_option tw_quadratics_options[TW_QUADRATICS_OPTIONS];

/* The workload's door, as far as it is the same for both arithmetics. TW_RANGE: columns that do not
 * divide the dimension, or draws that make the mean matrix negative. */
tw_status tw_quadratics_open(const struct tw_workload_setup *setup, void **state,
                             struct tw_err *err) TW_MUST_CHECK;
void tw_quadratics_close(void *state);
tw_status tw_quadratics_check(const void *params, struct tw_err *err) TW_MUST_CHECK;

#endif
