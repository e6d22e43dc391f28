/* links: tw_results tw_base */
/* Numbers as figures say them. */
#include "results/quantity.h"
#include "results_case.h"

START_TEST(quantities_are_said_as_people_do)
{
    char text[TW_QUANTITY_MAX];
    static const struct {
        tw_quantity write;
        double value;
        const char *text;
    } cases[] = {{tw_quantity_time, 0, "0"},
                 {tw_quantity_time, 25e-6, "25 µs"},
                 {tw_quantity_time, 1e-3, "1 ms"},
                 {tw_quantity_time, .0125, "12.5 ms"},
                 {tw_quantity_time, 3.16, "3.16 s"},
                 {tw_quantity_time, 1234, "1234 s"},
                 {tw_quantity_rate, 1e8, "100 Mbps"},
                 {tw_quantity_rate, 8 * 1.25e8, "1 Gbps"},
                 {tw_quantity_rate, 4e11, "400 Gbps"},
                 {tw_quantity_factor, .5, "0.5×"},
                 {tw_quantity_count, 25557032, "25 557 032"},
                 {tw_quantity_count, 7, "7"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cases[i].write(cases[i].value, text);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

RUN_SUITE("results_quantity", quantities_are_said_as_people_do)
