/* thinwire plan: the points of a scenario, every resolved value, and what they will take. */
#include <argp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"
#include "piece.h"
#include "resolved.h"
#include "../network/choice_events.h"
#include "../network/timeline_plan.h"

enum format { FORMAT_TEXT, FORMAT_TSV, FORMAT_JSON };

struct arguments {
    struct tw_selection selection;
    enum format format;
};

static const struct argp_option options[] = {
    {"set", 's', "AXIS=V[,V…]", 0, "replace the values of an axis", 0},
    {"only", 'O', "XPATH", 0, "keep the points for which this holds, e.g. '$nodes > 8'", 0},
    {"format", 'F', "FORMAT", 0, "text (default), tsv or json", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    struct tw_err err = {0};
    switch (key) {
    case 's':
        if (tw_selection_add(&a->selection, arg, &err))
            argp_error(state, "%s", err.text);
        return 0;
    case 'O':
        a->selection.only = arg;
        return 0;
    case 'F':
        if (strcmp(arg, "text") != 0 && strcmp(arg, "tsv") != 0 && strcmp(arg, "json") != 0)
            argp_error(state, "--format is text, tsv or json, not '%s'", arg);
        a->format = arg[0] == 'j' ? FORMAT_JSON : arg[1] == 's' ? FORMAT_TSV : FORMAT_TEXT;
        return 0;
    case ARGP_KEY_ARG:
        if (a->selection.path)
            argp_error(state, "one scenario file, please; '%s' is a second", arg);
        a->selection.path = arg;
        return 0;
    case ARGP_KEY_END:
        if (!a->selection.path)
            argp_error(state, "a scenario file is missing");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* What a steady step will take, from sizes alone, the mean where steps take turns. step_time_s is
 * NAN where only SimGrid can say. */
struct prediction {
    double messages, sent_B, step_time_s, memory_B;
    uint64_t used; /* schedules, as bits of tw_algorithm_at */
};

/* Bytes, messages and schedules of a step, which no executor needs to price for that; a share of
 * them is added. */
static tw_status count_step(const struct tw_pricing *pricing, const struct tw_trace *trace,
                            uint32_t step, double share, struct prediction *out, struct tw_err *err)
{
    struct tw_step_plan plan;
    const struct tw_record *record = &trace->records[trace->step_record[step]];
    tw_status status = tw_step_plan_make(&plan, pricing, trace, record, err);
    if (status)
        return status;
    out->messages += share * plan.traffic.messages_per_rank;
    out->sent_B += share * plan.traffic.sent_B_per_rank;
    for (int i = 0; i < plan.count; i++)
        for (int a = 0; a < tw_algorithm_count(); a++)
            if (plan.items[i].algorithm == tw_algorithm_at(a))
                out->used |= UINT64_C(1) << a;
    tw_step_plan_free(&plan);
    return TW_OK;
}

/* The last `turns` steps of a short run on max-plus; where the platform needs SimGrid, what they
 * move. */
static tw_status price_last(struct tw_piece_pricing *piece, const struct tw_run *run,
                            uint32_t turns, struct prediction *out, struct tw_err *err)
{
    struct tw_pricing *pricing = &piece->pricing;
    struct tw_priced priced = {0};
    struct tw_err ignored = {0};
    struct tw_choices choices = {0};
    pricing->choices = &choices;
    pricing->executor = tw_executor_find("maxplus");
    tw_status status = tw_price_trace(pricing, &run->trace, NULL, NULL, &priced, &ignored);
    uint32_t steps = run->trace.steps, first = steps > turns ? steps - turns : 0;
    double share = 1.0 / (steps - first);
    out->messages = out->sent_B = 0;
    if (status) {
        status = TW_OK;
        for (uint32_t t = first; t < steps && !status; t++)
            status = count_step(pricing, &run->trace, t, share, out, err);
        goto done;
    }
    out->used = priced.used;
    out->step_time_s = 0;
    for (uint32_t t = first; t < steps; t++) {
        out->messages += share * priced.steps[t].messages_per_rank;
        out->sent_B += share * priced.steps[t].sent_B_per_rank;
        out->step_time_s += share * priced.steps[t].step_time_s;
    }
    tw_priced_free(&priced);
done:
    pricing->choices = NULL;
    tw_choices_close(&choices);
    return status;
}

struct known_run {
    char data_key[33];
    struct tw_run run;
    uint64_t memory_B;
    uint32_t turns; /* steps that are priced: a compressor may take turns */
};

/* The most turns that a compressor of the method takes. */
static uint32_t turns_of(const struct tw_train_setup *setup)
{
    int most = tw_plan_turns(setup->compressor);
    for (int i = 0; i < setup->rule_count; i++)
        if (tw_plan_turns(setup->rules[i].compressor) > most)
            most = tw_plan_turns(setup->rules[i].compressor);
    return (uint32_t)most;
}

/* What holds in the last step of the run, from its first step on. */
static void settle(struct tw_stages *stages, uint32_t steps)
{
    uint32_t stage = stages->steps && steps ? (steps - 1) / stages->steps : 0;
    if (stage >= (uint32_t)stages->count) {
        stages->count = 0;
        return;
    }
    *stages = (struct tw_stages){{stages->params[stage]}, 1, UINT32_MAX};
}

/* Two steps past dense start and stages, from sizes alone, and the memory of the whole run. */
static tw_status shorten(const struct tw_point *point, struct known_run *known, struct tw_err *err)
{
    struct tw_train_setup setup;
    tw_status status = tw_piece_setup(point, &setup, err);
    struct tw_run *run = &known->run;
    if (!status) {
        uint32_t steady = setup.feedback->dense_steps(setup.feedback_params) + 2, all = setup.steps;
        setup.steps = all < steady ? all : steady;
        status = tw_train_memory(&setup, &known->memory_B, err);
        settle(&setup.stages, all);
        known->turns = setup.steps == steady ? turns_of(&setup) : 1;
    }
    if (status || !setup.compressor->plan || setup.measured) /* no seconds before a run */
        return status;
    status = tw_train_plan(&setup, run, err);
    if (status != TW_REFUSED)
        return status;
    *err = (struct tw_err){0}; /* bytes depend on the data: nothing to predict */
    tw_run_free(run);
    *run = (struct tw_run){0};
    return TW_OK;
}

/* The runs of data keys already met: most points differ in the network alone. */
struct known {
    struct known_run *runs;
    int count;
};

static void known_free(struct known *known)
{
    for (int i = 0; i < known->count; i++)
        tw_run_free(&known->runs[i].run);
    free(known->runs);
}

static tw_status known_run(struct known *known, const struct tw_point *point, const char *data_key,
                           int *index, struct tw_err *err)
{
    for (*index = 0; *index < known->count; ++*index)
        if (!strcmp(known->runs[*index].data_key, data_key))
            return TW_OK;
    void *grown = realloc(known->runs, ((size_t)known->count + 1) * sizeof *known->runs);
    if (!grown)
        return tw_err_set(err, TW_MEMORY, "out of memory");
    known->runs = grown;
    memset(&known->runs[*index], 0, sizeof known->runs[*index]);
    snprintf(known->runs[*index].data_key, sizeof known->runs[*index].data_key, "%s", data_key);
    known->count++;
    return shorten(point, &known->runs[*index], err);
}

static tw_status predict(struct known *known, const struct tw_point *point, const char *data_key,
                         struct prediction *out, struct tw_err *err)
{
    struct tw_piece_pricing pricing;
    int index;
    *out = (struct prediction){NAN, NAN, NAN, NAN, 0};
    tw_status status = known_run(known, point, data_key, &index, err);
    if (status)
        return status;
    out->memory_B = (double)known->runs[index].memory_B;
    if (!known->runs[index].run.trace.steps)
        return TW_OK;
    status = tw_piece_price_setup(point, &pricing, err);
    return status
               ? status
               : price_last(&pricing, &known->runs[index].run, known->runs[index].turns, out, err);
}

/* A number, or "-" for what cannot be said. */
static void number(FILE *to, double value)
{
    if (isfinite(value))
        fprintf(to, "%.10g", value);
    else
        fputc('-', to);
}

static void print_common(const json_t *resolved, const struct tw_tune *tune)
{
    const char *name;
    json_t *value;
    printf("scenario %s\n", json_string_value(json_object_get(resolved, "scenario")));
    puts("the same for every point:");
    json_object_foreach(json_object_get(resolved, "common"), name, value)
    {
        char text[600];
        tw_resolved_text(value, text, sizeof text);
        printf("  %-36s %s\n", name, text);
    }
    if (tune)
        printf("tuned by %s: of points that differ in '%s' alone, `run` keeps one\n", tune->metric,
               tune->over);
    puts("points:");
}

/* Names that some point has and not all share, in sorted order. */
static json_t *varying_names(const json_t *points)
{
    json_t *names = json_object(), *point, *value;
    const char *name;
    size_t i;
    json_array_foreach(points, i, point)
    {
        json_object_foreach(point, name, value)
        {
            if (strcmp(name, "key") != 0 && strcmp(name, "data_key") != 0)
                json_object_set_new(names, name, json_true());
        }
    }
    return names;
}

static void print_row(const json_t *point, const json_t *names, const struct prediction *p,
                      size_t index)
{
    const char *name;
    json_t *value;
    printf("%zu\t%s\t%s", index, json_string_value(json_object_get(point, "key")),
           json_string_value(json_object_get(point, "data_key")));
    json_object_foreach((json_t *)names, name, value)
    {
        char text[600];
        const json_t *own = json_object_get(point, name);
        tw_resolved_text(own ? own : json_null(), text, sizeof text);
        printf("\t%s", text);
    }
    char schedules[256];
    tw_piece_collectives(p->used, schedules, sizeof schedules);
    printf("\t%s", *schedules ? schedules : "-");
    const double numbers[] = {p->messages, p->sent_B, p->step_time_s, p->memory_B};
    for (int i = 0; i < 4; i++) {
        putchar('\t');
        number(stdout, numbers[i]);
    }
    putchar('\n');
}

static tw_status print_table(const struct tw_scenario *scenario, const struct tw_keys *keys,
                             const json_t *resolved, struct tw_err *err)
{
    json_t *points = json_object_get(resolved, "points"), *point, *value;
    json_t *names = varying_names(points);
    const char *name;
    size_t i;
    struct known known = {0};
    tw_status status = TW_OK;
    fputs("index\tkey\tdata_key", stdout);
    json_object_foreach(names, name, value) printf("\t%s", name);
    puts("\tcollective\tmessages_per_rank\tsent_B_per_rank\tstep_time_s\tmemory_here_B");
    json_array_foreach(points, i, point)
    {
        struct prediction p;
        status = predict(&known, tw_scenario_point(scenario, (int)i), keys[i].data_key, &p, err);
        if (status)
            break;
        print_row(point, names, &p, i);
    }
    known_free(&known);
    json_decref(names);
    return status;
}

static tw_status print_json(const struct tw_scenario *scenario, const struct tw_keys *keys,
                            json_t *resolved, struct tw_err *err)
{
    json_t *point;
    size_t i;
    struct known known = {0};
    tw_status status = TW_OK;
    json_array_foreach(json_object_get(resolved, "points"), i, point)
    {
        struct prediction p;
        status = predict(&known, tw_scenario_point(scenario, (int)i), keys[i].data_key, &p, err);
        if (status)
            break;
        const char *const names[] = {"messages_per_rank", "sent_B_per_rank", "step_time_s",
                                     "memory_here_B"};
        char schedules[256];
        tw_piece_collectives(p.used, schedules, sizeof schedules);
        const double numbers[] = {p.messages, p.sent_B, p.step_time_s, p.memory_B};
        json_t *predicted = json_object();
        json_object_set_new(predicted, "collective", json_string(schedules));
        for (int n = 0; n < 4; n++)
            json_object_set_new(predicted, names[n],
                                isfinite(numbers[n]) ? json_real(numbers[n]) : json_null());
        json_object_set_new(point, "predicted", predicted);
    }
    known_free(&known);
    if (!status &&
        json_dumpf(resolved, stdout, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_REAL_PRECISION(17)))
        return tw_err_set(err, TW_IO, "standard output could not be written");
    putchar('\n');
    return status;
}

static tw_status plan_scenario(const struct arguments *a, const struct tw_scenario *scenario,
                               struct tw_err *err)
{
    struct tw_keys *keys = NULL;
    tw_status status = tw_resolved_keys(scenario, &keys, err);
    json_t *resolved = status ? NULL : tw_resolved_make(scenario, keys, err);
    if (!status && !resolved)
        status = err->status ? err->status : TW_MEMORY;
    if (!status && a->format == FORMAT_TEXT)
        print_common(resolved, tw_scenario_tune(scenario));
    if (!status)
        status = a->format == FORMAT_JSON ? print_json(scenario, keys, resolved, err)
                                          : print_table(scenario, keys, resolved, err);
    json_decref(resolved);
    free(keys);
    return status;
}

int tw_command_plan(int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        "SCENARIO.xml",
        "Lists the points of a scenario with every resolved value, and predicts for a steady step "
        "of "
        "each: messages and bytes a rank sends, seconds (by max-plus, '-' where the platform needs "
        "SimGrid), and the memory that running it takes on this machine. Nothing is run.",
        NULL,
        NULL,
        NULL};
    struct arguments a = {0};
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    struct tw_catalogue catalogue = {0};
    struct tw_scenario *scenario = NULL;
    struct tw_err err = {0};
    if (tw_catalogue_make(&catalogue)) {
        fputs("thinwire: error: out of memory\n", stderr);
        return TW_EXIT_POINTS_FAILED;
    }
    int result = tw_selection_open(&a.selection, &catalogue, &scenario);
    if (result == TW_EXIT_DONE && plan_scenario(&a, scenario, &err)) {
        tw_report(&err);
        result = TW_EXIT_POINTS_FAILED;
    }
    result = tw_output_end(result);
    tw_scenario_close(scenario);
    tw_catalogue_free(&catalogue);
    return result;
}
