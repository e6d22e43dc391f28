/* links: tw_base tw_collective */
/* Wrong schedules must be caught (schedule_mutants.h): all positions up to 8 ranks, every third
 * with 12 and 17, samples of 48 and 64. The slow test slow_schedule_mutants.c takes all up to 17.
 */
#include "laws/schedule_mutants.h"

START_TEST(every_mutant_is_caught)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    uint64_t tried[CHANGES] = {0};
    for (int p = 2; p <= 8; p++)
        try_ranks(algorithm, p, 1, tried);
    try_ranks(algorithm, 12, 3, tried);
    try_ranks(algorithm, 17, 3, tried);
    int few = algorithm->one_port ? 41 : 401; /* p² messages a step take their time */
    enum spread spread = algorithm->kind == TW_MERGE ? SPREAD_EVEN : SPREAD_UNEVEN;
    try_case(algorithm, 48, 100, spread, few, tried);
    try_case(algorithm, 64, 100, spread, few, tried);
    all_changes_were_tried(tried);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws_schedule_mutants");
    TCase *tcase = tcase_create("list");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_mutant_is_caught, 0, tw_algorithm_count());
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
