/* What members share that keep whole units of a tensor (rows, columns or blocks), as ARC-Top-K does
 * but with another way to choose them: views, choices, packing, the average of shared supports.
 * A member's params begin with struct tw_units_params, its replicated state with struct
 * tw_units_shared, its rank's with struct tw_units_rank. */
#ifndef TW_UNITS_REAL_H
#define TW_UNITS_REAL_H

#include "arc_plan.h"
#include "codec.h"

struct tw_units_params {
    double ratio;
    uint64_t columns;
    int rows, rounding, vectors, values; /* values: only where the member lists it */
};

extern const char *const tw_units_rows_names[];     /* output, input, blocks */
extern const char *const tw_units_rounding_names[]; /* ceil, floor */
extern const char *const tw_units_vectors_names[];  /* dense, blocks */

/* Option rows of a params struct that begins with struct tw_units_params. */
#define TW_UNITS_FIELD(name) offsetof(struct tw_units_params, name)
#define TW_UNITS_OPTION_ROWS                                                                    \
    {"ratio", TW_OPTION_REAL,  TW_UNITS_FIELD(ratio),         NULL, 0.0, 1.0, 1,                \
     NULL,    "share of rows", "share of rows or blocks kept"},                                 \
        {"rows",                                                                                \
         TW_OPTION_CHOICE,                                                                      \
         TW_UNITS_FIELD(rows),                                                                  \
         "output",                                                                              \
         0,                                                                                     \
         0,                                                                                     \
         0,                                                                                     \
         tw_units_rows_names,                                                                   \
         "",                                                                                    \
         "what is kept whole: a row (output feature), a column (input feature), or a block"},   \
        {"columns",                                                                             \
         TW_OPTION_COUNT,                                                                       \
         TW_UNITS_FIELD(columns),                                                               \
         "0",                                                                                   \
         0,                                                                                     \
         4294967295.0,                                                                          \
         0,                                                                                     \
         NULL,                                                                                  \
         "values",                                                                              \
         "values of a block; for rows=blocks only"},                                            \
        {"rounding",                                                                            \
         TW_OPTION_CHOICE,                                                                      \
         TW_UNITS_FIELD(rounding),                                                              \
         "ceil",                                                                                \
         0,                                                                                     \
         0,                                                                                     \
         0,                                                                                     \
         tw_units_rounding_names,                                                               \
         "",                                                                                    \
         "K = ceil(ratio * m), or max(1, floor(ratio * m))"},                                   \
    {                                                                                           \
        "vectors", TW_OPTION_CHOICE, TW_UNITS_FIELD(vectors), "dense", 0, 0, 0,                 \
            tw_units_vectors_names, "", "one-dimensional tensors: dense, or cut as rows=blocks" \
    }

struct tw_units_shared {
    struct tw_problem problem;
    struct tw_view *views;
    struct tw_view_totals totals;
    uint32_t *chosen, *trial; /* units kept, view by view; dense views keep their unit 0 */
    uint32_t *indices;        /* support, filled when asked for */
    double *scores;           /* of the units of one view */
    uint32_t *bitmap;         /* scratch of draws, zero between them */
    void *scratch;
    const void *sum; /* of all ranks' values, borrowed from the answer, or wide */
    void *wide;      /* sums of rounded values, in the precision */
};

struct tw_units_rank {
    const void *x;
    void *scores;     /* one number for every unit that is scored */
    void *values;     /* of the kept units */
    uint16_t *halves; /* the same as they travel, when they are rounded */
};

/* The options as ARC-Top-K's, with one number per unit for a sketch. */
struct tw_arc_params tw_units_shape(const struct tw_problem *problem);
struct tw_view_totals tw_units_totals(const struct tw_problem *problem);
/* How values travel. */
enum tw_value tw_units_value(const struct tw_problem *problem);
/* Units that are chosen (not those of dense tensors), of all views. */
uint64_t tw_units_scored(const struct tw_problem *problem);
/* Least kept/units over views. */
double tw_units_least_share(const struct tw_problem *problem);
static inline int tw_units_is_scored(const struct tw_view *view)
{
    return view->sketch > 0;
}

