/* links: tw_train */
/* A rule that forms x in its memory gives the run of the same rule with x in a place of its own. */
#include "train_noise.h"

/* Forming x in the memory itself changes no bit of a run, with any compressor. */
START_TEST(ef14_in_place_is_the_same)
{
    struct toy toy = toy_mixed();
    for (int i = 0; i < 2 * tw_compressor_count(); i++) {
        static struct tw_feedback apart;
        static struct toy_run r;
        double *paths[2];
        for (int place = 0; place < 2; place++) {
            toy_setup(&r, TW_FP64, &toy);
            r.setup.bucket_B = 156;
            const struct tw_member *member = &tw_compressor_at(i / 2, TW_FP64)->member;
            toy_compressor(&r, member->name, toy_has_option(member, "ratio") ? "ratio=0.2" : "");
            toy_feedback(&r, "ef14", i % 2 ? "rate=inside" : "rate=outside");
            ck_assert_int_eq(r.setup.feedback->in_place, 1);
            apart = *r.setup.feedback;
            apart.in_place = 0;
            if (place == 0)
                r.setup.feedback = &apart;
            toy_optimizer(&r, "rate=0.125 momentum=0.5");
            paths[place] = toy_path(&r, &toy);
        }
        ck_assert_msg(memcmp(paths[0], paths[1], 21 * toy.dimension * sizeof **paths) == 0,
                      "%s: other weights in place", r.setup.compressor->member.name);
        free(paths[0]);
        free(paths[1]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("train in place");
    TCase *tcase = tcase_create("in place");
    tcase_add_test(tcase, ef14_in_place_is_the_same);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
