/* Scenario files: read, checked, expanded into points. The only room that knows XML.
 *
 * This room sees families only as lists of members (base/member.h), handed in as a catalogue, so
 * that it needs no other room. */
#ifndef TW_SCENARIO_H
#define TW_SCENARIO_H

#include <stdio.h>
#include "base/curve.h"
#include "base/device.h"
#include "base/dynamics.h"
#include "base/err.h"
#include "base/exchange.h"
#include "base/fabric.h"
#include "base/layer.h"
#include "base/match.h"
#include "base/member.h"
#include "base/precision.h"
#include "base/table.h"

/* ---- what names may be used ---- */
struct tw_family {
    const struct tw_member *const *members; /* borrowed */
    int count;
};
struct tw_point;
/* What a check of a point asks about, and so where in the file a mistake is. */
enum tw_concern {
    TW_CONCERN_PLATFORM,
    TW_CONCERN_NETWORK,   /* whether the executor takes this platform and model */
    TW_CONCERN_WORKLOAD,  /* whether its data suffice for the ranks and steps */
    TW_CONCERN_OPTIMIZER, /* options that do not go together */
    TW_CONCERN_ISLAND,    /* whether the executor prices the exchanges of its islands (or ranks) */
    TW_CONCERN_OPTIONS,   /* whether the compressor's options go with the tensors */
    TW_CONCERN_SHARDING,  /* whether the step can be of ranks that hold shares */
    TW_CONCERN_SAMPLE,    /* whether numbers on some ranks suffice for the method */
    TW_CONCERN_LOOK,      /* whether what the platform names is there; only after NETWORK */
    TW_CONCERN_STEP,      /* whether a step can be laid out, from the method's plan */
    TW_CONCERN_SCHEDULE,  /* + enum tw_request_kind: the schedule named for it */
    TW_CONCERN_RULE = 64, /* + index of a rule for tensors: as OPTIONS, of its own */
    TW_CONCERN_MATCH = 96 /* + index of a rule for tensors: whether there are any; else a warning */
};
struct tw_catalogue {
    struct tw_family compressors, feedbacks, optimizers, workloads, executors;
    struct tw_family algorithms; /* requests = 1<<kind says what each carries */
    /* Checks what only the workload knows (files exist, model names); NULL: no check. */
    tw_status (*check_workload)(const struct tw_member *workload, const void *params,
                                struct tw_err *err);
    /* Path of the i-th data file that a workload reads besides those its FILE options name; 0: no
     * more. Their contents go into the keys. NULL: there are none. */
    int (*workload_file)(const struct tw_member *workload, const void *params, int i, char *path,
                         size_t size);
    /* Operations per sample of the forward of each tensor of the workload's model, by name, in
     * forward_s (backward_s: those of the backward); *layers is malloc'd. TW_REFUSED: it is of no
     * model whose operations are known. NULL: of none are. */
    tw_status (*model_flops)(const struct tw_member *workload, const void *params,
                             uint64_t sequence, struct tw_layer_time **layers, int *count,
                             struct tw_err *err);
    /* Checks what only the other rooms know of a point. For PLATFORM the point's platform is set;
     * for NETWORK and LOOK also its network; for STEP all of the point; for WORKLOAD platform and
     * workload; for OPTIONS and RULE also the method; for OPTIMIZER the workload; for SHARDING
     * workload and method; for SCHEDULE platform, network and method. Everything else is zeroed.
     * The text of a mistake names what it is about. Asked once for each combination of those. NULL:
     * no check. */
    tw_status (*check_point)(const struct tw_point *point, enum tw_concern concern,
                             struct tw_err *err);
    /* What a plug-in's table (the symbol plugin_symbol of a shared object) holds in each precision,
     * by enum tw_precision, NULL where it has none; TW_INPUT for a table that cannot be used, which
     * "it" stands for in the text. NULL: plug-ins are refused. */
    tw_status (*read_plugin)(const void *table, const struct tw_member *members[2],
                             struct tw_err *err);
    const char *plugin_symbol;
    /* 1: a platform that cannot be built is a warning, for its points alone fail and the others are
     * kept; 0: a mistake of the file. */
    int keeps_others;
    const char *const *presets; /* libraries whose rules may choose schedules; borrowed */
    int preset_count;
    const char *const *plots; /* names of figures; borrowed */
    int plot_count;           /* 0: any name will do */
};

