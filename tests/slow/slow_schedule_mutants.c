/* links: tw_base tw_collective */
/* Wrong schedules must be caught (laws/schedule_mutants.h): all positions of 9 to 17 ranks. */
#include "laws/schedule_mutants.h"

START_TEST(every_mutant_is_caught)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    uint64_t tried[CHANGES] = {0};
    for (int p = 9; p <= 17; p++)
        try_ranks(algorithm, p, 1, tried);
    all_changes_were_tried(tried);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("slow_schedule_mutants");
    TCase *tcase = tcase_create("list");
    tcase_set_timeout(tcase, 600);
    tcase_add_loop_test(tcase, every_mutant_is_caught, 0, tw_algorithm_count());
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
