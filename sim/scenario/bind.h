/* From elements to what a point holds, at the place where the sweep stands. Every part reports its
 * own mistakes; what it returns is used only when there were none. */
#ifndef TW_SCENARIO_BIND_H
#define TW_SCENARIO_BIND_H

#include "base/units.h"
#include "sweep.h"

struct tw_bind {
    const struct tw_catalogue *catalogue;
    struct tw_pool *pool;
    struct tw_report *report;
    const struct tw_sweep *sweep;
    struct tw_loaded **plugins; /* shared objects, loaded once each (plugin_load.h) */
};

/* ---- attributes (bind_values.c) ---- */

enum tw_found {
    TW_ABSENT, /* not written; the default stays */
    TW_GIVEN,
    TW_BAD /* a mistake was reported; the default stays */
};

/* An attribute's text after $axis was replaced, and where that text was written. */
struct tw_text {
    const struct tw_node *element;
    const char *attribute, *text;
    const struct tw_axis *axis; /* NULL: in the element itself */
};

enum tw_bound { TW_ANY, TW_NOT_NEGATIVE, TW_POSITIVE };

enum tw_found tw_bind_text(const struct tw_bind *bind, const struct tw_node *element,
                           const char *attribute, struct tw_text *text);
enum tw_found tw_bind_quantity(const struct tw_bind *bind, const struct tw_node *element,
                               const char *attribute, enum tw_unit unit, enum tw_bound bound,
                               double *value);
enum tw_found tw_bind_count(const struct tw_bind *bind, const struct tw_node *element,
                            const char *attribute, uint64_t min, uint64_t max, uint64_t *value);
enum tw_found tw_bind_word(const struct tw_bind *bind, const struct tw_node *element,
                           const char *attribute, const char *const *words, int count, int *index);
/* Reports err's text and hint as being about the attribute, at the place where text was written. */
void tw_bind_mistake(const struct tw_bind *bind, const struct tw_text *text,
                     const struct tw_err *err);
/* The file that text names, as seen from the file it is written in, in the pool; it must be there.
 * NULL after a report. */
const char *tw_bind_file(const struct tw_bind *bind, const struct tw_text *text);

/* A CSV file of two numbers a line under a header; lines that begin with # say where numbers are
 * from. */
struct tw_pairs {
    const char *what;   /* begins every message: the attribute or element that names the file */
    const char *header; /* the first line that is no remark: "size_B,factor" */
    const char *none;   /* what is said of a file without a line behind it */
    /* What is wrong with the next two numbers (they may be infinite or NaN), or NULL: taken. */
    const char *(*take)(double first, double second, void *into);
    const char *or_header; /* also possible there, for the message; or NULL */
};
/* Hands every line to take(); 1 when all were taken. 0 after a report at the file and line. */
int tw_bind_pairs(const struct tw_bind *bind, const char *path, const struct tw_pairs *pairs,
                  void *into);
/* The first child called name, or NULL; a second one is reported. */
const struct tw_node *tw_bind_single(const struct tw_bind *bind, const struct tw_node *parent,
                                     const char *name);
/* Memory from the pool; a failure is noted. */
void *tw_bind_take(const struct tw_bind *bind, size_t size);

/* ---- members and their options (bind_choice.c) ---- */

/* The member named by an attribute, or NULL after a report (or when the attribute is absent). */
const struct tw_member *tw_bind_member(const struct tw_bind *bind, const struct tw_node *element,
                                       const char *attribute, const struct tw_family *family);
/* Warns of every option written in the element that has no effect with the others: one whose help
 * begins with what it takes, as in "schedule=step: …", where another value holds. Silent where an
 * axis gives that value, for then it may be of use elsewhere. */
void tw_bind_idle(const struct tw_bind *bind, const struct tw_node *element,
                  const struct tw_choice *choice);

