/* links: tw_base PkgConfig::SIMGRID */
/* Units: values by hand, refusals, echo, and the same doubles as SimGrid's own parser. */
#include <check.h>
#include <simgrid/engine.h>
#include <simgrid/host.h>
#include <simgrid/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/units.h"

/* value = number · factor; decimal prefixes are powers of 1000, Ki… of 1024, a bit is 1/8 byte. */
static const struct {
    const char *text;
    enum tw_unit unit;
    double value;
} good[] = {
    {"25Gbps", TW_UNIT_BANDWIDTH, 3.125e9},
    {"1.25GBps", TW_UNIT_BANDWIDTH, 1.25e9},
    {"1KiBps", TW_UNIT_BANDWIDTH, 1024},
    {"8Kibps", TW_UNIT_BANDWIDTH, 1024},
    {"8bps", TW_UNIT_BANDWIDTH, 1},
    {"1e3Bps", TW_UNIT_BANDWIDTH, 1000},
    {"-1Gbps", TW_UNIT_BANDWIDTH, -1.25e8},
    {"5us", TW_UNIT_TIME, 5 * 1e-6},
    {"2m", TW_UNIT_TIME, 120},
    {"1w", TW_UNIT_TIME, 604800},
    {"1d", TW_UNIT_TIME, 86400},
    {"1h", TW_UNIT_TIME, 3600},
    {"250ms", TW_UNIT_TIME, 250 * 1e-3},
    {"3ps", TW_UNIT_TIME, 3 * 1e-12},
    {"0s", TW_UNIT_TIME, 0},
    {"1MiB", TW_UNIT_SIZE, 1048576},
    {"1MB", TW_UNIT_SIZE, 1e6},
    {"1EiB", TW_UNIT_SIZE, 0x1p60},
    {"8kb", TW_UNIT_SIZE, 1000},
    {"1Gf", TW_UNIT_SPEED, 1e9},
    {"19.5Tf", TW_UNIT_SPEED, 19.5e12},
    {"5Ef", TW_UNIT_SPEED, 5e18},
    {".5", TW_UNIT_NUMBER, 0.5},
    {"+2", TW_UNIT_NUMBER, 2},
    {"1e-3", TW_UNIT_NUMBER, 0.001},
};

static const struct {
    const char *text;
    enum tw_unit unit;
} bad[] = {
    {"10Gbit", TW_UNIT_BANDWIDTH},
    {"10", TW_UNIT_BANDWIDTH},
    {"10 Gbps", TW_UNIT_BANDWIDTH},
    {"Gbps", TW_UNIT_BANDWIDTH},
    {"1GB", TW_UNIT_BANDWIDTH},
    {"1gbps", TW_UNIT_BANDWIDTH},
    {"1KBps", TW_UNIT_BANDWIDTH},
    {"1Gbpsx", TW_UNIT_BANDWIDTH},
    {"nanBps", TW_UNIT_BANDWIDTH},
    {"infBps", TW_UNIT_BANDWIDTH},
    {"1e300EBps", TW_UNIT_BANDWIDTH},
    {"0x10Bps", TW_UNIT_BANDWIDTH},
    {"", TW_UNIT_BANDWIDTH},
    {"--1Bps", TW_UNIT_BANDWIDTH},
    {" 1Bps", TW_UNIT_BANDWIDTH},
    {"1ks", TW_UNIT_TIME},
    {"5", TW_UNIT_TIME},
    {"5sec", TW_UNIT_TIME},
    {"1Gi", TW_UNIT_SIZE},
    {"1Kif", TW_UNIT_SPEED},
    {"1B", TW_UNIT_NUMBER},
    {"1,5", TW_UNIT_NUMBER},
    {"1e", TW_UNIT_NUMBER},
    {".", TW_UNIT_NUMBER},
    {"-", TW_UNIT_NUMBER},
    {"nan", TW_UNIT_NUMBER},
};

START_TEST(good_texts)
{
    double value = 0;
    struct tw_err err = {0};
    ck_assert_msg(tw_units_parse(good[_i].text, good[_i].unit, &value, &err) == TW_OK, "%s: %s",
                  good[_i].text, err.text);
    ck_assert_msg(value == good[_i].value, "%s: %.17g", good[_i].text, value);
}
END_TEST

START_TEST(bad_texts)
{
    double value = 42;
    struct tw_err err = {0};
    ck_assert_msg(tw_units_parse(bad[_i].text, bad[_i].unit, &value, &err) == TW_INPUT,
                  "'%s' passed", bad[_i].text);
    ck_assert(value == 42);
    ck_assert_uint_gt(strlen(err.hint), 0);
    ck_assert_int_eq(tw_units_parse(bad[_i].text, bad[_i].unit, &value, NULL), TW_INPUT);
}
END_TEST

START_TEST(the_message_names_text_and_kind)
{
    double value = 0;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_units_parse("10Gbit", TW_UNIT_BANDWIDTH, &value, &err), TW_INPUT);
    ck_assert_str_eq(err.text, "'10Gbit' is not a bandwidth");
    ck_assert_ptr_nonnull(strstr(err.hint, "25Gbps"));
}
END_TEST

