/* links: tw_network */
/* What goes wrong inside SimGrid comes back as a status with a message, and leaves this process
 * whole: deadlocks, disagreeing ends, bad platforms, bad options, time limits. */
#include <check.h>
#include <time.h>
#include <unistd.h>
#include "unit/network_case.h"

#define RANKS 4

static const struct tw_algorithm *ring(void)
{
    return tw_algorithm_find(TW_SUM, "ring");
}

/* Mutants of the ring: each breaks what rank 2 does in step 1. */
static int drop_send(const struct tw_layout *layout, int lane, int rank, int s,
                     struct tw_piece *out)
{
    int count = ring()->step(layout, lane, rank, s, out);
    if (rank != 2 || s != 1)
        return count;
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (out[i].action != TW_SEND)
            out[kept++] = out[i];
    return kept;
}

static int drop_receive(const struct tw_layout *layout, int lane, int rank, int s,
                        struct tw_piece *out)
{
    int count = ring()->step(layout, lane, rank, s, out);
    if (rank != 2 || s != 1)
        return count;
    int kept = 0;
    for (int i = 0; i < count; i++)
        if (out[i].action == TW_SEND)
            out[kept++] = out[i];
    return kept;
}

static int turn_peer(const struct tw_layout *layout, int lane, int rank, int s,
                     struct tw_piece *out)
{
    int count = ring()->step(layout, lane, rank, s, out);
    for (int i = 0; i < count && rank == 2 && s == 1; i++)
        if (out[i].action == TW_SEND)
            out[i].peer = 0;
    return count;
}

/* Sends nothing where a block is expected: the first block is longer than the others. */
static int turn_block(const struct tw_layout *layout, int lane, int rank, int s,
                      struct tw_piece *out)
{
    int count = ring()->step(layout, lane, rank, s, out);
    for (int i = 0; i < count && rank == 2 && s == 1; i++)
        if (out[i].action == TW_SEND)
            out[i].first = out[i].first ? 0 : 1;
    return count;
}

static const struct {
    int (*step)(const struct tw_layout *, int, int, int, struct tw_piece *);
    const char *simgrid, *maxplus; /* words of the message */
} mutants[] = {
    /* With one message less on a pair of ranks, the next step's is taken for it. */
    {drop_send, "got another message", "do not agree"},
    {drop_receive, "got another message", "do not agree"},
    {turn_peer, "rank", "do not agree"},
    {turn_block, "got another message", "do not agree"},
};

START_TEST(mutant_schedules)
{
    struct tw_algorithm mutant = *ring();
    struct network_case c = network_case_of("allreduce", "ring", RANKS, 1001);
    double end_s[RANKS];
    mutant.step = mutants[_i].step;
    c.algorithm = &mutant;
    const char *const executors[] = {"simgrid", "maxplus"};
    for (int e = 0; e < 2; e++) {
        struct tw_err err = {0};
        const char *word = e ? mutants[_i].maxplus : mutants[_i].simgrid;
        tw_status status = network_case_price(&c, executors[e], end_s, &err);
        ck_assert_msg(status == TW_DEADLOCK && strstr(err.text, word), "%s: status %d, '%s'",
                      executors[e], status, err.text);
    }
}
END_TEST

/* Nobody sends: every rank waits for ever, and SimGrid's run returns as if all were well. */
static int only_receive(const struct tw_layout *layout, int lane, int rank, int s,
                        struct tw_piece *out)
{
    (void)lane;
    (void)s;
    out[0] = (struct tw_piece){(rank + 1) % layout->ranks, TW_RECEIVE_COPY, 0, 1, 1};
    return 1;
}

START_TEST(deadlock_names_ranks)
{
    struct tw_algorithm mutant = *ring();
    struct network_case c = network_case_of("allreduce", "ring", 16, 1000);
    double end_s[16];
    struct tw_err err = {0};
    mutant.step = only_receive;
    c.algorithm = &mutant;
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_DEADLOCK);
    ck_assert_ptr_nonnull(strstr(err.text, "rank 0 1 2 3 4 5 6 7 … (16 of 16) never finished"));
    ck_assert_ptr_nonnull(strstr(err.text, "allreduce ring, step 0, waiting for rank 1"));
}
END_TEST

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void check_crash(const struct network_case *c, tw_status expected, const char *word)
{
    double end_s[RANKS];
    struct tw_err err = {0};
    tw_status status = network_case_price(c, "simgrid", end_s, &err);
    ck_assert_msg(status == expected && strstr(err.text, word), "status %d, '%s' lacks '%s'",
                  status, err.text, word);
}