/* ---- mistakes, all of a file at once ---- */
enum tw_severity { TW_ERROR, TW_WARNING };
struct tw_mistake {
    enum tw_severity severity;
    struct tw_err err;
};
struct tw_mistakes {
    struct tw_mistake *list; /* in file order, no duplicates */
    int count, capacity, errors;
    char summary[320]; /* "scenarios/arc.xml: 3 errors, 1 warning" */
};
void tw_mistakes_free(struct tw_mistakes *mistakes);
/* "file:line: error: text\n    hint: …\n", as compilers write it, and the summary line. */
void tw_mistakes_print(const struct tw_mistakes *mistakes, FILE *to);

/* ---- a point: everything resolved, nothing defaulted in silence ---- */
/* Points borrow from the scenario instead of copying: a sweep may have a million of them. */
struct tw_choice {
    const struct tw_member *member;
    const void *params; /* member->params_size bytes, aligned to 16; borrowed */
};
struct tw_setting {
    char name[64], value[128];
};
struct tw_hashes; /* private: hashes of files already read */
/* A compressor out of a shared object, which stays loaded as long as the scenario is open. */
struct tw_plugged {
    const char *file;
    uint64_t hash;                     /* XXH3 of the file that was loaded */
    const struct tw_member *member[2]; /* by enum tw_precision; NULL: not in this one */
};
#define TW_SETTINGS_MAX 24
#define TW_AXES_MAX 16

/* How a rank's step passes. */
struct tw_step_shape {
    double forward_s, backward_s; /* of every rank and micro-batch, at speed 1 */
    double flops;                 /* forward, per sample; 0: the seconds above hold */
    double efficiency;            /* share of the device's flops that training reaches */
    int model_flops;   /* 1: flops and layers are the model's: layers in operations per sample */
    uint64_t sequence; /* tokens of a sample, for these; 0: the model's own */
    double layer_s;    /* > 0: seconds of what the layers count, not seconds already */
    const struct tw_layer_time *layers; /* in forward order, or NULL */
    int layer_count;
    const char *layers_file; /* "": none */
    uint32_t accumulate;     /* micro-batches per step, ≥ 1 */
    int overlap;             /* 1: bucket; the rest holds only then */
    int beside;              /* 1: the method's kernels run beside the backward, not in line */
    uint32_t streams;        /* for exchanges, 1 … 4 */
    double slowdown;         /* of the backward, ≥ 1 */
    struct tw_jitter jitter; /* cv 0: none */
};

/* A <tensors> of a method: another compressor for the tensors that it matches. */
#define TW_POINT_RULES_MAX 16
struct tw_point_rule {
    struct tw_match match;
    struct tw_choice compressor;      /* with every option set */
    const struct tw_plugged *plugged; /* where it is from; NULL: it is built in, or the method's */
    double min_gain;                  /* a tensor of less stays dense; 0: none does */
};

/* A <schedule> of a compressor: an option has values[i] in steps i·steps … (i+1)·steps − 1, and the
 * compressor's own value behind them. */
#define TW_POINT_STAGES_MAX 16
struct tw_point_stages {
    const char *option; /* the member's name of it */
    uint32_t steps;     /* ≥ 1 */
    int count;          /* ≥ 1 */
    double values[TW_POINT_STAGES_MAX];
    const void *params[TW_POINT_STAGES_MAX]; /* the compressor's with that value */
};

struct tw_point {
    const char *scenario; /* id; borrowed from the scenario, like every pointer here */
    int index;            /* in sweep order, repetition innermost */

