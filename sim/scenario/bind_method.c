/* <method>: compressor, feedback, schedules, and whether they go together. */
#include "bind.h"
#include "msccl.h"

#include <stdio.h>
#include <string.h>

#define NAMES_MAX 64
#define KIND(kind) (1U << (kind))

/* "allgather" or "allreduce allgather": operations of a mask. */
static const char *operations(uint32_t mask, char *text, size_t size)
{
    const char *names[TW_REQUEST_COUNT];
    size_t count = 0;
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++)
        if (mask & KIND(kind))
            names[count++] = tw_request_name((enum tw_request_kind)kind);
    return tw_join(names, count, text, size);
}

/* The schedule named for a kind; NULL with *automatic for auto, NULL alone after a report. */
static const struct tw_member *
find_schedule(const struct tw_bind *bind, const struct tw_node *element, int kind, int *automatic)
{
    const struct tw_family *family = &bind->catalogue->algorithms;
    const char *names[NAMES_MAX] = {"auto"};
    const struct tw_member *members[NAMES_MAX] = {NULL};
    int count = 1, index = 0;
    for (int i = 0; i < family->count && count < NAMES_MAX; i++)
        if (family->members[i]->requests & KIND(kind)) {
            members[count] = family->members[i];
            names[count++] = family->members[i]->name;
        }
    *automatic =
        tw_bind_word(bind, element, "algorithm", names, count, &index) == TW_GIVEN && index == 0;
    return members[index];
}

static int find_operation(const struct tw_bind *bind, const struct tw_node *element)
{
    const char *names[TW_REQUEST_COUNT];
    int kind = -1;
    for (int i = 0; i < TW_REQUEST_COUNT; i++)
        names[i] = tw_request_name((enum tw_request_kind)i);
    (void)tw_bind_word(bind, element, "operation", names, TW_REQUEST_COUNT, &kind);
    return kind;
}

/* Whether a feedback rule may send a step densely, which is a SUM: start="dense" or a warm-up. */
static int sends_densely(const struct tw_choice *feedback)
{
    char text[TW_TEXT_MAX];
    const struct tw_member *member = feedback->member;
    for (size_t i = 0; i < member->option_count; i++) {
        const struct tw_option *row = &member->options[i];
        tw_option_print(row, feedback->params, text, sizeof text);
        if (row->type == TW_OPTION_CHOICE && strcmp(text, "dense") == 0)
            return 1;
        if (row->type == TW_OPTION_COUNT && strcmp(text, "0") != 0 &&
            (strstr(row->name, "warm") || strstr(row->name, "dense")))
            return 1;
    }
    return 0;
}

/* Sharded, the dense sum is a reduce-scatter, but for a rule that wants the mean on every rank
 * (sim/train/shard.c). */
static uint32_t sharded_asks(const struct tw_bound_method *method, const char *compressor,
                             uint32_t asked)
{
    const struct tw_member *feedback = method->feedback.member;
    if (!method->shard_stage || strcmp(compressor, "none") != 0 ||
        (feedback && feedback->needs & TW_LINEAR))
        return asked;
    return (asked & ~KIND(TW_SUM)) | KIND(TW_REDUCE_SCATTER);
}

/* Operations that the exchanges of the method's compressors are, rules for tensors included. */
static uint32_t compressor_asks(const struct tw_bound_method *method)
{
    const struct tw_member *feedback = method->feedback.member;
    const struct tw_member *own = method->compressor.member;
    uint32_t asked = sharded_asks(method, own->name, own->requests);
    if (feedback && feedback->requests)
        return feedback->requests; /* to a server and back */
    for (int i = 0; i < method->rule_count; i++) {
        const struct tw_member *member = method->rules[i].compressor.member;
        asked |= sharded_asks(method, member->name, member->requests);
        if (method->rules[i].min_gain > 0) /* of the tensors that stay dense */
            asked |= sharded_asks(method, "none", KIND(TW_SUM));
    }
    return asked;
}

/* A schedule for an operation that is never asked for: the whole method rests on a mistake when
 * nothing it does ask for is named; else the line is idle. */