/* That member, with every other attribute as an option. 1: good. */
int tw_bind_choice(const struct tw_bind *bind, const struct tw_node *element, const char *attribute,
                   const struct tw_family *family, struct tw_choice *choice);
/* Every attribute but the one called `attribute` as an option of a member already found. 1: good.
 */
int tw_bind_options(const struct tw_bind *bind, const struct tw_node *element,
                    const char *attribute, const struct tw_member *member,
                    struct tw_choice *choice);
/* The member named by an attribute, or where that is absent the one of `base` with its options;
 * further attributes but the `own` ones of the element change options. 1: good. */
int tw_bind_changed(const struct tw_bind *bind, const struct tw_node *element,
                    const char *attribute, const struct tw_family *family,
                    const struct tw_choice *base, const char *const *own, int own_count,
                    struct tw_choice *choice);
/* A member that nobody named, with its defaults; name NULL: the first. 1: good. */
int tw_bind_default(const struct tw_bind *bind, const struct tw_node *at, const char *name,
                    const struct tw_family *family, const char *what, struct tw_choice *choice);

/* ---- the parts of a point ---- */

struct tw_bound_platform {
    const char *file;
    int nodes, ranks_per_node;
    double bandwidth_Bps, latency_s;
    double *node_bandwidth_Bps, *node_latency_s, *node_speed;
    struct tw_setting *attributes;
    int attribute_count;
    int node_ranks;
    struct tw_fabric *fabric;
    struct tw_dynamics *dynamics;
};
struct tw_bound_network {
    int model, latency_at, full;
    struct tw_curve *curve;
    int curve_rates; /* 1: its shares are rates in B/s still, of whole messages (tw_bind_rates) */
    const char *curve_file;
    const struct tw_member *executor;
    struct tw_setting *config;
    int config_count;
};
struct tw_bound_device {
    struct tw_device *device;
    const char *file;
    int measured;
};
struct tw_bound_workload {
    const struct tw_node *element;
    enum tw_precision precision;
    uint32_t steps, batch, evaluate;
    uint64_t bucket_B;
    int bucket_rule;
    struct tw_step_shape shape;
    struct tw_choice workload, optimizer;
    int has_target;
    double target_loss;
};
struct tw_bound_method {
    const struct tw_node *element;
    const char *id, *label;
    struct tw_choice compressor, feedback;
    const struct tw_plugged *plugged;
    struct tw_point_rule *rules;
    int rule_count;
    struct tw_point_stages *stages;
    const struct tw_member *algorithms[TW_REQUEST_COUNT];
    const char *presets[TW_REQUEST_COUNT];
    struct tw_step_table *tables[TW_REQUEST_COUNT];
    const char *table_files[TW_REQUEST_COUNT];
    uint64_t segment_B[TW_REQUEST_COUNT];
    double launch_s[TW_REQUEST_COUNT];
    int server;
    uint32_t asked; /* bits of the operations that it may ask for */
    int island, island_mode, inside;
    uint64_t inside_block;
    const struct tw_node *sharding; /* the element, or NULL */
    int shard_stage, shard_weights, shard_gather;
    uint64_t shard_block;
};

/* Warns where both the method's feedback rule and the optimizer have a momentum, a share of the old
 * velocity. */
void tw_bind_two_momenta(const struct tw_bind *bind, const struct tw_choice *optimizer,
                         const struct tw_bound_method *method);

/* Each returns its part in the pool, NULL when memory runs out. element may be NULL. */
void *tw_bind_platform(const struct tw_bind *bind, const struct tw_node *element);
void *tw_bind_network(const struct tw_bind *bind, const struct tw_node *element);
void *tw_bind_device(const struct tw_bind *bind, const struct tw_node *element);
void *tw_bind_workload(const struct tw_bind *bind, const struct tw_node *element);
void *tw_bind_method(const struct tw_bind *bind, const struct tw_node *element);

