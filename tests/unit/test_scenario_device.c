/* links: tw_scenario */
/* Device profiles: what is read, and every way in which a file can be wrong. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit/scenario_catalogue.h"

static tw_status read_text(const char *text, struct tw_device *device, struct tw_err *err)
{
    char path[] = "/tmp/tw-device-XXXXXX";
    int descriptor = mkstemp(path);
    ck_assert_int_ge(descriptor, 0);
    ck_assert_int_eq(write(descriptor, text, strlen(text)), (ssize_t)strlen(text));
    close(descriptor);
    tw_status status = tw_device_read(path, device, err);
    unlink(path);
    return status;
}

START_TEST(a_profile_is_read_in_seconds)
{
    struct tw_device device;
    struct tw_err err = {0};
    tw_status status =
        read_text("<device id='ref' source='measured'>\n"
                  "  <combine per_byte='0.1ns'/>\n"
                  "  <kernel name='select' launch='1us' selected='2ns'>\n"
                  "    <size elements='1024' per_element='0.5ns'/>\n"
                  "    <size elements='1e6' per_element='250ps'/>\n"
                  "  </kernel>\n"
                  "  <kernel name='copy'><size elements='1' per_element='0s'/></kernel>\n"
                  "</device>\n",
                  &device, &err);
    ck_assert_msg(status == TW_OK, "%s", err.text);
    const struct tw_kernel_cost *select = &device.kernels[TW_KERNEL_SELECT];
    ck_assert_str_eq(device.id, "ref");
    ck_assert_str_eq(device.source, "measured");
    ck_assert_double_eq(device.combine_sB, 0.1 * 1e-9);
    ck_assert_double_eq(select->launch_s, 1e-6);
    ck_assert_double_eq(select->selected_s, 2 * 1e-9);
    ck_assert_int_eq(select->points, 2);
    ck_assert_double_eq(select->elements[1], 1e6);
    ck_assert_double_eq(select->element_s[1], 250 * 1e-12);
    ck_assert_int_eq(device.kernels[TW_KERNEL_COPY].points, 1);
    ck_assert_int_eq(device.kernels[TW_KERNEL_ADD].points, 0);
}
END_TEST

#define SIZE "<size elements='1' per_element='1ns'/>"

START_TEST(every_mistake_has_its_line)
{
    static const struct {
        const char *text;
        long line;
        const char *words;
    } cases[] = {
        {"<devise id='a' source='b'/>", 1, "'devise' is not a device"},
        {"<device source='b'/>", 1, "attribute id must"},
        {"<device id='a'/>", 1, "attribute source must"},
        {"<device id='a' source='b' sauce='c'/>", 1, "no attribute 'sauce'"},
        {"<device id='a' source='b'>\n<kernels/></device>", 2, "no element 'kernels'"},
        {"<device id='a' source='b'>\n<combine/></device>", 2, "per_byte is missing"},
        {"<device id='a' source='b'>\n<combine per_byte='-1ns'/></device>", 2,
         "'-1ns' is negative"},
        {"<device id='a' source='b'>\n<combine per_byte='1'/></device>", 2, "'1' is not a time"},
        {"<device id='a' source='b'>\n<combine per_byte='1ns'/>\n<combine "
         "per_byte='1ns'/></device>",
         3, "second combine"},
        {"<device id='a' source='b'>\n<kernel name='coppy'>" SIZE "</kernel></device>", 2,
         "'coppy' is unknown"},
        {"<device id='a' source='b'>\n<kernel name='copy'/></device>", 2, "no <size"},
        {"<device id='a' source='b'>\n<kernel name='copy'>" SIZE
         "</kernel>\n<kernel name='copy'>" SIZE "</kernel></device>",
         3, "given twice"},
        {"<device id='a' source='b'><kernel name='copy'>" SIZE "\n" SIZE "</kernel></device>", 2,
         "ascend"},
        {"<device id='a' source='b'><kernel name='copy'>\n<size elements='0' per_element='1ns'/>"
         "</kernel></device>",
         2, "at least 1"},
        {"<device id='a' source='b'><kernel name='copy'>\n<size elements='nan' per_element='1ns'/>"
         "</kernel></device>",
         2, "'nan' is not a number"},
        {"<device id='a' source='b'><kernel name='copy'>\n<size elements='1' per_elem='1ns'/>"
         "</kernel></device>",
         2, "no attribute 'per_elem'"},
        {"<device id='a' source='b'><kernel name='copy'>\n<size elements='1'/></kernel></device>",
         2, "per_element is missing"},
        {"<device id='a' source='b'>\n</devise>", 2, "not well-formed"},
        {"", 1, "not well-formed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct tw_device device;
        struct tw_err err = {0};
        ck_assert_int_ne(read_text(cases[i].text, &device, &err), TW_OK);
        ck_assert_msg(strstr(err.text, cases[i].words), "%s: %s", cases[i].text, err.text);
        ck_assert_msg(err.line == cases[i].line, "%s: line %ld", cases[i].text, err.line);
        ck_assert_str_eq(device.id, "");
    }
}
END_TEST

/* TW_DEVICE_POINTS = 16: 17 ascending sizes are one too many. */
START_TEST(too_many_sizes_are_refused)
{
    char text[2000];
    struct tw_device device;
    struct tw_err err = {0};
    size_t used =
        (size_t)snprintf(text, sizeof text, "<device id='a' source='b'><kernel name='copy'>");
    for (int i = 1; i <= 17; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "\n<size elements='%d' per_element='1ns'/>", i);
    snprintf(text + used, sizeof text - used, "</kernel></device>");
    ck_assert_int_eq(read_text(text, &device, &err), TW_INPUT);
    ck_assert_int_eq(err.line, 18);
}
END_TEST

START_TEST(what_is_no_file_is_refused)
{
    struct tw_device device;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_device_read("/tmp/tw-no-such-device.xml", &device, &err), TW_IO);
    ck_assert_str_eq(err.file, "/tmp/tw-no-such-device.xml");
    ck_assert_int_eq(tw_device_read("/dev/zero", &device, &err), TW_IO);
    ck_assert_int_eq(tw_device_read("/tmp", &device, NULL), TW_IO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenario device");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, a_profile_is_read_in_seconds);
    tcase_add_test(tcase, every_mistake_has_its_line);
    tcase_add_test(tcase, too_many_sizes_are_refused);
    tcase_add_test(tcase, what_is_no_file_is_refused);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
