/* Arguments of `thinwire run`. */
#include "run_arguments.h"

#include <argp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include "base/units.h"

static const struct argp_option options[] = {
    {"output", 'o', "DIR", 0, "results folder (default results/ID)", 0},
    {"jobs", 'j', "N", 0, "points at the same time (default: the processors allowed)", 0},
    {"shard", 'S', "I/N", 0, "run part I of N, counted from 0", 0},
    {"set", 's', "AXIS=V[,V…]", 0, "replace the values of an axis", 0},
    {"only", 'O', "XPATH", 0, "keep the points for which this holds, e.g. '$nodes > 8'", 0},
    {"fresh", 'f', NULL, 0, "forget earlier rows and traces of DIR", 0},
    {"timeout", 't', "S", 0, "give up on a point after S seconds", 0},
    {"max-memory", 'm', "SIZE", 0,
     "start fewer points at a time when they would need more, and none that does alone", 0},
    {"quiet", 'q', NULL, 0, "no progress", 0},
    {"links", 'l', NULL, 0, "also write links.csv: what every link carries", 0},
    {"energy", 'E', NULL, 0, "also write energy.csv: joules of every host that has watts", 0},
    {"record", 'r', "DIR", 0, "also write the gradients of the one data-plane run into DIR", 0},
    {"record-as", 'R', "FORM", 0, "npy (with layout.csv; the default) or safetensors", 0},
    {"trace", 'T', "perfetto[=STEP]", 0,
     "also write a step of every point (the last, or STEP, from 1) into DIR/traces", 0},
    {0}};

static int whole(const char *text, int min, int *value)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end || number < min || number > 1000000)
        return 0;
    *value = (int)number;
    return 1;
}

static int shard(char *text, int *index, int *count)
{
    char *slash = strchr(text, '/');
    if (!slash)
        return 0;
    *slash = '\0';
    return whole(text, 0, index) && whole(slash + 1, 1, count) && *index < *count;
}

static int record_form(const char *text, enum tw_record_form *form)
{
    *form = strcmp(text, "npy") == 0 ? TW_RECORD_NPY : TW_RECORD_SAFETENSORS;
    return *form == TW_RECORD_NPY || strcmp(text, "safetensors") == 0;
}

/* "perfetto" or "perfetto=3". */
static int trace_form(const char *text, struct tw_run_arguments *a)
{
    static const char form[] = "perfetto";
    size_t length = strlen(form);
    int step = 0;
    if (strncmp(text, form, length) != 0 ||
        (text[length] && (text[length] != '=' || !whole(text + length + 1, 1, &step))))
        return 0;
    a->trace = 1;
    a->trace_step = (uint32_t)step;
    return 1;
}

/* What needs no parsing. 1: taken. */
static int take_text(struct tw_run_arguments *a, int key, char *arg)
{
    switch (key) {
    case 'o':
        a->directory = arg;
        return 1;
    case 'O':
        a->selection.only = arg;
        return 1;
    case 'r':
        a->record = arg;
        return 1;
    case 'f':
        a->fresh = 1;
        return 1;
    case 'q':
        a->quiet = 1;
        return 1;
    case 'l':
        a->links = 1;
        return 1;
    case 'E':
        a->energy = 1;
        return 1;
    default:
        return 0;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct tw_run_arguments *a = state->input;
    struct tw_err err = {0};
    if (take_text(a, key, arg))
        return 0;
    switch (key) {
    case 's':
        if (tw_selection_add(&a->selection, arg, &err))
            argp_error(state, "%s", err.text);
        return 0;
    case 'j':
        if (!whole(arg, 1, &a->jobs))
            argp_error(state, "--jobs takes a whole number from 1, not '%s'", arg);
        return 0;
    case 'S':
        if (!shard(arg, &a->shard, &a->shards))
            argp_error(state, "--shard takes I/N with 0 ≤ I < N");
        return 0;
    case 'R':
        if (!record_form(arg, &a->record_form))
            argp_error(state, "--record-as takes npy or safetensors, not '%s'", arg);
        return 0;
    case 'T':
        if (!trace_form(arg, a))
            argp_error(state,
                       "--trace takes perfetto or perfetto=STEP with a step from 1, not '%s'", arg);
        return 0;
    case 't':
        if (tw_units_parse(arg, TW_UNIT_NUMBER, &a->timeout_s, &err) || a->timeout_s <= 0)
            argp_error(state, "--timeout takes seconds above 0, not '%s'", arg);
        return 0;
    case 'm':
        if (tw_units_parse(arg, TW_UNIT_SIZE, &a->memory_limit_B, &err) || a->memory_limit_B <= 0)
            argp_error(state, "--max-memory takes a size, e.g. 8GiB, not '%s'", arg);
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

/* The processors that this process may use: taskset and batch systems are obeyed. */
static int allowed_processors(void)
{
    cpu_set_t allowed;
    return sched_getaffinity(0, sizeof allowed, &allowed) ? 1 : CPU_COUNT(&allowed);
}

void tw_run_arguments_parse(struct tw_run_arguments *arguments, int argc, char **argv)
{
    static const struct argp argp = {
        options,
        parse,
        "SCENARIO.xml",
        "Runs every point of a scenario that DIR has no row for, and writes points.csv, steps.csv, "
        "cost.csv and manifest.json.\v"
        "Exit status: 0 done; 1 some points failed (all others are kept, each failure is named); "
        "2 usage or scenario error; 130 and 143 interrupted (run the same command again).",
        NULL,
        NULL,
        NULL};
    *arguments = (struct tw_run_arguments){.jobs = allowed_processors(), .shards = 1};
    argp_parse(&argp, argc, argv, 0, NULL, arguments);
}