static void judge_unasked(const struct tw_bind *bind, const struct tw_bound_method *method,
                          const struct tw_node *element, int kind, int asked_is_named)
{
    const struct tw_member *compressor = method->compressor.member;
    const char *operation = tw_request_name((enum tw_request_kind)kind);
    char asked[128];
    uint32_t asks = compressor_asks(method);
    operations(asks, asked, sizeof asked);
    if (method->feedback.member && method->feedback.member->requests && !asked_is_named) {
        tw_report_at(bind->report, TW_ERROR, element, "",
                     "method '%s': feedback '%s' sends to a server and back, by %s; collective "
                     "'%s' carries neither",
                     method->id, method->feedback.member->name, asked, operation);
    } else if (asked_is_named || asks == 0) {
        tw_report_at(bind->report, TW_WARNING, element, "",
                     "method '%s' never asks for %s, so this schedule is not used", method->id,
                     operation);
    } else if (kind == TW_SUM && !(compressor->traits & TW_SHARED_SUPPORT)) {
        tw_report_at(bind->report, TW_ERROR, element, "",
                     "method '%s': compressor '%s' chooses other indices on each node, so "
                     "collective 'allreduce' cannot add them; use %s",
                     method->id, compressor->name, asked);
    } else {
        tw_report_at(bind->report, TW_ERROR, element, "",
                     "method '%s': compressor '%s' asks for %s, which collective '%s' does not "
                     "carry; use %s",
                     method->id, compressor->name, asked, operation, asked);
    }
}

/* Who chooses where nobody names a schedule, and how much a pipelined schedule sends at once. */
static void read_preset_and_segment(const struct tw_bind *bind, const struct tw_node *element,
                                    int kind, struct tw_bound_method *method)
{
    const struct tw_catalogue *catalogue = bind->catalogue;
    double segment_B = 0;
    int index = 0;
    if (tw_bind_word(bind, element, "preset", catalogue->presets, catalogue->preset_count,
                     &index) == TW_GIVEN)
        method->presets[kind] = catalogue->presets[index];
    if (method->presets[kind] && method->algorithms[kind])
        tw_report_at(bind->report, TW_ERROR, element, "leave algorithm out, or write \"auto\"",
                     "collective: preset '%s' chooses the schedule, and algorithm '%s' names one",
                     method->presets[kind], method->algorithms[kind]->name);
    if (tw_bind_quantity(bind, element, "segment", TW_UNIT_SIZE, TW_POSITIVE, &segment_B) ==
        TW_GIVEN)
        method->segment_B[kind] = segment_B < 1 ? 1 : (uint64_t)segment_B;
}

/* What starting such an exchange costs. Who of an island starts one is not modelled. */
static void read_launch(const struct tw_bind *bind, const struct tw_node *element, int kind,
                        struct tw_bound_method *method)
{
    if (tw_bind_quantity(bind, element, "launch", TW_UNIT_TIME, TW_NOT_NEGATIVE,
                         &method->launch_s[kind]) == TW_GIVEN &&
        method->launch_s[kind] > 0 && method->island > 1)
        tw_report_at(bind->report, TW_ERROR, element, "leave one of the two out",
                     "method '%s': launch does not go together with islands of %d", method->id,
                     method->island);
}

/* Where the parameter server is: on rank 0, or on a host that trains nothing. */
static void read_server(const struct tw_bind *bind, const struct tw_node *element, int kind,
                        struct tw_bound_method *method)
{
    static const char *const places[] = {"rank", "host"};
    const struct tw_member *named = method->algorithms[kind];
    int place = 0;
    if (tw_bind_word(bind, element, "server", places, 2, &place) != TW_GIVEN)
        return;
    if (kind != TW_SUM || !named || strcmp(named->name, "parameter_server") != 0)
        tw_report_at(bind->report, TW_ERROR, element, "algorithm=\"parameter_server\"",
                     "collective: server says where the parameter server of an allreduce is, and "
                     "this schedule has none");
    else if (place && method->island > 1)
        tw_report_at(bind->report, TW_ERROR, element, "server=\"rank\", or leave island out",
                     "method '%s': a server on a host of its own does not go with islands",
                     method->id);
    else
        method->server = place;
}

/* A schedule from a file in the place of a name. */
static void read_table(const struct tw_bind *bind, const struct tw_node *element, int kind,
                       struct tw_bound_method *method)
{
    struct tw_text text;
    struct tw_err err = {0};
    if (tw_bind_text(bind, element, "msccl", &text) != TW_GIVEN)
        return;
    if (method->algorithms[kind] || method->presets[kind])
        tw_report_at(bind->report, TW_ERROR, element, "leave the other out",
                     "collective: msccl names a schedule, and so does %s",
                     method->presets[kind] ? "preset" : "algorithm");
    const char *file = tw_bind_file(bind, &text);
    if (!file)
        return;
    method->table_files[kind] = file;
    tw_status status = tw_msccl_read(file, bind->pool, &method->tables[kind], &err);
    if (!status && (int)method->tables[kind]->kind != kind)
        status = tw_err_set(&err, TW_INPUT, "'%.200s' is of coll %s", text.text,
                            tw_request_name(method->tables[kind]->kind));
    if (status == TW_MEMORY)
        bind->report->memory = 1;
    else if (status && err.line > 0)
        tw_report_add(bind->report, TW_ERROR, &err);
    else if (status)
        tw_bind_mistake(bind, &text, &err);
}