    /* platform */
    const char *platform_file; /* "": cluster */
    int nodes, ranks_per_node;
    double bandwidth_Bps, latency_s;
    const double *node_bandwidth_Bps, *node_latency_s, *node_speed; /* nodes entries or NULL */
    const struct tw_setting *attributes; /* further SimGrid attributes, ≤ TW_SETTINGS_MAX */
    int attribute_count;
    const struct tw_fabric *fabric;     /* NULL: none, nodes at one switch or as attributes say */
    const struct tw_dynamics *dynamics; /* what changes with time; NULL: nothing */
    int node_ranks; /* consecutive ranks that schedules take for one machine; 0: ranks_per_node */

    /* network and device */
    int network_model;            /* enum tw_network_model: 0 ideal, 1 ethernet, 2 tcp */
    int latency_at;               /* enum tw_latency_at: 0 link, 1 sender */
    int full;                     /* 1: nothing is extrapolated */
    const struct tw_curve *curve; /* bandwidth by message size; NULL: none */
    const char *curve_file;       /* "": none, or one share for all sizes */
    const struct tw_member *executor;
    const struct tw_setting *config; /* ≤ TW_SETTINGS_MAX */
    int config_count;
    const struct tw_device *device; /* read from its file; zeroed when the scenario has none */
    const char *device_file;        /* "": none */
    int device_measured;            /* 1: time="measured" */

    /* workload */
    enum tw_precision precision;
    uint32_t steps, batch, evaluate;
    uint64_t bucket_B;
    int bucket_rule; /* enum tw_bucket_rule: 0 by bucket_B, 1 ddp, 2 fsdp, 3 megatron */
    struct tw_step_shape shape;
    struct tw_choice workload;
    struct tw_choice optimizer; /* never empty: the first of the list where none is given */
    int has_target;
    double target_loss;

    /* method */
    const char *method, *label;
    struct tw_choice compressor, feedback;
    const struct tw_plugged *plugged;  /* where the compressor is from; NULL: it is built in */
    const struct tw_point_rule *rules; /* the first that matches holds; ≤ TW_POINT_RULES_MAX */
    int rule_count;
    const struct tw_point_stages *stages;                 /* of the compressor; NULL: none */
    const struct tw_member *algorithms[TW_REQUEST_COUNT]; /* NULL: auto */
    const char *presets[TW_REQUEST_COUNT]; /* of the catalogue: who chooses; NULL: the cost */
    const struct tw_step_table *tables[TW_REQUEST_COUNT]; /* schedules from files; NULL: none */
    const char *table_files[TW_REQUEST_COUNT];            /* NULL: none */
    uint64_t segment_B[TW_REQUEST_COUNT];                 /* of pipelined schedules; 0: their own */
    double launch_s[TW_REQUEST_COUNT]; /* that each such exchange costs before it starts */
    int server;      /* 1: the parameter server of all-reduces is a host of its own */
    int island;      /* ranks that are reduced densely first; divides the ranks of the point */
    int island_mode; /* enum tw_island_mode: 0 auto, 1 share, 2 leader */
    int inside;      /* enum tw_inside_type: 0 full, 1 int8, 2 int4; 0 for islands of 1 */
    uint64_t inside_block; /* values that share a scale there; 0 for full */
    int shard_stage;       /* enum tw_shard_stage: 0 none, 1 zero1, 2 zero2, 3 zero3 */
    int shard_weights;     /* enum tw_weights_type: 0 full, 1 bf16, 2 fp16, 3 int8, 4 int4; 0 for
                              stage none */
    int shard_gather;      /* 1: zero1 and zero2 gather before the forward; 0 for other stages */
    uint64_t shard_block;  /* values that share a scale, of int8 and int4; else 0 */

    /* sweep and repetition; the axes are those of tw_scenario_axes, method among them */
    int axis_count;
    const char *const *axis_name;
    const char *const *axis_value; /* as written */
    uint32_t repetition;           /* 0 … count−1 */
    uint64_t seed;
    struct tw_hashes *hashes; /* private to tw_point_json, like the next */
    const struct tw_catalogue *catalogue;
};

struct tw_scenario; /* opaque: the file as read, and what the points borrow from */