#define HEAD                                                                                  \
    "<?xml version='1.0'?>\n<!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n" \
    "<platform version=\"4.1\"><zone id=\"w\" routing=\"Full\">\n"

START_TEST(bad_platforms)
{
    struct network_case c = network_case_of("allreduce", "ring", RANKS, 1000);
    char path[] = "/tmp/test_network_XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    close(descriptor);
    c.platform.file = path;
    write_file(path, HEAD "<cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"0-3\" "
                          "speed=\"1Gf\" bww=\"1GBps\" lat=\"1us\"/></zone></platform>");
    check_crash(&c, TW_CRASHED, "Bad attribute `bww'");
    write_file(path, HEAD "<cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"0-3\" "
                          "speed=\"1Gf\" bw=\"1parsec\" lat=\"1us\"/></zone></platform>");
    check_crash(&c, TW_CRASHED, "unknown unit: parsec");
    write_file(path, HEAD "<cluster id=\"c\" prefix=\"n\" suffix=\"\" radical=\"0-2\" "
                          "speed=\"1Gf\" bw=\"1GBps\" lat=\"1us\"/></zone></platform>");
    check_crash(&c, TW_RANGE, "the platform has 3 hosts, 4 are needed");
    write_file(path, HEAD "<link id=\"l\" bandwidth=\"1GBps\" latency=\"0s\" "
                          "bandwidth_file=\"p.bw\"/></zone></platform>");
    check_crash(&c, TW_REFUSED, "change with time are not priced (bandwidth_file)");
    remove(path);
    c.platform.file = "/nonexistent/platform.xml";
    check_crash(&c, TW_CRASHED, "Unable to open '/nonexistent/platform.xml'");
}
END_TEST

START_TEST(bad_option)
{
    struct network_case c = network_case_of("allreduce", "ring", RANKS, 1000);
    struct tw_pair option = {"network/modell", "CM02"};
    c.network.config = &option;
    c.network.config_count = 1;
    check_crash(&c, TW_CRASHED, "Bad config key: network/modell");
}
END_TEST

/* A crash leaves nothing behind: the next simulation gives the same bits as the one before. */
START_TEST(life_goes_on)
{
    struct network_case good = network_case_of("allreduce", "ring", RANKS, 1000), bad = good;
    double before_s[RANKS], after_s[RANKS];
    struct tw_err err = {0};
    bad.platform.file = "/nonexistent/platform.xml";
    ck_assert_int_eq(network_case_price(&good, "simgrid", before_s, &err), TW_OK);
    check_crash(&bad, TW_CRASHED, "Unable to open");
    ck_assert_int_eq(network_case_price(&good, "simgrid", after_s, &err), TW_OK);
    ck_assert_mem_eq(before_s, after_s, sizeof before_s);
}
END_TEST

/* A rank that spins for ever in real time, where SimGrid can do nothing about it. */
static int spin(const struct tw_layout *layout, int lane, int rank, int s, struct tw_piece *out)
{
    if (rank == 1 && s == 1)
        for (;;)
            nanosleep(&(struct timespec){1, 0}, NULL);
    return ring()->step(layout, lane, rank, s, out);
}

START_TEST(time_limit)
{
    struct tw_algorithm mutant = *ring();
    struct network_case c = network_case_of("allreduce", "ring", RANKS, 1000);
    mutant.step = spin;
    c.algorithm = &mutant;
    c.network.timeout_s = .2;
    check_crash(&c, TW_TIMEOUT, "longer than 0.2 s");
}
END_TEST

/* What the program has printed but not flushed must not be printed again by the child. */
START_TEST(nothing_printed_twice)
{
    struct network_case c = network_case_of("allreduce", "ring", 2, 10);
    double end_s[2];
    struct tw_err err = {0};
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(file);
    fputs("once", file);
    ck_assert_int_eq(network_case_price(&c, "simgrid", end_s, &err), TW_OK);
    fflush(file);
    fseek(file, 0, SEEK_END);
    ck_assert_int_eq(ftell(file), 4);
    fclose(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network failures");
    TCase *tcase = tcase_create("failures");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, mutant_schedules, 0, sizeof mutants / sizeof mutants[0]);
    tcase_add_test(tcase, deadlock_names_ranks);
    tcase_add_test(tcase, bad_platforms);
    tcase_add_test(tcase, bad_option);
    tcase_add_test(tcase, life_goes_on);
    tcase_add_test(tcase, time_limit);
    tcase_add_test(tcase, nothing_printed_twice);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