struct named {
    const struct tw_node *element[TW_REQUEST_COUNT];
};

static void read_collectives(const struct tw_bind *bind, const struct tw_node *element,
                             struct tw_bound_method *method, struct named *named)
{
    for (const struct tw_node *collective = tw_model_child(element, "collective"); collective;
         collective = tw_model_next(collective)) {
        int automatic = 0, kind = find_operation(bind, collective);
        if (kind < 0)
            continue;
        if (named->element[kind])
            tw_report_at(bind->report, TW_ERROR, collective, "",
                         "method '%s': two schedules for %s", method->id,
                         tw_request_name((enum tw_request_kind)kind));
        named->element[kind] = collective;
        method->algorithms[kind] = find_schedule(bind, collective, kind, &automatic);
        read_preset_and_segment(bind, collective, kind, method);
        read_launch(bind, collective, kind, method);
        read_table(bind, collective, kind, method);
        read_server(bind, collective, kind, method);
    }
}

static void judge_collectives(const struct tw_bind *bind, struct tw_bound_method *method,
                              const struct named *named)
{
    uint32_t own = compressor_asks(method), asked = own;
    uint32_t weights = method->shard_stage ? KIND(TW_GATHER) : 0;
    int asked_is_named = 0;
    if (method->feedback.member && sends_densely(&method->feedback))
        asked |= KIND(TW_SUM) | (method->shard_stage ? KIND(TW_REDUCE_SCATTER) : 0);
    asked |= weights;
    method->asked = asked;
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++)
        if (named->element[kind] && ((own | weights) & KIND(kind)))
            asked_is_named = 1;
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++) {
        int unasked = named->element[kind] && !(asked & KIND(kind));
        int mistaken = named->element[kind] && !asked_is_named;
        if (unasked || mistaken)
            judge_unasked(bind, method, named->element[kind], kind, asked_is_named);
    }
}

/* Whether an option of the compressor has this value. */
static int holds(const struct tw_choice *compressor, const char *name, const char *value)
{
    char text[TW_TEXT_MAX];
    for (size_t i = 0; i < compressor->member->option_count; i++) {
        const struct tw_option *row = &compressor->member->options[i];
        if (strcmp(row->name, name) != 0)
            continue;
        tw_option_print(row, compressor->params, text, sizeof text);
        return strcmp(text, value) == 0;
    }
    return 0;
}

void tw_bind_needs(const struct tw_bind *bind, const struct tw_bound_method *method,
                   const struct tw_choice *choice, const struct tw_node *element)
{
    static const struct {
        uint32_t trait;
        const char *what;
    } traits[] = {{TW_UNBIASED, "is unbiased"},
                  {TW_CONTRACTIVE, "is contractive"},
                  {TW_LINEAR, "is linear"},
                  {TW_SHARED_SUPPORT, "keeps the same indices on all ranks"},
                  {TW_NEEDS_MATRIX, "works on matrices"},
                  {TW_AVERAGES_OWN, "averages what each rank keeps of its own"},
                  {TW_DATA_SIZED, "sends bytes that depend on the data"}};
    const struct tw_member *feedback = method->feedback.member, *compressor = choice->member;
    int feeds = strcmp(feedback->name, "none") != 0, sketched = holds(choice, "memory", "sketch");
    if (feeds && !sketched && holds(choice, "values", "table"))
        tw_report_at(
            bind->report, TW_WARNING, element,
            "values=\"exact\", or values=\"table\" memory=\"sketch\" and no feedback",
            "method '%s': with values=\"table\" values that meet in a bucket count for each "
            "other, and the memory of feedback '%s' grows without bound",
            method->id, feedback->name);
    if (feeds && sketched)
        tw_report_at(
            bind->report, TW_ERROR, element,
            "<feedback type=\"none\"/>, or memory=\"none\" of the compressor",
            "method '%s': feedback '%s' keeps what was not sent, and so does '%s' with its "
            "own memory: it would be sent twice",
            method->id, feedback->name, compressor->name);
    if (feedback->requests && compressor->requests & ~(KIND(TW_SUM) | KIND(TW_GATHER)))
        tw_report_at(bind->report, TW_ERROR, element,
                     "a compressor of one all-gather or one all-reduce: topk",
                     "method '%s': feedback '%s' needs a compressor whose exchange is one message "
                     "of each rank to a server, and '%s' is not one",
                     method->id, feedback->name, compressor->name);
    for (size_t i = 0; i < sizeof traits / sizeof traits[0]; i++)
        if (feedback->needs & ~compressor->traits & traits[i].trait)
            tw_report_at(bind->report, TW_ERROR, element, "thinwire list names what each one is",
                         "method '%s': feedback '%s' needs a compressor that %s, and '%s' is not "
                         "one",
                         method->id, feedback->name, traits[i].what, compressor->name);
}

