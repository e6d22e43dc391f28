/* links: tw_train */
/* One place for the x of all ranks changes no bit, with any compressor: a rule that makes x again
 * is run with and without that, and the weights of every step are compared. */
#include "train_toys.h"

enum { PATH_STEPS = 6 };

/* Odd sums of sines: no two ranks or steps alike, and rounding in every addition. */
static void wavy(const struct toy *toy, int rank, uint32_t step, const double *w, double *out)
{
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = w[i] / 3 + sin(0.7 * (double)i + 1.3 * rank + 0.37 * step) +
                 0.01 * sin((double)(i * (step + 1)));
}

static double *path_of(struct toy_run *r, struct toy *toy)
{
    toy->path_steps = PATH_STEPS;
    toy->path = calloc(toy->path_steps * toy->dimension, sizeof *toy->path);
    ck_assert_ptr_nonnull(toy->path);
    toy_train(r);
    tw_run_free(&r->run);
    double *path = toy->path;
    toy->path = NULL;
    return path;
}

static void compare(enum tw_precision precision, int compressor, int rule, uint64_t bucket_B)
{
    static struct toy_run r;
    struct toy toy = toy_mixed();
    toy.gradient = wavy;
    toy_setup(&r, precision, &toy);
    const struct tw_member *member = &tw_compressor_at(compressor, precision)->member;
    toy_compressor(&r, member->name, toy_has_option(member, "ratio") ? "ratio=0.3" : "");
    toy_feedback(&r, tw_feedback_at(rule, precision)->member.name, "");
    toy_optimizer(&r, "rate=0.1");
    r.setup.steps = PATH_STEPS;
    r.setup.bucket_B = bucket_B;
    if (!r.setup.feedback->again || !toy_goes_together(r.setup.feedback, r.setup.compressor))
        return;
    double *shared = path_of(&r, &toy);
    struct tw_feedback keeps = *r.setup.feedback;
    keeps.again = NULL;
    r.setup.feedback = &keeps;
    double *kept = path_of(&r, &toy);
    int wrong = 0, moved = 0;
    for (uint64_t i = 0; i < PATH_STEPS * toy.dimension; i++) {
        wrong += shared[i] != kept[i];
        moved += i >= toy.dimension && shared[i] != shared[i - toy.dimension];
    }
    ck_assert_msg(wrong == 0 && moved > 0, "%s + %s, fp%d: %d values differ, %d moved",
                  member->name, keeps.member.name, precision == TW_FP32 ? 32 : 64, wrong, moved);
    free(shared);
    free(kept);
}

START_TEST(one_place_for_all_changes_no_bit)
{
    for (int compressor = 0; compressor < tw_compressor_count(); compressor++)
        for (int rule = 0; rule < tw_feedback_count(); rule++)
            for (int k = 0; k < 4; k++)
                compare(k & 1 ? TW_FP64 : TW_FP32, compressor, rule, k & 2 ? 156 : 0);
}
END_TEST

/* ef21m, ef21dm and dgc keep what x is made of; more may come. */
START_TEST(some_rules_make_it_again)
{
    int count = 0;
    for (int rule = 0; rule < tw_feedback_count(); rule++)
        count += tw_feedback_at(rule, TW_FP32)->again != NULL;
    ck_assert_int_ge(count, 3);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("x again");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, one_place_for_all_changes_no_bit);
    tcase_add_test(tcase, some_rules_make_it_again);
    return toy_main(tcase, "train: x again");
}
