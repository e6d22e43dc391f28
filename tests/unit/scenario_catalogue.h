/* A small catalogue for the tests of sim/scenario: the names of the real lists, with enough option
 * rows to try every type. The real members are not linked: this room does not know them. */
#ifndef TW_TEST_SCENARIO_CATALOGUE_H
#define TW_TEST_SCENARIO_CATALOGUE_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "scenario/scenario.h"

struct params_none {
    int value;
};
struct params_sparse {
    double ratio;
    int index;
    uint64_t sketch;
};
struct params_feedback {
    double eta;
    int start;
};
struct params_sgd {
    double rate, momentum;
};
struct params_objective {
    char data[TW_TEXT_MAX];
    int split;
    double alpha;
};
struct params_gradient {
    char file[TW_TEXT_MAX];
    uint64_t dimension;
    double pause_s;
};
struct params_sizes {
    char model[TW_TEXT_MAX];
};

static const char *const wire_values[] = {"fp32", "bf16", NULL};
static const char *const index_types[] = {"u32", "u64", NULL};
static const char *const start_kinds[] = {"zero", "dense", NULL};
static const char *const split_kinds[] = {"iid", "dirichlet", NULL};

#define AT(type, field) offsetof(struct type, field)
static const struct tw_option none_rows[] = {
    {"value", TW_OPTION_CHOICE, AT(params_none, value), "fp32", 0, 0, 0, wire_values, "",
     "on wire"},
};
static const struct tw_option sparse_rows[] = {
    {"ratio", TW_OPTION_REAL, AT(params_sparse, ratio), NULL, 0, 1, 1, NULL, "", "share kept"},
    {"index", TW_OPTION_CHOICE, AT(params_sparse, index), "u32", 0, 0, 0, index_types, "", "type"},
    {"sketch", TW_OPTION_COUNT, AT(params_sparse, sketch), "4", 1, 64, 0, NULL, "", "width"},
};
static const struct tw_option feedback_rows[] = {
    {"eta", TW_OPTION_REAL, AT(params_feedback, eta), "0.1", 0, 1, 1, NULL, "", "momentum"},
    {"start", TW_OPTION_CHOICE, AT(params_feedback, start), "zero", 0, 0, 0, start_kinds, "", ""},
};
static const struct tw_option sgd_rows[] = {
    {"rate", TW_OPTION_REAL, AT(params_sgd, rate), NULL, 0, 1e9, 1, NULL, "", "learning rate"},
    {"momentum", TW_OPTION_REAL, AT(params_sgd, momentum), "0", 0, 1, 0, NULL, "", "momentum"},
};
static const struct tw_option objective_rows[] = {
    {"data", TW_OPTION_TEXT, AT(params_objective, data), NULL, 0, 0, 0, NULL, "", "data set"},
    {"split", TW_OPTION_CHOICE, AT(params_objective, split), "iid", 0, 0, 0, split_kinds, "", ""},
    {"alpha", TW_OPTION_REAL, AT(params_objective, alpha), "0.5", 0, 1e9, 1, NULL, "", ""},
};
static const struct tw_option gradient_rows[] = {
    {"file", TW_OPTION_FILE, AT(params_gradient, file), "", 0, 0, 0, NULL, "", ".npy"},
    {"dimension", TW_OPTION_COUNT, AT(params_gradient, dimension), "1000", 1, 1e12, 0, NULL, "",
     ""},
    {"pause", TW_OPTION_TIME, AT(params_gradient, pause_s), "0s", 0, 1, 0, NULL, "", ""},
};
static const struct tw_option sizes_rows[] = {
    {"model", TW_OPTION_TEXT, AT(params_sizes, model), NULL, 0, 0, 0, NULL, "", "layer table"},
};
#undef AT

#define ROWS(rows) rows, sizeof(rows) / sizeof((rows)[0])
#define SUM_MASK (1U << TW_SUM)
#define GATHER_MASK (1U << TW_GATHER)
#define MEMBER(id, rows, params, traits, needs, requests)                            \
    {                                                                                \
        id, "", "", ROWS(rows), sizeof(struct params), traits, needs, requests, NULL \
    }

