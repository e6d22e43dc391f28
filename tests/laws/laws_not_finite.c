/* links: tw_base tw_compressors */
/* Numbers that are none are never hidden, by any listed compressor, wherever they are: the step is
 * refused (TW_INPUT), or the mean shows them where they were and nowhere else. NaN, +Inf and -Inf,
 * on every index of vectors of many shapes, on the first and the last rank. The step behind is as
 * if nothing had happened. */
#include "compressor_cases.h"

enum { LARGEST = (1 << 15) + 11 };

static const double bads[] = {NAN, INFINITY, -INFINITY};
static void *mine[3];
static int wrong;

/* 1: refused, or shown where it is kept and nowhere else. */
static int is_shown(struct group *group, int victim, uint64_t at, tw_status status)
{
    if (status != TW_OK)
        return status == TW_INPUT;
    struct tw_support support = support_of(group, victim);
    int kept = support.all, shown = 1;
    for (uint64_t s = 0; s < support.count && !support.all; s++)
        kept |= support.indices[s] == at;
    for (uint64_t j = 0; j < group->problem.dimension; j++)
        shown &= isfinite(get(group->mean[0], group->precision, j)) != (j == at && kept);
    return shown;
}

static void place(struct group *group, int victim, uint64_t at, double bad)
{
    double good = get(group->x[victim], group->precision, at);
    set(mine[victim], group->precision, at, bad);
    tw_status status = group_step(group, (uint32_t)at);
    set(mine[victim], group->precision, at, good);
    if (is_shown(group, victim, at, status))
        return;
    fprintf(stderr, "%s fp%d d=%llu: %g at %llu of rank %d shows wrongly (%s), seed %u\n",
            group->ops->member.name, group->precision == TW_FP64 ? 64 : 32,
            (unsigned long long)group->problem.dimension, bad, (unsigned long long)at, victim,
            tw_status_text(status), SEED);
    wrong++;
}

static void open_on(struct group *group, const char *member, const char *options,
                    enum tw_precision precision, uint64_t d, int ranks)
{
    group_start(group, member, precision, options, ranks, SEED);
    add_tensors(group, d);
    group_open(group, 0);
    for (int r = 0; r < ranks; r++) {
        group->x[r] = mine[r] = vector_of(precision, d);
        fill(mine[r], GAUSSIAN, precision, d, r);
    }
}

static void close_on(struct group *group)
{
    for (int r = 0; r < group->problem.ranks; r++)
        free(mine[r]);
    group_close(group);
}

/* A step before all and the same step after all, on the same numbers. */
static void place_all(struct group *group, uint64_t stride)
{
    uint64_t d = group->problem.dimension;
    int last = group->problem.ranks - 1;
    if (group_step(group, 0) != TW_OK)
        ck_abort_msg("%s fails", group->ops->member.name);
    uint64_t hash = group->sent_hash;
    for (uint64_t i = 0; i < d; i += stride)
        for (int b = 0; b < 3; b++)
            if (d < 40 || (i / stride + d) % 3 == (uint64_t)b) /* all three, or in turn */
                place(group, (i + (uint64_t)b) % 2 ? last : 0, i, bads[b]);
    place(group, last, d - 1, NAN);
    if (group_step(group, 0) != TW_OK || group->sent_hash != hash) {
        fprintf(stderr, "%s remembers what was refused\n", group->ops->member.name);
        wrong++;
    }
}

static void never_hides(const char *member, const char *options)
{
    static const struct {
        uint64_t d, stride;
    } shapes[] = {{1, 1}, {2, 1}, {16, 1}, {33, 1}, {97, 1}, {1000, 31}};
    for (int p = 0; p < 2; p++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
            struct group group;
            open_on(&group, member, options, (enum tw_precision)p, shapes[s].d, 1 + (int)s % 3);
            place_all(&group, shapes[s].stride);
            close_on(&group);
        }
}

START_TEST(test_every_place)
{
    wrong = 0;
    each_setting(never_hides);
    ck_assert_int_eq(wrong, 0);
}
END_TEST

/* Where a selection begins with a sample, which may or may not meet the bad number. */
START_TEST(test_sampled)
{
    wrong = 0;
    for (int m = 0; m < tw_compressor_count(); m++) {
        const struct tw_member *member = &tw_compressor_at(m, TW_FP32)->member;
        struct group group;
        open_on(&group, member->name, has_ratio(member) ? "ratio=0.01" : "", TW_FP32, LARGEST, 2);
        place_all(&group, 6007);
        close_on(&group);
    }
    ck_assert_int_eq(wrong, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws of compressors: not finite");
    TCase *tcase = tcase_create("list");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_every_place);
    tcase_add_test(tcase, test_sampled);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
