/* links: tw_base */
/* Device prices, and the work list that they are read from. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/device.h"

static struct tw_device device_of_two_points(void)
{
    struct tw_device device = {.id = "toy"};
    device.kernels[TW_KERNEL_SELECT] = (struct tw_kernel_cost){
        .launch_s = 1e-5,
        .selected_s = 2e-9,
        .points = 2,
        .elements = {100, 10000},
        .element_s = {4e-9, 2e-9},
    };
    return device;
}

static double seconds_of(const struct tw_device *device, uint64_t elements, uint64_t selected)
{
    const struct tw_work_item item = {TW_KERNEL_SELECT, elements, selected};
    double seconds = -1;
    ck_assert_int_eq(tw_device_seconds(device, &item, &seconds), TW_OK);
    return seconds;
}

static void near(double got, double expected)
{
    ck_assert_msg(fabs(got - expected) <= 1e-14 * fabs(expected), "%.17g, expected %.17g", got,
                  expected);
}

/* launch 1e-5 + n·(s per element) + selected·2e-9. 1000 is the middle of 100 and 10000 on a
 * logarithmic scale: 3e-9 per element. */
START_TEST(points_ends_and_middle)
{
    struct tw_device device = device_of_two_points();
    near(seconds_of(&device, 100, 0), 1e-5 + 100 * 4e-9);
    near(seconds_of(&device, 10000, 0), 1e-5 + 10000 * 2e-9);
    near(seconds_of(&device, 1000, 7), 1e-5 + 1000 * 3e-9 + 7 * 2e-9);
    near(seconds_of(&device, 1, 0), 1e-5 + 1 * 4e-9);
    near(seconds_of(&device, 1000000, 0), 1e-5 + 1000000 * 2e-9);
    ck_assert(seconds_of(&device, 0, 0) == 0);
    ck_assert(seconds_of(&device, 0, 5) == 0);
}
END_TEST

START_TEST(a_single_point_is_constant)
{
    struct tw_device device = {.id = "toy"};
    device.kernels[TW_KERNEL_SELECT] =
        (struct tw_kernel_cost){.points = 1, .elements = {64}, .element_s = {1e-9}};
    near(seconds_of(&device, 1, 0), 1e-9);
    near(seconds_of(&device, 64, 0), 64e-9);
    near(seconds_of(&device, 1 << 20, 0), (1 << 20) * 1e-9);
}
END_TEST

/* Our logarithm against libm's, on sizes from 1 to 1e12 between many table points. */
START_TEST(interpolation_equals_libm)
{
    struct tw_device device = {.id = "toy"};
    struct tw_kernel_cost *cost = &device.kernels[TW_KERNEL_SELECT];
    cost->points = TW_DEVICE_POINTS;
    for (int i = 0; i < TW_DEVICE_POINTS; i++) {
        cost->elements[i] = pow(7, i);
        cost->element_s[i] = 1e-9 * (1 + (i * 5) % 7);
    }
    for (uint64_t n = 1; n < 1000000000000U; n = n * 3 / 2 + 1) {
        int i = 1;
        while (cost->elements[i] < (double)n)
            i++;
        double share = log((double)n / cost->elements[i - 1]) / log(7);
        double each =
            cost->element_s[i - 1] + share * (cost->element_s[i] - cost->element_s[i - 1]);
        near(seconds_of(&device, n, 0), (double)n * each);
    }
}
END_TEST

START_TEST(unknown_kernels_are_refused)
{
    struct tw_device device = device_of_two_points(), none = {0};
    const struct tw_work_item item = {TW_KERNEL_SKETCH, 10, 0}, wild = {TW_KERNEL_COUNT, 1, 0};
    double seconds = -1;
    ck_assert_int_eq(tw_device_seconds(&device, &item, &seconds), TW_REFUSED);
    ck_assert_int_eq(tw_device_seconds(&device, &wild, &seconds), TW_INTERNAL);
    ck_assert_int_eq(tw_device_seconds(&none, &item, &seconds), TW_OK);
    ck_assert(seconds == 0);
}
END_TEST

START_TEST(work_grows_and_is_reused)
{
    struct tw_work work = {0};
    for (uint64_t i = 0; i < 1000; i++)
        tw_work_add(&work, TW_KERNEL_ADD, i, i / 2);
    ck_assert_int_eq(work.count, 1000);
    ck_assert_int_eq(work.failed, 0);
    for (uint64_t i = 0; i < 1000; i++) {
        ck_assert_int_eq(work.items[i].kernel, TW_KERNEL_ADD);
        ck_assert_uint_eq(work.items[i].elements, i);
        ck_assert_uint_eq(work.items[i].selected, i / 2);
    }
    const struct tw_work_item *before = work.items;
    tw_work_clear(&work);
    ck_assert_int_eq(work.count, 0);
    for (uint64_t i = 0; i < 1000; i++)
        tw_work_add(&work, TW_KERNEL_COPY, i, 0);
    ck_assert_ptr_eq(work.items, before);
    tw_work_free(&work);
    ck_assert_ptr_null(work.items);
    tw_work_free(&work);
}
END_TEST

#ifndef TW_SANITIZED /* their shadow memory does not fit under a limit */
/* With at most 64 MB more address space, 10 million items of 24 bytes cannot fit. */
START_TEST(work_says_when_memory_ran_out)
{
    struct tw_work work = {0};
    struct rlimit limit;
    long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    ck_assert_ptr_nonnull(statm);
    ck_assert_int_eq(fscanf(statm, "%ld", &pages), 1);
    fclose(statm);
    ck_assert_int_eq(getrlimit(RLIMIT_AS, &limit), 0);
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (64U << 20);
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    for (uint64_t i = 0; i < 10000000; i++)
        tw_work_add(&work, TW_KERNEL_ADD, i, 0);
    ck_assert_int_eq(work.failed, 1);
    ck_assert_int_le(work.count, work.capacity);
    int wrong = 0;
    for (int i = 0; i < work.count; i++)
        wrong += work.items[i].elements != (uint64_t)i;
    ck_assert_int_eq(wrong, 0);
    tw_work_clear(&work);
    ck_assert_int_eq(work.failed, 0);
    tw_work_free(&work);
}
END_TEST
#endif

/* 3 doubles are 24 bytes, rounded up to 64; 100 bytes to 128. */
START_TEST(arena_counts_then_gives)
{
    struct tw_arena arena = {0};
    ck_assert_ptr_null(tw_arena_take(&arena, 3, sizeof(double)));
    ck_assert_ptr_null(tw_arena_take(&arena, 100, 1));
    ck_assert_ptr_null(tw_arena_take(&arena, 0, 8));
    ck_assert_uint_eq(arena.used, 192);
    unsigned char *block = aligned_alloc(64, arena.used);
    ck_assert_ptr_nonnull(block);
    arena = (struct tw_arena){block, 0};
    ck_assert_ptr_eq(tw_arena_take(&arena, 3, sizeof(double)), block);
    ck_assert_ptr_eq(tw_arena_take(&arena, 100, 1), block + 64);
    ck_assert_uint_eq(arena.used, 192);
    free(block);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base_device");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, points_ends_and_middle);
    tcase_add_test(tcase, a_single_point_is_constant);
    tcase_add_test(tcase, interpolation_equals_libm);
    tcase_add_test(tcase, unknown_kernels_are_refused);
    tcase_add_test(tcase, work_grows_and_is_reused);
#ifndef TW_SANITIZED
    tcase_add_test(tcase, work_says_when_memory_ran_out);
#endif
    tcase_add_test(tcase, arena_counts_then_gives);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
