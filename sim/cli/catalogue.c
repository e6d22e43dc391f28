/* All families' members in one table for the scenario room, which knows none of the other rooms,
 * and the rules of those rooms that a whole point must keep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include "cli.h"
#include "model_layers.h"
#include "piece.h"
#include "schedule_rules.h"
#include "step_rules.h"
#include "compressor.h"
#include "plugin.h"
#include "../collective/schedule.h"
#include "../network/platform.h"
#include "../results/results.h"
#include "../train/feedback.h"
#include "../train/optimizer.h"
#include "../workload/recording.h"
#include "../workload/workload.h"

static const struct tw_member *compressor_member(int i)
{
    return &tw_compressor_at(i, TW_FP32)->member;
}

static const struct tw_member *feedback_member(int i)
{
    return &tw_feedback_at(i, TW_FP32)->member;
}

static const struct tw_member *optimizer_member(int i)
{
    return &tw_optimizer_at(i, TW_FP32)->member;
}

static const struct tw_member *workload_member(int i)
{
    return &tw_workload_at(i, TW_FP32)->member;
}

static const struct tw_member *algorithm_member(int i)
{
    return &tw_algorithm_at(i)->member;
}

static const struct tw_member *executor_member(int i)
{
    return &tw_executor_at(i)->member;
}

static tw_status fill(struct tw_family *family, int count, const struct tw_member *(*at)(int))
{
    const struct tw_member **members = calloc((size_t)count + 1, sizeof *members);
    if (!members)
        return TW_MEMORY;
    for (int i = 0; i < count; i++)
        members[i] = at(i);
    family->members = members;
    family->count = count;
    return TW_OK;
}

/* Members are the same for both precisions, so the fp32 one can check for either. */
static tw_status check_workload(const struct tw_member *member, const void *params,
                                struct tw_err *err)
{
    const struct tw_workload *workload = tw_workload_find(member->name, TW_FP32);
    if (!workload)
        return tw_err_set(err, TW_UNKNOWN, "workload '%s' is unknown", member->name);
    return tw_workload_check(workload, params, err);
}

static int workload_file(const struct tw_member *member, const void *params, int i, char *path,
                         size_t size)
{
    const struct tw_workload *workload = tw_workload_find(member->name, TW_FP32);
    return workload ? tw_workload_data_file(workload, params, i, path, size) : 0;
}

/* ---- what a point must keep ---- */

/* The text of a member's option; 0: it has none of that name. */
static int option_text(const struct tw_choice *choice, const char *name, char text[TW_TEXT_MAX])
{
    for (size_t i = 0; i < choice->member->option_count; i++)
        if (strcmp(choice->member->options[i].name, name) == 0) {
            tw_option_print(&choice->member->options[i], choice->params, text, TW_TEXT_MAX);
            return 1;
        }
    return 0;
}

/* Steps and ranks of a recording, from its header. */
static tw_status check_recording(const struct tw_point *point, int ranks, struct tw_err *err)
{
    char file[TW_TEXT_MAX], reuse[TW_TEXT_MAX], layout[TW_TEXT_MAX], per_rank[TW_TEXT_MAX];
    struct tw_recording recording = {0};
    if (!option_text(&point->workload, "file", file) ||
        !option_text(&point->workload, "reuse", reuse) || strcmp(reuse, "cycle") == 0 ||
        !option_text(&point->workload, "layout", layout) ||
        !option_text(&point->workload, "per_rank", per_rank))
        return TW_OK;
    tw_status status =
        tw_recording_open(file, layout, strcmp(per_rank, "yes") == 0, &recording, err);
    if (!status && (recording.steps < point->steps || recording.ranks < (uint64_t)ranks)) {
        tw_err_set(err, TW_RANGE,
                   "%s holds %llu steps of %llu ranks, the run needs %u steps of %d ranks", file,
                   (unsigned long long)recording.steps, (unsigned long long)recording.ranks,
                   point->steps, ranks);
        status = tw_err_hint(err, TW_RANGE, "reuse=\"cycle\" starts again from the first");
    }
    tw_recording_close(&recording);
    return status;
}