static void read_island(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_method *method)
{
    static const char *const modes[] = {"auto", "share", "leader"};
    uint64_t island = 1;
    int given = tw_bind_count(bind, element, "island", 1, (uint64_t)1 << 20, &island) != TW_ABSENT;
    method->island = (int)island;
    if (tw_bind_word(bind, element, "island_mode", modes, 3, &method->island_mode) == TW_GIVEN &&
        !given)
        tw_report_at(bind->report, TW_WARNING, element, "island=\"8\" makes islands",
                     "method '%s': island_mode is not used", method->id);
}

/* How values travel inside an island to be added. */
static void read_inside(const struct tw_bind *bind, const struct tw_node *element,
                        struct tw_bound_method *method)
{
    static const char *const types[] = {"full", "int8", "int4"};
    uint64_t block = 256;
    (void)tw_bind_word(bind, element, "inside", types, 3, &method->inside);
    int block_given =
        tw_bind_count(bind, element, "inside_block", 1, UINT64_C(1) << 30, &block) == TW_GIVEN;
    method->inside_block = method->inside ? block : 0;
    if (block_given && !method->inside)
        tw_report_at(bind->report, TW_WARNING, element, "inside=\"int8\" or \"int4\" has blocks",
                     "method '%s': inside_block is not used", method->id);
    if (!method->inside)
        return;
    if (method->island == 1)
        tw_report_at(bind->report, TW_ERROR, element, "island=\"8\", or inside=\"full\"",
                     "method '%s': inside=\"%s\" is about islands, and there are none", method->id,
                     types[method->inside]);
    else if (method->island_mode != 1)
        tw_report_at(bind->report, TW_ERROR, element, "island_mode=\"share\"",
                     "method '%s': inside=\"%s\" gives every rank of an island a share to add",
                     method->id, types[method->inside]);
    if (tw_model_child(element, "tensors"))
        tw_report_at(bind->report, TW_ERROR, element, "leave one of the two out",
                     "method '%s': inside=\"%s\" goes over whole buckets, and not together with "
                     "rules for tensors",
                     method->id, types[method->inside]);
}

void *tw_bind_method(const struct tw_bind *bind, const struct tw_node *element)
{
    struct named named = {0};
    struct tw_text text;
    struct tw_bound_method *method = tw_bind_take(bind, sizeof *method);
    if (!method || !element)
        return method;
    const char *id = tw_model_text(element, "id");
    *method = (struct tw_bound_method){.element = element, .id = id ? id : ""};
    method->label = method->id;
    if (tw_bind_text(bind, element, "label", &text) == TW_GIVEN)
        method->label = text.text;
    const struct tw_node *compressor = tw_bind_single(bind, element, "compressor");
    const struct tw_node *feedback = tw_bind_single(bind, element, "feedback");
    if (!compressor)
        tw_report_at(bind->report, TW_ERROR, element, "<compressor type=\"none\"/> is dense",
                     "method '%s': a compressor is missing", method->id);
    else
        tw_bind_compressor(bind, compressor, method);
    if (compressor)
        tw_bind_stages(bind, compressor, method);
    if (feedback)
        (void)tw_bind_choice(bind, feedback, "type", &bind->catalogue->feedbacks,
                             &method->feedback);
    else
        (void)tw_bind_default(bind, element, "none", &bind->catalogue->feedbacks, "feedback",
                              &method->feedback);
    read_island(bind, element, method);
    read_inside(bind, element, method);
    tw_bind_sharding(bind, element, method);
    tw_bind_tensors(bind, element, method);
    read_collectives(bind, element, method, &named);
    if (method->compressor.member)
        judge_collectives(bind, method, &named);
    if (method->compressor.member && method->feedback.member)
        tw_bind_needs(bind, method, &method->compressor, feedback ? feedback : element);
    return method;
}
