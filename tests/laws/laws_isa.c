/* links: tw_base tw_compressors */
/* The bits of every compressor depend neither on the instruction set nor on the compiler: this
 * program runs itself once for every set (THINWIRE_ISA, base/isa.h), and compares what came out, a
 * line per setting and precision: hashes of all bytes sent, of the mean, and of every rank's C(x).
 * The same lines are in tests/golden/compressor-bits/hashes.txt, for every compiler and machine to
 * meet: TW_GOLDEN_UPDATE=1 writes it anew, after a member or setting was added. Inputs are made
 * without libm, whose last bit may depend on the processor. */
#include <sys/wait.h>
#include <unistd.h>
#include "base/isa.h"
#include "compressor_cases.h"

#define RANKS 3
#define LINES_MOST 1000

static uint64_t hash_of(const void *data, size_t bytes, uint64_t hash)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
    return hash;
}

/* Odd sides; of topk large enough for the sampled selection (32768 values). */
static void run_setting(const char *member, const char *options, enum tw_precision precision)
{
    struct group group;
    group_start(&group, member, precision, options, RANKS, SEED);
    add_tensor(&group, strcmp(member, "topk") == 0 ? 361 : 61, 103, 0);
    add_tensor(&group, 1, 37, 1);
    group_open(&group, 0);
    uint64_t n = group.problem.dimension;
    for (int r = 0; r < RANKS; r++) {
        struct tw_stream_key key = {SEED, 0, (uint32_t)r, 0, 0, TW_PURPOSE_TEST};
        struct tw_stream stream;
        tw_stream_open(&stream, &key);
        group.x[r] = vector_of(precision, n);
        for (uint64_t i = 0; i < n; i++) { /* a heavy tail, and every eleventh value 0 */
            double above = gsl_rng_uniform(&stream.gsl) - 0.5;
            double below = gsl_rng_uniform(&stream.gsl) + 0x1p-10;
            set(group.x[r], precision, i, i % 11 == 0 ? 0 : above / below);
        }
    }
    for (uint32_t step = 0; step < 2; step++) {
        size_t bytes = n * tw_precision_B(precision);
        tw_status status = group_step(&group, step);
        uint64_t own = 0;
        for (int r = 0; r < RANKS && status == TW_OK; r++)
            own = hash_of(group.own[r], bytes, own);
        printf("%s %s fp%d step %u: %d %016llx %016llx %016llx\n", member, options,
               precision == TW_FP64 ? 64 : 32, step, status, (unsigned long long)group.sent_hash,
               (unsigned long long)hash_of(group.mean[0], bytes, 0), (unsigned long long)own);
    }
    for (int r = 0; r < RANKS; r++)
        free(group.x[r]);
    group_close(&group);
}

static void print_all(void)
{
    for (int p = 0; p < 2; p++) {
        enum tw_precision precision = p ? TW_FP64 : TW_FP32;
        for (int m = 0; m < tw_compressor_count(); m++) {
            const struct tw_member *member = &tw_compressor_at(m, precision)->member;
            int tried = 0;
            for (size_t s = 0; s < SETTINGS; s++)
                if (strcmp(settings[s].member, member->name) == 0) {
                    run_setting(member->name, settings[s].options, precision);
                    tried = 1;
                }
            if (!tried)
                run_setting(member->name, has_ratio(member) ? "ratio=0.1" : "", precision);
        }
    }
}

/* The lines of one instruction set; how many. */
static int lines_of(enum tw_isa isa, char (*lines)[256])
{
    char command[64], program[256];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    ck_assert_int_gt(length, 0);
    program[length] = '\0';
    snprintf(command, sizeof command, "THINWIRE_ISA=%s \"$PROGRAM\" --print", tw_isa_name(isa));
    ck_assert_int_eq(setenv("PROGRAM", program, 1), 0);
    FILE *from = popen(command, "r"); /* NOLINT(cert-env33-c): this program itself */
    ck_assert_ptr_nonnull(from);
    int count = 0;
    while (count < LINES_MOST && fgets(lines[count], sizeof *lines, from))
        count++;
    ck_assert_int_eq(pclose(from), 0);
    return count;
}

START_TEST(bits_do_not_depend_on_the_instruction_set)
{
    static char best[LINES_MOST][256], other[LINES_MOST][256];
    int count = lines_of(tw_isa(), best), wrong = 0;
    ck_assert_int_gt(count, 2 * 2 * tw_compressor_count() - 1);
    ck_assert_int_lt(count, LINES_MOST);
    for (int isa = (int)tw_isa() - 1; isa >= 0; isa--) {
        ck_assert_int_eq(lines_of((enum tw_isa)isa, other), count);
        for (int i = 0; i < count; i++)
            if (strcmp(best[i], other[i]) != 0) {
                fprintf(stderr, "%s: %s%s: %s", tw_isa_name(tw_isa()), best[i],
                        tw_isa_name((enum tw_isa)isa), other[i]);
                wrong++;
            }
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

#define GOLDEN TW_SOURCE_DIR "/tests/golden/compressor-bits/hashes.txt"

static void write_golden(char (*lines)[256], int count)
{
    FILE *to = fopen(GOLDEN, "w");
    ck_assert_msg(to != NULL, GOLDEN " cannot be written");
    for (int i = 0; i < count; i++)
        fputs(lines[i], to);
    ck_assert_int_eq(fclose(to), 0);
}

/* Compared line by line, so that a new member is told from changed bits. */
START_TEST(bits_do_not_depend_on_the_compiler)
{
    static char lines[LINES_MOST][256], line[256];
    int count = lines_of(tw_isa(), lines), wrong = 0, read = 0;
    if (getenv("TW_GOLDEN_UPDATE"))
        write_golden(lines, count);
    FILE *from = fopen(GOLDEN, "r");
    ck_assert_msg(from != NULL, GOLDEN " cannot be read");
    for (; read < count && fgets(line, sizeof line, from); read++)
        if (strcmp(line, lines[read]) != 0 && wrong++ == 0)
            fprintf(stderr, "golden: %shere:   %s", line, lines[read]);
    int more = fgetc(from) != EOF;
    ck_assert_int_eq(fclose(from), 0);
    ck_assert_msg(
        wrong == 0 && read == count && !more,
        "%d lines differ, %d of %d are there: if a member or setting is new, or bits were "
        "meant to change, write the file anew (tests/README.md)",
        wrong, read, count);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--print") == 0) {
        print_all();
        return 0;
    }
    Suite *suite = suite_create("instruction sets");
    TCase *laws = tcase_create("laws");
    tcase_set_timeout(laws, 60);
    tcase_add_test(laws, bits_do_not_depend_on_the_instruction_set);
    tcase_add_test(laws, bits_do_not_depend_on_the_compiler);
    suite_add_tcase(suite, laws);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