/* Entries of an IDX file of labels, from its header; 0: it is something else. */
static uint32_t label_count(const char *path)
{
    static const unsigned char magic[4] = {0, 0, 8, 1}; /* bytes, one dimension */
    unsigned char head[8];
    gzFile file = gzopen(path, "rb");
    int got = file ? gzread(file, head, sizeof head) : 0;
    if (file)
        gzclose(file);
    if (got != (int)sizeof head || memcmp(head, magic, sizeof magic) != 0)
        return 0;
    return (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 | head[7];
}

/* Every rank owns at least one training sample. The first labels of a data set are those. */
static tw_status check_samples(const struct tw_point *point, int ranks, struct tw_err *err)
{
    char path[TW_TEXT_MAX];
    uint32_t samples = 0;
    for (int i = 0; samples == 0 && workload_file(point->workload.member, point->workload.params, i,
                                                  path, sizeof path);
         i++)
        samples = label_count(path);
    if (samples == 0 || samples >= (uint32_t)ranks)
        return TW_OK;
    return tw_err_set(err, TW_RANGE, "%u training samples cannot be split among %d ranks", samples,
                      ranks);
}

static tw_status check_optimizer(const struct tw_point *point, struct tw_err *err)
{
    const struct tw_optimizer *optimizer =
        tw_optimizer_find(point->optimizer.member->name, TW_FP32);
    return optimizer && optimizer->check ? optimizer->check(point->optimizer.params, err) : TW_OK;
}

static tw_status check_options(const struct tw_point *point, int rule, struct tw_err *err)
{
    struct tw_train_setup setup;
    tw_status status = tw_piece_setup(point, &setup, err);
    return status ? status : tw_train_check_options(&setup, rule, err);
}

static tw_status check_match(const struct tw_point *point, int rule, struct tw_err *err)
{
    struct tw_train_setup setup;
    tw_status status = tw_piece_setup(point, &setup, err);
    return status ? status : tw_train_check_match(&setup, rule, err);
}

/* Which parts of the gradient a rank holds decides what a step of several micro-batches sends. */
static tw_status check_sharding(const struct tw_point *point, struct tw_err *err)
{
    const struct tw_train_setup setup = {
        .island = 1,
        .optimizer = tw_optimizer_find(point->optimizer.member->name, point->precision),
        .optimizer_params = point->optimizer.params,
        .sharding = {.stage = (enum tw_shard_stage)point->shard_stage,
                     .weights = (enum tw_weights_type)point->shard_weights,
                     .block = point->shard_block}};
    if (!setup.optimizer)
        return tw_err_set(err, TW_INTERNAL, "an optimizer is in no registry");
    if (point->shape.accumulate <= 1 ||
        (point->shard_stage < TW_SHARD_ZERO2 && !point->shard_gather))
        return tw_train_check_sharding(&setup, err);
    if (point->shard_stage < TW_SHARD_ZERO2)
        return tw_err_hint(err,
                           tw_err_set(err, TW_REFUSED,
                                      "gather=\"forward\" is not built for accumulate=\"%u\"",
                                      point->shape.accumulate),
                           "gather=\"update\"");
    tw_err_set(
        err, TW_REFUSED,
        "sharding zero%d gives the gradient of every micro-batch away, and only one exchange "
        "per step is built: not with accumulate=\"%u\"",
        point->shard_stage, point->shape.accumulate);
    return tw_err_hint(err, TW_REFUSED, "zero1 keeps it until the last one, or accumulate=\"1\"");
}

/* Numbers on some of the ranks only: whether they suffice. */
static tw_status check_sample(const struct tw_point *point, int ranks, struct tw_err *err)
{
    struct tw_train_setup setup;
    if (point->island < 1 || ranks % point->island)
        return TW_OK; /* said elsewhere */
    tw_status status = tw_piece_setup(point, &setup, err);
    return status ? status : tw_train_check_sample(&setup, err);
}

/* The schedules of a kind that fit, for a hint. */
static void fitting(const struct tw_layout *layout, char *text, size_t size)
{
    const char *names[64] = {"auto"};
    size_t count = 1;
    for (int i = 0; i < tw_algorithm_count() && count < 64; i++) {
        const struct tw_algorithm *algorithm = tw_algorithm_at(i);
        if (algorithm->kind == layout->kind && (!algorithm->fits || algorithm->fits(layout)))
            names[count++] = algorithm->member.name;
    }
    tw_join(names, count, text, size);
}

/* Which elements travel does not matter to whether a schedule fits: one for each block. */
static tw_status check_schedule(const struct tw_pricing *pricing, int island,
                                enum tw_request_kind kind, struct tw_err *err)
{
    const struct tw_algorithm *algorithm = pricing->algorithms[kind];
    struct tw_action_item item = tw_schedule_rules_item(pricing, island, kind);
    int ranks = item.layout.ranks;
    if (ranks == 1)
        return TW_OK; /* nothing is exchanged */
    if (algorithm->fits && !algorithm->fits(&item.layout)) {
        char names[400];
        fitting(&item.layout, names, sizeof names);
        tw_err_set(err, TW_REFUSED, "%s %s does not fit %d %s on %d nodes", tw_request_name(kind),
                   algorithm->member.name, ranks, island == 1 ? "ranks" : "islands",
                   pricing->platform.nodes);
        return tw_err_hint(err, TW_REFUSED, "these do: %s", names);
    }
    item.layout.blocks = algorithm->blocks(&item.layout);
    struct tw_step_job job = {
        .platform = &pricing->platform, .network = &pricing->network, .items = &item, .count = 1};
    return pricing->executor->accepts(&job, err);
}

static tw_status check_executor(const struct tw_pricing *pricing, struct tw_err *err)
{
    struct tw_step_job job = {.platform = &pricing->platform, .network = &pricing->network};
    return pricing->executor->accepts(&job, err);
}

static tw_status check_point(const struct tw_point *point, enum tw_concern concern,
                             struct tw_err *err)
{
    struct tw_piece_pricing piece;
    struct tw_point own = *point;
    int ranks = point->nodes * point->ranks_per_node;
    if (concern == TW_CONCERN_OPTIMIZER)
        return check_optimizer(point, err);
    if (concern == TW_CONCERN_OPTIONS)
        return check_options(point, -1, err);
    if (concern >= TW_CONCERN_MATCH)
        return check_match(point, (int)concern - TW_CONCERN_MATCH, err);
    if (concern >= TW_CONCERN_RULE)
        return check_options(point, (int)concern - TW_CONCERN_RULE, err);
    if (concern == TW_CONCERN_STEP)
        return tw_step_rules_check(point, err);
    if (concern == TW_CONCERN_SHARDING)
        return check_sharding(point, err);
    if (concern == TW_CONCERN_SAMPLE)
        return check_sample(point, ranks, err);
    if (concern == TW_CONCERN_WORKLOAD)
        return point->workload.member->traits & TW_RECORDED_DATA
                   ? check_recording(point, ranks, err)
                   : check_samples(point, ranks, err);
    if (!own.executor) /* PLATFORM: any will do */
        own.executor = executor_member(0);
    if (!own.platform_file)
        own.platform_file = "";
    tw_status status = tw_piece_price_setup(&own, &piece, err);
    if (status)
        return status;
    if (concern == TW_CONCERN_PLATFORM)
        return tw_platform_check(&piece.pricing.platform, err);
    piece.pricing.platform.server = 0; /* the method's, which is judged with its schedule */
    status = check_executor(&piece.pricing, err);
    piece.pricing.platform.server = own.server;
    if (concern == TW_CONCERN_NETWORK)
        return status;
    if (concern == TW_CONCERN_LOOK)
        return tw_step_rules_look(&piece.pricing, err);
    if (status) /* said of the network */
        return TW_OK;
    if (concern == TW_CONCERN_ISLAND)
        return tw_schedule_rules_islands(&piece.pricing, point->island, err);
    enum tw_request_kind kind = (enum tw_request_kind)(concern - TW_CONCERN_SCHEDULE);
    status = tw_schedule_rules_check(&piece.pricing, point->island, kind, err);
    return status || !piece.pricing.algorithms[kind]
               ? status
               : check_schedule(&piece.pricing, point->island, kind, err);
}

static tw_status fill_presets(struct tw_catalogue *catalogue)
{
    const char **names = calloc(TW_PRESET_COUNT + 1, sizeof *names);
    if (!names)
        return TW_MEMORY;
    for (int i = 0; i < TW_PRESET_COUNT; i++)
        names[i] = tw_preset_name((enum tw_preset)i);
    catalogue->presets = names;
    catalogue->preset_count = TW_PRESET_COUNT;
    return TW_OK;
}

static tw_status fill_plots(struct tw_catalogue *catalogue)
{
    int count = tw_figure_count();
    const char **names = calloc((size_t)count + 1, sizeof *names);
    if (!names)
        return TW_MEMORY;
    for (int i = 0; i < count; i++)
        names[i] = tw_figure_name(i);
    catalogue->plots = names;
    catalogue->plot_count = count;
    return TW_OK;
}

static tw_status read_plugin(const void *table, const struct tw_member *members[2],
                             struct tw_err *err)
{
    const struct tw_plugin *plugin = table;
    tw_status status = tw_plugin_check(plugin, err);
    for (int p = TW_FP32; status == TW_OK && p <= TW_FP64; p++) {
        const struct tw_compressor *ops = tw_plugin_ops(plugin, (enum tw_precision)p);
        members[p] = ops ? &ops->member : NULL;
    }
    return status;
}

tw_status tw_catalogue_make(struct tw_catalogue *catalogue)
{
    tw_status status = fill(&catalogue->compressors, tw_compressor_count(), compressor_member);
    if (!status)
        status = fill(&catalogue->feedbacks, tw_feedback_count(), feedback_member);
    if (!status)
        status = fill(&catalogue->optimizers, tw_optimizer_count(), optimizer_member);
    if (!status)
        status = fill(&catalogue->workloads, tw_workload_count(), workload_member);
    if (!status)
        status = fill(&catalogue->algorithms, tw_algorithm_count(), algorithm_member);
    if (!status)
        status = fill(&catalogue->executors, tw_executor_count(), executor_member);
    if (!status)
        status = fill_plots(catalogue);
    if (!status)
        status = fill_presets(catalogue);
    catalogue->check_workload = check_workload;
    catalogue->workload_file = workload_file;
    catalogue->check_point = check_point;
    catalogue->read_plugin = read_plugin;
    catalogue->model_flops = tw_layers_of_model;
    catalogue->plugin_symbol = TW_PLUGIN_SYMBOL;
    if (status)
        tw_catalogue_free(catalogue);
    return status;
}

void tw_catalogue_free(struct tw_catalogue *catalogue)
{
    struct tw_family *families[] = {&catalogue->compressors, &catalogue->feedbacks,
                                    &catalogue->optimizers,  &catalogue->workloads,
                                    &catalogue->algorithms,  &catalogue->executors};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        free((void *)families[i]->members);
        *families[i] = (struct tw_family){NULL, 0};
    }
    free((void *)catalogue->presets);
    catalogue->presets = NULL;
    catalogue->preset_count = 0;
    free((void *)catalogue->plots);
    catalogue->plots = NULL;
    catalogue->plot_count = 0;
}