/* The table's check, suits, sizes, open, open_rank, support. */
tw_status tw_units_check(const struct tw_problem *problem, struct tw_err *err);
tw_status tw_units_suits(const struct tw_problem *model, struct tw_err *err);
void tw_units_sizes(const struct tw_problem *problem, size_t *shared_B, size_t *rank_B);
void tw_units_open(const struct tw_problem *problem, void *shared);
void tw_units_open_rank(const struct tw_problem *problem, void *shared, void *own_state, int rank);
void tw_units_support(void *shared, void *own_state, int rank, struct tw_support *support);
/* Bytes that the structs above take of a state, for members with more of their own behind. */
void tw_units_carve(const struct tw_problem *problem, struct tw_arena *arena,
                    struct tw_units_shared *shared);
void tw_units_carve_rank(const struct tw_problem *problem, struct tw_arena *arena,
                         struct tw_units_rank *rank);

/* The plan of a member whose last phase is a SUM of the values of the kept units: `first` phases
 * before it are left to the member (zeroed). Fills mean and own too. */
tw_status tw_units_plan(const struct tw_problem *problem, int first,
                        struct tw_plan *plan) TW_MUST_CHECK;
/* Work of norms and choices of all views. */
void tw_units_charge_norms(const struct tw_problem *problem, struct tw_work *work);
void tw_units_charge_choice(const struct tw_problem *problem, struct tw_work *work);

/* scores ← ‖unit‖² of every unit of a view, of x (the whole bucket), in double. */
void tw_units_norms_f32(const struct tw_view *view, const float *x, double *scores);
void tw_units_norms_f64(const struct tw_view *view, const double *x, double *scores);

/* The units of most energy in x itself, every view. TW_INPUT when a norm is not finite. */
tw_status tw_units_choose_own_f32(struct tw_units_shared *shared, const float *x,
                                  uint32_t *chosen) TW_MUST_CHECK;
tw_status tw_units_choose_own_f64(struct tw_units_shared *shared, const double *x,
                                  uint32_t *chosen) TW_MUST_CHECK;

/* Values of the chosen units, packed as they travel. */
void tw_units_pack_f32(const struct tw_units_shared *shared, struct tw_units_rank *rank,
                       const uint32_t *chosen, const float *x, struct tw_work *work);
void tw_units_pack_f64(const struct tw_units_shared *shared, struct tw_units_rank *rank,
                       const uint32_t *chosen, const double *x, struct tw_work *work);

/* The last phase: request of packed values, which are rounded here when they travel in two bytes
 * (half_real.h: too large ones to the largest of the type; sums may be infinite); its answer; the
 * mean of shared choices; own. */
void tw_units_request_f32(const struct tw_units_shared *shared, struct tw_units_rank *rank,
                          struct tw_request *request, struct tw_work *work);
void tw_units_request_f64(const struct tw_units_shared *shared, struct tw_units_rank *rank,
                          struct tw_request *request, struct tw_work *work);
tw_status tw_units_take_f32(struct tw_units_shared *shared, const struct tw_answer *answer,
                            struct tw_work *work) TW_MUST_CHECK;
tw_status tw_units_take_f64(struct tw_units_shared *shared, const struct tw_answer *answer,
                            struct tw_work *work) TW_MUST_CHECK;
void tw_units_mean_f32(void *shared, void *out, struct tw_work *work);
void tw_units_mean_f64(void *shared, void *out, struct tw_work *work);
void tw_units_own_f32(void *shared, void *own_state, int rank, double scale, void *y,
                      struct tw_work *work);
void tw_units_own_f64(void *shared, void *own_state, int rank, double scale, void *y,
                      struct tw_work *work);

/* ‖x − C(x)‖² for a choice. Overwrites shared->indices. */
double tw_units_left_f32(const struct tw_units_shared *shared, const uint32_t *chosen,
                         const float *x);
double tw_units_left_f64(const struct tw_units_shared *shared, const uint32_t *chosen,
                         const double *x);

#endif
