/* What others take for the k largest of as many normal values, in the same run: numpy's
 * argpartition, torch's topk, the C++ library's nth_element (tests/bench/bench_nth_element.cpp,
 * built where there is a C++ compiler, found beside this program). One thread each; a peer prints
 * its seconds, one run a line, by its own clock of processor time. */
#include "bench_table.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS 5

/* ratio, elements and runs are filled in. */
static const char numpy_text[] =
    "import time, sys, numpy as n\n"
    "r, d, m = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])\n"
    "x = n.random.default_rng(1).standard_normal(d, dtype=n.float32)\n"
    "k = int(r * d)\n"
    "for _ in range(m):\n"
    "    t = time.thread_time()\n"
    "    n.argpartition(n.abs(x), d - k)[d - k:]\n"
    "    print(time.thread_time() - t)\n";
static const char torch_text[] =
    "import time, sys, torch\n"
    "torch.set_num_threads(1)\n"
    "r, d, m = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])\n"
    "torch.manual_seed(1)\n"
    "x = torch.randn(d)\n"
    "k = int(r * d)\n"
    "for _ in range(m):\n"
    "    t = time.thread_time()\n"
    "    torch.topk(x.abs(), k, sorted=False)\n"
    "    print(time.thread_time() - t)\n";

static const struct peer {
    const char *name, *ratio, *module, *text; /* module NULL: the program beside this one */
} peers[] = {
    {"numpy 0.1%", "0.001", "numpy", numpy_text}, {"numpy 1%", "0.01", "numpy", numpy_text},
    {"numpy 20%", "0.2", "numpy", numpy_text},    {"torch 0.1%", "0.001", "torch", torch_text},
    {"torch 1%", "0.01", "torch", torch_text},    {"torch 20%", "0.2", "torch", torch_text},
    {"nth_element 0.1%", "0.001", NULL, NULL},    {"nth_element 1%", "0.01", NULL, NULL},
    {"nth_element 20%", "0.2", NULL, NULL},
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The first python3 that has the module; NULL: none. */
static const char *python_with(const char *module)
{
    static const char *const pythons[] = {"python3", "/usr/bin/python3"};
    char command[128];
    for (size_t i = 0; i < sizeof pythons / sizeof *pythons; i++) {
        snprintf(command, sizeof command, "%s -c 'import %s' >/dev/null 2>&1", pythons[i], module);
        if (system(command) == 0) /* NOLINT(cert-env33-c): names above alone */
            return pythons[i];
    }
    return NULL;
}

/* tests/bench_nth_element in the folder of this program; 0: there is none. */
static int find_program(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return 0;
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    size_t used = slash ? (size_t)(slash - path) : 0;
    if (snprintf(path + used, size - used, "/tests/bench_nth_element") >= (int)(size - used))
        return 0;
    return access(path, X_OK) == 0;
}

/* The command line of a peer; 0: not installed. */
static int command_of(const struct peer *peer, uint64_t elements, char *command, size_t size)
{
    char program[PATH_MAX];
    if (peer->module) {
        const char *python = python_with(peer->module);
        return python && snprintf(command, size, "%s -c '%s' %s %" PRIu64 " %d", python, peer->text,
                                  peer->ratio, elements, RUNS) < (int)size;
    }
    return find_program(program, sizeof program) &&
           snprintf(command, size, "'%s' %s %" PRIu64 " %d", program, peer->ratio, elements, RUNS) <
               (int)size;
}

/* Which python3 has the module: the first one of the search path often lacks it. */
static void name_python(const struct peer *peer, FILE *notes)
{
    const char *python = peer->module ? python_with(peer->module) : NULL;
    if (python)
        fprintf(notes, "%-20s as imported by %s\n", peer->module, python);
}

/* How many runs' seconds came. */
static int collect(const char *command, double times[RUNS])
{
    char line[64];
    int count = 0;
    FILE *from = popen(command, "r"); /* NOLINT(cert-env33-c): made of constants and a number */
    while (from && count < RUNS && fgets(line, sizeof line, from)) {
        times[count] = strtod(line, NULL);
        count += times[count] > 0;
    }
    if (!from || pclose(from) != 0)
        return 0;
    return count;
}

void tw_bench_peers(uint64_t elements, double read_s, FILE *to, FILE *notes)
{
    char command[PATH_MAX + 1024];
    for (size_t p = 0; p < sizeof peers / sizeof *peers; p++) {
        const struct peer *peer = &peers[p];
        double times[RUNS];
        if (p == 0 || peer->module != peers[p - 1].module)
            name_python(peer, notes);
        if (!command_of(peer, elements, command, sizeof command)) {
            fprintf(notes, "%-20s not installed: %s\n", peer->name,
                    peer->module ? "neither python3 nor /usr/bin/python3 imports its module"
                                 : "build the target bench_nth_element");
            continue;
        }
        if (collect(command, times) < RUNS) {
            fprintf(notes, "%-20s failed\n", peer->name);
            continue;
        }
        qsort(times, RUNS, sizeof *times, ascending);
        struct tw_bench_row row = {.kernel = peer->name,
                                   .isa = "own",
                                   .elements = elements,
                                   .samples = RUNS,
                                   .median_s = times[RUNS / 2],
                                   .least_s = times[0],
                                   .low_s = times[RUNS / 4],
                                   .high_s = times[RUNS - 1 - RUNS / 4],
                                   .unit = "value",
                                   .units = elements,
                                   .against = TW_BENCH_READ,
                                   .ratio = times[RUNS / 2] / read_s};
        tw_bench_row_write(to, &row);
    }
}