/* <compressor type=…> or <compressor plugin=…> with its options, into method (bind_plugin.c). */
void tw_bind_compressor(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_method *method);
/* The shared object that attribute plugin of <compressor> or <tensors> names, whose member is one
 * of its precisions'; NULL: reported. type beside it is a mistake. */
const struct tw_plugged *tw_bind_plugin(const struct tw_bind *bind, const struct tw_node *element,
                                        const struct tw_member **member);
/* <schedule> of a compressor that is bound (bind_stages.c). */
void tw_bind_stages(const struct tw_bind *bind, const struct tw_node *element,
                    struct tw_bound_method *method);
/* <sharding> of a method whose island is read. */
void tw_bind_sharding(const struct tw_bind *bind, const struct tw_node *element,
                      struct tw_bound_method *method);
/* <tensors> of a method whose compressor and feedback are bound (bind_tensors.c). */
void tw_bind_tensors(const struct tw_bind *bind, const struct tw_node *element,
                     struct tw_bound_method *method);

/* Reports, at `element`, what a feedback rule needs and the compressor is not, and a second memory.
 */
void tw_bind_needs(const struct tw_bind *bind, const struct tw_bound_method *method,
                   const struct tw_choice *choice, const struct tw_node *element);

/* The shares that rates of whole messages mean on this platform, into *curve: of a message of b
 * bytes at B bytes per second, b/bw of b/B − 2·lat. TW_REFUSED, TW_RANGE. */
tw_status tw_bind_rates(const struct tw_bound_network *network,
                        const struct tw_bound_platform *platform, struct tw_curve *curve,
                        struct tw_err *err) TW_MUST_CHECK;
/* bw_curve and efficiency of <network>, which may be NULL; sets curve and curve_file. */
void tw_bind_curve(const struct tw_bind *bind, const struct tw_node *element,
                   struct tw_bound_network *network);

/* The element in <platform> that stands for a cluster (bind_fabric.c), read into platform; NULL
 * when there is none. */
const struct tw_node *tw_bind_fabric(const struct tw_bind *bind, const struct tw_node *element,
                                     struct tw_bound_platform *platform);

/* What of a <platform> changes with time (bind_dynamics.c); NULL: nothing, or no memory. */
struct tw_dynamics *tw_bind_dynamics(const struct tw_bind *bind, const struct tw_node *element);

/* <straggler> (bind_straggler.c). */
void tw_bind_straggler(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_straggler *straggler);
/* How something varies around its mean: a word of lognormal, gamma, uniform in the attribute
 * `kind`, and cv (bind_compute.c). */
void tw_bind_jitter(const struct tw_bind *bind, const struct tw_node *element, const char *kind,
                    struct tw_jitter *jitter);

/* <compute>: how a rank's step passes; element may be NULL. */
void tw_bind_compute(const struct tw_bind *bind, const struct tw_node *element,
                     struct tw_step_shape *shape);
/* Fills flops and layers of a shape with flops="model", by the catalogue; element is <compute>. */
void tw_bind_model_flops(const struct tw_bind *bind, const struct tw_node *element,
                         const struct tw_choice *workload, struct tw_step_shape *shape);

/* Reads a table of layers, "name,forward_s,backward_s" and a line each; what it lists is the
 * pool's. TW_IO, TW_MEMORY, and TW_INPUT with file and line. */
tw_status tw_layers_read(const char *path, struct tw_pool *pool,
                         const struct tw_layer_time **layers, int *count,
                         struct tw_err *err) TW_MUST_CHECK;

/* Whether a SimGrid topology has room for exactly these nodes. parameters may be NULL. TW_INPUT
 * with the reason. */
tw_status tw_topology_check(const char *topology, const char *parameters, int nodes,
                            struct tw_err *err) TW_MUST_CHECK;

/* TW_INPUT for groups that SimGrid 3.32 cannot join: it would read outside its lists. */
tw_status tw_topology_dragonfly(uint64_t groups, uint64_t routers,
                                struct tw_err *err) TW_MUST_CHECK;

#endif