static const struct tw_member test_members[] = {
    /* compressors 0–5 */
    MEMBER("none", none_rows, params_none,
           TW_UNBIASED | TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT | TW_AVERAGES_OWN, 0,
           SUM_MASK),
    MEMBER("topk", sparse_rows, params_sparse, TW_CONTRACTIVE | TW_AVERAGES_OWN, 0, GATHER_MASK),
    MEMBER("randk", sparse_rows, params_sparse, TW_CONTRACTIVE | TW_LINEAR | TW_SHARED_SUPPORT, 0,
           SUM_MASK),
    MEMBER("rtopk", sparse_rows, params_sparse, TW_CONTRACTIVE | TW_AVERAGES_OWN, 0, GATHER_MASK),
    MEMBER("arctopk", sparse_rows, params_sparse,
           TW_CONTRACTIVE | TW_SHARED_SUPPORT | TW_AVERAGES_OWN | TW_NEEDS_MATRIX, 0, SUM_MASK),
    MEMBER("counted", sparse_rows, params_sparse, TW_CONTRACTIVE | TW_DATA_SIZED, 0,
           GATHER_MASK | (1U << TW_MERGE)),
    /* feedback 6–9 */
    {"none", "", "", NULL, 0, 0, 0, 0, 0, NULL},
    MEMBER("ef14", feedback_rows, params_feedback, 0, 0, 0),
    MEMBER("ef21", feedback_rows, params_feedback, 0, TW_CONTRACTIVE | TW_AVERAGES_OWN, 0),
    MEMBER("ef21m", feedback_rows, params_feedback, 0, TW_CONTRACTIVE | TW_AVERAGES_OWN, 0),
    /* optimizer 10 */
    MEMBER("sgd", sgd_rows, params_sgd, 0, 0, 0),
    /* workloads 11–15 */
    MEMBER("softmax", objective_rows, params_objective,
           TW_HAS_LOSS | TW_HAS_ACCURACY | TW_REAL_DATA, 0, 0),
    MEMBER("mlp", objective_rows, params_objective, TW_HAS_LOSS | TW_HAS_ACCURACY | TW_REAL_DATA, 0,
           0),
    MEMBER("synthetic", gradient_rows, params_gradient, TW_SYNTHETIC_DATA, 0, 0),
    MEMBER("recorded", gradient_rows, params_gradient, TW_RECORDED_DATA, 0, 0),
    MEMBER("sizes", sizes_rows, params_sizes, TW_SIZES_ONLY, 0, 0),
    /* executors 16–17 */
    {"simgrid", "", "", NULL, 0, 0, 0, 0, 0, NULL},
    {"maxplus", "", "", NULL, 0, 0, 0, 0, 0, NULL},
    /* schedules 18–21 */
    {"ring", "", "", NULL, 0, 0, 0, 0, SUM_MASK, NULL},
    {"recursive_doubling", "", "", NULL, 0, 0, 0, 0, SUM_MASK, NULL},
    {"binomial", "", "", NULL, 0, 0, 0, 0, SUM_MASK, NULL},
    {"ring", "", "", NULL, 0, 0, 0, 0, GATHER_MASK, NULL},
    {"tree", "", "", NULL, 0, 0, 0, 0, 1U << TW_MERGE, NULL},
};
static const struct tw_member *const test_pointers[] = {
    &test_members[0],  &test_members[1],  &test_members[2],  &test_members[3],  &test_members[4],
    &test_members[5],  &test_members[6],  &test_members[7],  &test_members[8],  &test_members[9],
    &test_members[10], &test_members[11], &test_members[12], &test_members[13], &test_members[14],
    &test_members[15], &test_members[16], &test_members[17], &test_members[18], &test_members[19],
    &test_members[20], &test_members[21], &test_members[22],
};

/* As the real check does for a data set that is not installed. */
static tw_status test_check_workload(const struct tw_member *workload, const void *params,
                                     struct tw_err *err)
{
    const struct params_objective *objective = params;
    if (!(workload->traits & TW_HAS_LOSS) || strcmp(objective->data, "absent") != 0)
        return TW_OK;
    tw_err_set(err, TW_IO, "data set 'absent' is not on this machine");
    return tw_err_hint(err, TW_IO, "install the Debian package dataset-absent");
}

/* A data set "named" is the file that the environment names; others read nothing. */
static int test_workload_file(const struct tw_member *workload, const void *params, int i,
                              char *path, size_t size)
{
    const struct params_objective *objective = params;
    const char *file = getenv("TW_TEST_DATA_FILE");
    if (!(workload->traits & TW_HAS_LOSS) || strcmp(objective->data, "named") != 0 || i > 0 ||
        !file)
        return 0;
    return strlen(file) < size && strcpy(path, file) != NULL;
}

static const char *const test_presets[] = {"ompi", "nccl"};
static const char *const test_plots[] = {"time-vs-bandwidth", "p", "q"};

static const struct tw_catalogue test_catalogue = {
    .compressors = {test_pointers, 6},
    .feedbacks = {test_pointers + 6, 4},
    .optimizers = {test_pointers + 10, 1},
    .workloads = {test_pointers + 11, 5},
    .executors = {test_pointers + 16, 2},
    .algorithms = {test_pointers + 18, 5},
    .check_workload = test_check_workload,
    .workload_file = test_workload_file,
    .presets = test_presets,
    .preset_count = 2,
    .plots = test_plots,
    .plot_count = 3,
};

#endif
