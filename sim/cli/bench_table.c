/* The table: a process for every instruction set, because the limit on them is read when a program
 * is loaded; what it writes is passed on and set as a table. */
#include "bench_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/isa.h"

static const char *const against_names[] = {"read", "add", "ns"};

void tw_bench_row_write(FILE *to, const struct tw_bench_row *row)
{
    fprintf(to, "%s,%s,%" PRIu64 ",%d,%.17g,%.17g,%.17g,%.17g,%s,%" PRIu64 ",%.17g,%s,%.17g,",
            row->kernel, row->isa, row->elements, row->samples, row->median_s, row->least_s,
            row->low_s, row->high_s, row->unit, row->units,
            row->median_s * 1e9 / (double)row->units, against_names[row->against], row->ratio);
    if (row->bar > 0)
        fprintf(to, "%g,%s\n", row->bar, row->ratio <= row->bar ? "yes" : "no");
    else
        fputs(",\n", to);
}

/* ---- the table for people ---- */

#define FIELDS 15

/* Cuts a line at its commas; no field of these lines is quoted. */
static int split(char *line, char *fields[FIELDS])
{
    int count = 0;
    line[strcspn(line, "\n")] = '\0';
    while (line && count < FIELDS)
        fields[count++] = strsep(&line, ",");
    return count == FIELDS && !line;
}

static void print_head(void)
{
    printf("%-20s %-7s %10s %10s %7s  %9s %-5s %5s\n", "kernel", "isa", "median", "ns/unit",
           "spread", "ratio", "to", "bar");
}

/* Spread: half the distance of the quartiles, in hundredths of the median. */
static void print_row(char *fields[FIELDS])
{
    double median = strtod(fields[4], NULL);
    double spread = (strtod(fields[7], NULL) - strtod(fields[6], NULL)) / 2 / median;
    printf("%-20s %-7s %7.3f ms %10.3f %5.1f %%  %9.2f %-5s %5s%s\n", fields[0], fields[1],
           median * 1e3, strtod(fields[10], NULL), spread * 100, strtod(fields[12], NULL),
           fields[11], fields[13], strcmp(fields[14], "no") == 0 ? "  missed" : "");
}

/* Passes lines on until the end; the median of the first read goes to *read_s if that is 0. */
static tw_status pass_on(FILE *from, FILE *csv, double *read_s, struct tw_err *err)
{
    char line[512], copy[512], *fields[FIELDS];
    while (fgets(line, sizeof line, from)) {
        memcpy(copy, line, sizeof copy);
        if (!split(copy, fields))
            return tw_err_set(err, TW_INTERNAL, "bench: not a row of the table: %s", line);
        if (*read_s <= 0 && strcmp(fields[0], "read") == 0)
            *read_s = strtod(fields[4], NULL);
        print_row(fields);
        fflush(stdout);
        if (csv && fputs(line, csv) < 0)
            return tw_err_set(err, TW_IO, "bench: the table could not be written");
    }
    return TW_OK;
}

/* ---- a process per instruction set ---- */

static void become(const char *isa, uint64_t elements, int samples, int to)
{
    char size[32], count[16];
    snprintf(size, sizeof size, "--elements=%" PRIu64, elements);
    snprintf(count, sizeof count, "--rows=%d", samples);
    if (setenv("THINWIRE_ISA", isa, 1) == 0 && dup2(to, STDOUT_FILENO) >= 0)
        execl("/proc/self/exe", "thinwire", "bench", count, size, (char *)NULL);
    _exit(127);
}

static tw_status run_isa(enum tw_isa isa, uint64_t elements, int samples, FILE *csv, double *read_s,
                         struct tw_err *err)
{
    const char *name = tw_isa_name(isa);
    int ends[2], left = 0;
    if (pipe(ends) != 0)
        return tw_err_set(err, TW_IO, "bench: no pipe");
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        become(name, elements, samples, ends[1]);
    }
    close(ends[1]);
    FILE *from = child > 0 ? fdopen(ends[0], "r") : NULL;
    tw_status status = from ? pass_on(from, csv, read_s, err)
                            : tw_err_set(err, TW_IO, "bench: no process for %s", name);
    if (from)
        fclose(from);
    else
        close(ends[0]);
    if (child > 0 && waitpid(child, &left, 0) != child)
        left = 1;
    if (status == TW_OK && left != 0)
        status = tw_err_set(err, TW_INTERNAL, "bench: the rows of %s ended early", name);
    return status;
}

static tw_status run_peers(uint64_t elements, double read_s, FILE *csv, struct tw_err *err)
{
    FILE *lines = tmpfile();
    if (!lines)
        return tw_err_set(err, TW_IO, "bench: no temporary file");
    fflush(stdout);
    tw_bench_peers(elements, read_s, lines, stdout);
    rewind(lines);
    tw_status status = pass_on(lines, csv, &read_s, err);
    fclose(lines);
    return status;
}

tw_status tw_bench_table(uint64_t elements, int samples, FILE *csv, struct tw_err *err)
{
    tw_status status = TW_OK;
    double read_s = 0;
    if (csv && fputs(TW_BENCH_HEADER, csv) < 0)
        return tw_err_set(err, TW_IO, "bench: the table could not be written");
    print_head();
    fflush(stdout);
    for (int isa = (int)tw_isa(); isa >= 0 && status == TW_OK; isa--)
        status = run_isa((enum tw_isa)isa, elements, samples, csv, &read_s, err);
    if (status == TW_OK)
        status = run_peers(elements, read_s, csv, err);
    return status;
}
