/* Options of a compressor and of rules for tensors, against the tensors of the workload. They
 * depend on ranks too (buckets may, and what a rank owns of one), but on nothing else of a
 * platform: a sweep over bandwidths asks once. */
#include "judge.h"

void tw_judge_open_options(struct tw_judge *judge)
{
    const struct tw_bind *bind = judge->bind;
    size_t methods = (size_t)judge->parts->method_count;
    judge->options = tw_bind_take(bind, (methods + 1) * sizeof *judge->options);
    for (size_t i = 0; judge->options && judge->sharding && i < methods; i++) {
        size_t count = tw_dimensions_count(&judge->sharding[i].depends, bind->sweep);
        judge->options[i] = tw_bind_take(bind, count * sizeof **judge->options);
    }
}

/* 1: these ranks were not the last to be asked about. */
static int other_ranks(const struct tw_judge *judge, int method, int ranks)
{
    if (!judge->options || !judge->sharding || !judge->options[method])
        return 0;
    int *last = &judge->options[method][tw_dimensions_here(&judge->sharding[method].depends,
                                                           judge->bind->sweep)];
    if (*last == ranks)
        return 0;
    *last = ranks;
    return 1;
}

static void warn_idle(const struct tw_judge *judge, const struct tw_point *point, int rule,
                      const struct tw_node *line)
{
    struct tw_err err = {0};
    tw_status status = judge->bind->catalogue->check_point(
        point, (enum tw_concern)(TW_CONCERN_MATCH + rule), &err);
    if (status == TW_MEMORY)
        judge->bind->report->memory = 1;
    else if (status == TW_REFUSED)
        tw_report_at(judge->bind->report, TW_WARNING, line, err.hint, "method '%s': %s",
                     point->method, err.text);
}

void tw_judge_options(const struct tw_judge *judge, int method,
                      const struct tw_bound_platform *platform,
                      const struct tw_bound_workload *workload, const struct tw_bound_method *bound)
{
    struct tw_point point = {0};
    const struct tw_node *element = tw_model_child(bound->element, "compressor");
    int ranks = platform->nodes * platform->ranks_per_node, rule = 0;
    if (!workload->workload.member || !workload->optimizer.member || !bound->feedback.member ||
        ranks % bound->island != 0 || !other_ranks(judge, method, ranks))
        return;
    tw_point_fill(&point, platform, NULL, workload, bound);
    tw_bind_two_momenta(judge->bind, &workload->optimizer, bound);
    (void)tw_judge_ask(judge, &point, TW_CONCERN_OPTIONS, element, element->name);
    for (const struct tw_node *line = tw_model_child(bound->element, "tensors"); line;
         line = tw_model_next(line), rule++)
        if (tw_judge_ask(judge, &point, (enum tw_concern)(TW_CONCERN_RULE + rule), line,
                         line->name))
            warn_idle(judge, &point, rule, line);
}