START_TEST(print_is_short_and_reads_back)
{
    static const struct {
        double value;
        enum tw_unit unit;
        const char *text;
    } cases[] = {
        {1.25e9, TW_UNIT_BANDWIDTH, "1250000000Bps"},
        {25e-6, TW_UNIT_TIME, "2.5e-05s"},
        {0.1, TW_UNIT_NUMBER, "0.1"},
        {1e18, TW_UNIT_SIZE, "1e+18B"},
        {0, TW_UNIT_TIME, "0s"},
        {1.0 / 3, TW_UNIT_NUMBER, "0.3333333333333333"},
        {1e9, TW_UNIT_SPEED, "1000000000f"},
        {-2.5, TW_UNIT_NUMBER, "-2.5"},
    };
    char text[64];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double again = 0;
        tw_units_print(cases[i].value, cases[i].unit, text, sizeof text);
        ck_assert_str_eq(text, cases[i].text);
        ck_assert_int_eq(tw_units_parse(text, cases[i].unit, &again, NULL), TW_OK);
        ck_assert(again == cases[i].value);
    }
    tw_units_print(1.25e9, TW_UNIT_BANDWIDTH, text, 5);
    ck_assert_str_eq(text, "1250");
}
END_TEST

static const char *const bandwidths[] = {
    "100Mbps", "25Gbps",   "1.25GBps", "0.1Gbps", "333.3Mbps", "7KiBps", "3.3Mibps",
    "1e9Bps",  "12345bps", "0.3TBps",  "1PiBps",  "2Ebps",     "17kBps", "1Gibps",
};
static const char *const latencies[] = {"5us",   "0.1us",  "25us", "13.01ns", "1.7ms",
                                        "333ps", "0.001s", "0s",   "1m",      "0.5h"};
static const char *const speeds[] = {"1Gf", "19.5Tf", "312.3Tf", "0.7Pf", "123f", "9.9kf", "1e3Mf"};
#define COUNT(table) (sizeof table / sizeof table[0])

static void write_platform(FILE *out)
{
    fputs("<?xml version='1.0'?><!DOCTYPE platform SYSTEM "
          "\"https://simgrid.org/simgrid.dtd\">\n<platform version=\"4.1\"><zone id=\"z\" "
          "routing=\"Full\">\n",
          out);
    for (size_t i = 0; i < COUNT(speeds); i++)
        fprintf(out, "<host id=\"h%zu\" speed=\"%s\"/>\n", i, speeds[i]);
    for (size_t i = 0; i < COUNT(bandwidths); i++)
        fprintf(out, "<link id=\"b%zu\" bandwidth=\"%s\" latency=\"0s\"/>\n", i, bandwidths[i]);
    for (size_t i = 0; i < COUNT(latencies); i++)
        fprintf(out, "<link id=\"l%zu\" bandwidth=\"1Gbps\" latency=\"%s\"/>\n", i, latencies[i]);
    fputs("</zone></platform>\n", out);
}

static void same(const char *text, enum tw_unit unit, double simgrid)
{
    double ours = -1;
    ck_assert_int_eq(tw_units_parse(text, unit, &ours, NULL), TW_OK);
    ck_assert_msg(ours == simgrid, "%s: %.17g, SimGrid %.17g", text, ours, simgrid);
}

START_TEST(simgrid_reads_the_same_doubles)
{
    char path[] = "/tmp/thinwire-units-XXXXXX.xml";
    char name[16];
    int file = mkstemps(path, 4);
    ck_assert_int_ge(file, 0);
    FILE *out = fdopen(file, "w");
    ck_assert_ptr_nonnull(out);
    write_platform(out);
    ck_assert_int_eq(fclose(out), 0);
    char program[] = "test_units";
    char precision[] = "--cfg=surf/precision:1e-15"; /* or it warns about picoseconds */
    char *argv[] = {program, precision, NULL};
    int argc = 2;
    simgrid_init(&argc, argv);
    simgrid_load_platform(path);
    unlink(path);
    for (size_t i = 0; i < COUNT(bandwidths); i++) {
        snprintf(name, sizeof name, "b%zu", i);
        same(bandwidths[i], TW_UNIT_BANDWIDTH, sg_link_get_bandwidth(sg_link_by_name(name)));
    }
    for (size_t i = 0; i < COUNT(latencies); i++) {
        snprintf(name, sizeof name, "l%zu", i);
        same(latencies[i], TW_UNIT_TIME, sg_link_get_latency(sg_link_by_name(name)));
    }
    for (size_t i = 0; i < COUNT(speeds); i++) {
        snprintf(name, sizeof name, "h%zu", i);
        same(speeds[i], TW_UNIT_SPEED, sg_host_get_speed(sg_host_by_name(name)));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("units");
    TCase *tcase = tcase_create("all");
    tcase_add_loop_test(tcase, good_texts, 0, (int)COUNT(good));
    tcase_add_loop_test(tcase, bad_texts, 0, (int)COUNT(bad));
    tcase_add_test(tcase, the_message_names_text_and_kind);
    tcase_add_test(tcase, print_is_short_and_reads_back);
    tcase_add_test(tcase, simgrid_reads_the_same_doubles);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