struct tw_override {
    const char *axis; /* --set AXIS=V[,V…] */
    const char *values;
};

/* Reads, includes, validates against the XSD, checks meaning, expands. On TW_INPUT every mistake is
 * in `mistakes` (freed by the caller, always), and *scenario is NULL. Warnings alone are TW_OK.
 * only: XPath 1.0 filter or NULL. The catalogue must outlive the scenario; overrides and only need
 * not. */
tw_status tw_scenario_open(const char *path, const struct tw_catalogue *catalogue,
                           const struct tw_override *overrides, int override_count,
                           const char *only, struct tw_scenario **scenario,
                           struct tw_mistakes *mistakes) TW_MUST_CHECK;
/* The same from memory, for tests and fuzzing; path is used for messages and relative names. */
tw_status tw_scenario_open_memory(const char *text, size_t size, const char *path,
                                  const struct tw_catalogue *catalogue,
                                  const struct tw_override *overrides, int override_count,
                                  const char *only, struct tw_scenario **scenario,
                                  struct tw_mistakes *mistakes) TW_MUST_CHECK;
void tw_scenario_close(struct tw_scenario *scenario);

const char *tw_scenario_id(const struct tw_scenario *scenario);
const char *tw_scenario_description(const struct tw_scenario *scenario);
const char *tw_scenario_baseline(const struct tw_scenario *scenario); /* method id or "" */
int tw_scenario_axes(const struct tw_scenario *scenario, const char *const **names);
/* 1: <output energy="yes"/>. */
int tw_scenario_energy(const struct tw_scenario *scenario);
/* 1: <output links="yes"/>. */
int tw_scenario_links(const struct tw_scenario *scenario);
/* Types of <plot> asked for, as written. */
int tw_scenario_plots(const struct tw_scenario *scenario, const char *const **types);
/* <tune>: the axis `over`, inside all others, holds the values that every method is
 * tried at. The points hold all of them; whoever runs the scenario chooses one for each method. */
struct tw_tune {
    int axis; /* index into tw_scenario_axes */
    const char *over;
    const char *const *values; /* as written, or as --set gave them */
    const double *numbers;     /* SI value of each, NAN where it is no number */
    int value_count;
    const char *metric;    /* column of points.csv that decides */
    int larger_wins;       /* 1: accuracy; else the least wins */
    const uint64_t *seeds; /* of the trials, ≥ 1, none of them the scenario's */
    int seed_count;
    const char *const *takers; /* ids of the methods that say $over, or whose workload does */
    int taker_count;
};
/* NULL without <tune>; borrowed. */
const struct tw_tune *tw_scenario_tune(const struct tw_scenario *scenario);
/* Keeps the points whose mark is not 0 (one mark per point) and numbers them anew. Points fetched
 * before are no longer valid. */
void tw_scenario_keep(struct tw_scenario *scenario, const unsigned char *keep);
/* Points in sweep order, first axis outermost, repetition innermost. */
int tw_scenario_points(const struct tw_scenario *scenario);
const struct tw_point *tw_scenario_point(const struct tw_scenario *scenario, int index);
/* The text after XInclude, as the parser saw it (for DIR/scenario.resolved.xml). malloc'd. */
char *tw_scenario_text(const struct tw_scenario *scenario, size_t *size);

/* ---- the resolved point as canonical JSON: the material of keys and of the echo ---- */
enum tw_point_part {
    TW_POINT_ALL, /* everything but index, label, axis texts: what `key` hashes */
    TW_POINT_DATA /* only what the data plane depends on: what `data_key` hashes */
};
/* Sorted keys, reals in 17 digits, every option with its value. model_version and the hashes of the
 * platform and data files are in it. malloc'd, NULL when memory runs out or a file is unreadable.
 */
char *tw_point_json(const struct tw_point *point, enum tw_point_part part, int model_version,
                    struct tw_err *err);

/* The XSD, as shipped and as printed by `thinwire schema`. */
const char *tw_scenario_schema(void);

/* Device profile files (platforms/devices/…xml). */
tw_status tw_device_read(const char *path, struct tw_device *device,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
