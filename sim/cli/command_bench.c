/* thinwire bench: measures this machine's kernels and prints them as a device profile. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "bench.h"
#include "bench_table.h"
#include "cli.h"
#include "compressor.h"

#define SAMPLES 21 /* runs of a row of the table */
#define QUICK_SAMPLES 5
#define WHOLES_MOST 96

struct arguments {
    const char *out;
    int quick, table;
    int rows; /* runs per row; 0: no rows but a profile or the table */
    uint64_t elements;
};

enum { KEY_ROWS = 256, KEY_ELEMENTS };

static const struct argp_option rows[] = {
    {"output", 'o', "FILE", 0,
     "write the profile to FILE instead of standard output; with --table DIR/bench.csv", 0},
    {"quick", 'q', NULL, 0, "a rough profile in a few seconds, of sizes up to 2^19", 0},
    {"table", 't', NULL, 0,
     "no profile but every kernel beside a read of the vector, by instruction set", 0},
    {"elements", KEY_ELEMENTS, "N", 0, "of the table: values of a vector, default 2^24", 0},
    {"rows", KEY_ROWS, "RUNS", OPTION_HIDDEN, "the table's rows of this instruction set as CSV", 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static uint64_t parse_count(const struct argp_state *state, const char *option, const char *text,
                            uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long count = strtoull(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end || count < least || count > most)
        argp_error(state, "%s: '%s' is not a whole number from %llu to %llu", option, text,
                   (unsigned long long)least, (unsigned long long)most);
    return count;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case 'o':
        arguments->out = arg;
        return 0;
    case 'q':
        arguments->quick = 1;
        return 0;
    case 't':
        arguments->table = 1;
        return 0;
    case KEY_ROWS:
        arguments->rows = (int)parse_count(state, "--rows", arg, 1, 63);
        return 0;
    case KEY_ELEMENTS:
        arguments->elements = parse_count(state, "--elements", arg, 1024, 1U << 30);
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "there is nothing to name: '%s'", arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* "model name" of /proc/cpuinfo without characters that XML or a comment minds. */
static void processor_name(char *name, size_t size)
{
    char line[256];
    FILE *file = fopen("/proc/cpuinfo", "r");
    snprintf(name, size, "unknown processor");
    while (file && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        snprintf(name, size, "%s", colon + 2);
        break;
    }
    if (file)
        fclose(file);
    for (char *c = name; *c; c++)
        if (strchr("\n\"<>&-", *c))
            *c = *c == '\n' ? '\0' : ' ';
}

static void print_kernel(FILE *to, enum tw_kernel kernel, const struct tw_kernel_cost *cost)
{
    fprintf(to, "  <kernel name=\"%s\" launch=\"%.4gus\" selected=\"%.4gns\">\n",
            tw_kernel_name(kernel), cost->launch_s * 1e6, cost->selected_s * 1e9);
    for (int i = 0; i < cost->points; i++)
        fprintf(to, "    <size elements=\"%.0f\" per_element=\"%.4gns\"/>\n", cost->elements[i],
                cost->element_s[i] * 1e9);
    fputs("  </kernel>\n", to);
}

static void print_device(FILE *to, const struct tw_device *device, int quick)
{
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
    fprintf(to, "<!-- made by: thinwire bench%s\n     %s\n", quick ? " -q" : "", device->source);
    fputs("     Seconds of a kernel: launch + elements * per_element (linear in log(elements)\n"
          "     between sizes) + selected * k. -->\n",
          to);
    fprintf(to, "<device id=\"%s\" source=\"%s\">\n", device->id, device->source);
    fprintf(to, "  <combine per_byte=\"%.4gns\"/>\n", device->combine_sB * 1e9);
    for (int k = 0; k < TW_KERNEL_COUNT; k++)
        print_kernel(to, (enum tw_kernel)k, &device->kernels[k]);
    fputs("</device>\n", to);
}

/* Every member, at its defaults, one value of a hundred where it keeps some; returns how many.
 * Those that merge are named: one rank has nothing to merge. */
static int list_members(struct tw_bench_whole *wholes)
{
    int count = 0;
    for (int i = 0; i < tw_compressor_count(); i++) {
        const struct tw_member *member = &tw_compressor_at(i, TW_FP32)->member;
        const char *options = "";
        if (member->requests & (1U << TW_MERGE)) {
            fprintf(stderr, "  %-14s not measured: one rank has nothing to merge\n", member->name);
            continue;
        }
        for (size_t o = 0; o < (size_t)member->option_count; o++)
            if (!member->options[o].fallback && strcmp(member->options[o].name, "ratio") == 0)
                options = "ratio=0.01"; /* an option that has no default */
        if (strcmp(member->name, "hard") == 0)
            options = "threshold=2.576"; /* of normals as many; the default is for gradients */
        if (count < WHOLES_MOST)
            wholes[count++] = (struct tw_bench_whole){member->name, options, 0, 0};
    }
    return count;
}

static int list_wholes(struct tw_bench_whole *wholes)
{
    static const char *const more[][2] = {
        {"none", "value=bf16"},
        {"topk", "ratio=0.001"},
        {"topk", "ratio=0.2"},
        {"topk", "ratio=0.01 index=rice"},
        {"arctopk", "ratio=0.01 rows=input"},
        {"arctopk", "ratio=0.2"},
        {"arctopk", "ratio=0.2 rows=input"},
        {"chunk_norm", "ratio=0.2 rows=input"},
        {"cast", "value=int8"},
        {"cast", "value=fp16"},
        {"powersgd", "rank=1"},
        {"powersgd", "rank=16"},
    };
    int count = list_members(wholes);
    for (size_t i = 0; i < sizeof more / sizeof *more && count < WHOLES_MOST; i++)
        wholes[count++] = (struct tw_bench_whole){more[i][0], more[i][1], 0, 0};
    return count;
}

/* What the table predicts for whole compressors against what they take. */
static void print_wholes(const struct tw_bench_whole *wholes, int count)
{
    fputs("whole compressors on 2048 x 2048 values, one rank:   predicted    measured   ratio\n",
          stderr);
    for (int i = 0; i < count; i++)
        fprintf(stderr, "  %-14s %-30s %9.3f ms %9.3f ms %7.2f\n", wholes[i].compressor,
                wholes[i].options, wholes[i].predicted_s * 1e3, wholes[i].measured_s * 1e3,
                wholes[i].predicted_s / wholes[i].measured_s);
}

/* Kernels and compressors by turns, so that what else the machine does falls on both; of every
 * figure the least. */
static tw_status measure(const struct tw_bench_effort *effort, struct tw_device *device,
                         struct tw_err *err)
{
    struct tw_bench_figures *figures = calloc(TW_KERNEL_COUNT, sizeof *figures);
    struct tw_bench_whole wholes[WHOLES_MOST];
    int count = list_wholes(wholes);
    tw_status status = figures ? TW_OK : tw_err_set(err, TW_MEMORY, "bench: no memory for figures");
    for (int round = 0; status == TW_OK && round < effort->rounds; round++) {
        status = tw_bench_kernels(effort, figures, device, err);
        for (int i = 0; status == TW_OK && i < count; i++)
            status = tw_bench_compressor(effort, device, &wholes[i], err);
    }
    if (status == TW_OK)
        print_wholes(wholes, count);
    free(figures);
    return status;
}

static int fail(struct tw_err *err, tw_status status)
{
    if (err->status == TW_OK)
        tw_err_set(err, status, "bench: %s", tw_status_text(status));
    tw_report(err);
    return TW_EXIT_POINTS_FAILED;
}

static int write_out(const char *path, const struct tw_device *device, int quick)
{
    FILE *to = path ? fopen(path, "w") : stdout;
    if (to)
        print_device(to, device, quick);
    int bad = !to || fflush(to) != 0 || ferror(to);
    if (to && path)
        bad |= fclose(to) != 0;
    if (bad)
        fprintf(stderr, "thinwire: error: %s: %s\n", path ? path : "standard output",
                strerror(errno));
    return bad ? TW_EXIT_POINTS_FAILED : TW_EXIT_DONE;
}

/* The table, and DIR/bench.csv where a folder is named. */
static int make_table(const struct arguments *arguments)
{
    struct tw_err err = {0};
    char path[PATH_MAX];
    FILE *csv = NULL;
    if (arguments->out) {
        int length = snprintf(path, sizeof path, "%s/bench.csv", arguments->out);
        int made = mkdir(arguments->out, 0777) == 0 || errno == EEXIST;
        csv = made && length < (int)sizeof path ? fopen(path, "w") : NULL;
        if (!csv) {
            fprintf(stderr, "thinwire: error: %s: %s\n", arguments->out, strerror(errno));
            return TW_EXIT_POINTS_FAILED;
        }
    }
    int samples = arguments->quick ? QUICK_SAMPLES : SAMPLES;
    tw_status status = tw_bench_table(arguments->elements, samples, csv, &err);
    if (csv && fclose(csv) != 0 && status == TW_OK)
        status = tw_err_set(&err, TW_IO, "bench: %s could not be written", path);
    return status == TW_OK ? TW_EXIT_DONE : fail(&err, status);
}

static int make_rows(const struct arguments *arguments)
{
    struct tw_err err = {0};
    tw_status status = tw_bench_rows(arguments->elements, arguments->rows, stdout, &err);
    if (status == TW_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = tw_err_set(&err, TW_IO, "bench: the rows could not be written");
    return status == TW_OK ? TW_EXIT_DONE : fail(&err, status);
}

int tw_command_bench(int argc, char **argv)
{
    static const struct argp argp = {
        rows,
        parse,
        "",
        "Measures every kernel of this machine on one thread and prints a device profile for "
        "<device file=...>; then compares it with whole compressors, on standard error. --table: "
        "instead, what every kernel takes beside a read of the same vector, and its bar.",
        NULL,
        NULL,
        NULL};
    struct arguments arguments = {.elements = 1U << 24};
    argp_parse(&argp, argc, argv, 0, NULL, &arguments);
    if (arguments.rows > 0)
        return make_rows(&arguments);
    if (arguments.table)
        return make_table(&arguments);
    struct tw_bench_effort effort = {0.04, 3, 24, 3};
    if (arguments.quick)
        effort = (struct tw_bench_effort){0.001, 3, 19, 2};
    struct tw_device device = {.id = "reference-cpu"};
    struct tw_err err = {0};
    char name[128];
    processor_name(name, sizeof name);
    snprintf(device.source, sizeof device.source,
             "measured by thinwire bench on %s, one thread, fp32", name);
    tw_status status = measure(&effort, &device, &err);
    if (status != TW_OK)
        return fail(&err, status);
    return write_out(arguments.out, &device, arguments.quick);
}
