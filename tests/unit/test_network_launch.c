/* links: tw_network */
/* What ranks spend before they post an exchange, against timelines drawn by hand. Two ranks;
 * forward 1 ms, backward 3 ms, update .5 ms; per bucket of three: compression .2 ms, launch .3 ms,
 * an all-reduce of .05 + .8 ms, decoding .1 ms; γ = 0. */
#include "unit/network_overlap.h"

#define LAUNCH_S (.3 * MS)

static void expect_shares(const struct seen *seen, double compute_ms, double compress_ms,
                          double transfer_ms, double exposed_ms)
{
    for (int r = 0; r < seen->ranks; r++) {
        const struct tw_rank_times *t = &seen->last[r];
        double off = fabs(t->compute_s - compute_ms * MS) + fabs(t->compress_s - compress_ms * MS) +
                     fabs(t->transfer_s - transfer_ms * MS) + fabs(t->exposed_s - exposed_ms * MS) +
                     fabs(t->wait_s);
        ck_assert_msg(off < 1e-12, "rank %d: %.6f %.6f %.6f %.6f %.6f ms", r, t->compute_s / MS,
                      t->compress_s / MS, t->transfer_s / MS, t->exposed_s / MS, t->wait_s / MS);
    }
}

static struct tw_pricing launching(const char *executor, struct tw_device *device)
{
    *device = adder();
    device->combine_sB = 0;
    struct tw_pricing pricing = overlapping(executor, 2, device);
    pricing.launch_s[TW_SUM] = LAUNCH_S;
    pricing.launch_s[TW_GATHER] = 1; /* of what is not asked for */
    return pricing;
}

/* 1 + 3 + 3·(.2 + .3 + .85 + .1) + .5 = 8.85 ms. */
START_TEST(one_behind_the_other)
{
    struct written w;
    struct seen seen;
    struct tw_device device;
    struct tw_pricing pricing = launching(executors[_i], &device);
    pricing.overlap.on = 0;
    three_buckets(&w, 2, 2, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 8.85 * MS, 1e-12);
    expect_shares(&seen, 4.5, 1.8, 2.55, 2.55);
    pricing.algorithms[TW_SUM] = NULL; /* auto: of two ranks the same schedule's cost */
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 8.85 * MS, 1e-12);
    free(w.step_record);
}
END_TEST

/*   compute   F 0–1  B0 1–2  B1 2–3            B2 3–4                              U 5.75–6.25
 *   kernels          C0 2–2.2  C1 3–3.2 D0 3.35–3.45  C2 4–4.2  D1 4.5–4.6   D2 5.65–5.75
 *   network          L0 2.2–2.5 X0 –3.35   L1 3.35–3.65 X1 –4.5   L2 4.5–4.8 X2 –5.65
 * Outside of compute (4–5.75): C2, L2 with D1 inside, D2 = .6; the network's rest .3 + .85. */
START_TEST(beside_the_backward)
{
    struct written w;
    struct seen seen;
    struct tw_device device;
    struct tw_pricing pricing = launching(executors[_i], &device);
    three_buckets(&w, 2, 3, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), 6.25 * MS, 1e-12);
    expect_shares(&seen, 4.5, .6, 2.55, 1.15);
    free(w.step_record);
}
END_TEST

/* A rank alone exchanges nothing; with islands nobody knows who launches. */
START_TEST(alone_and_in_islands)
{
    struct written w;
    struct seen seen;
    struct tw_err err = {0};
    struct tw_priced priced;
    struct tw_device device;
    struct tw_pricing pricing = launching("maxplus", &device);
    pricing.overlap.on = 0;
    pricing.platform.nodes = 1;
    three_buckets(&w, 1, 2, 200000, 250000, 100000);
    ck_assert_double_eq_tol(price(&pricing, &w, &seen), (4 + 3 * .3 + .5) * MS, 1e-12);
    free(w.step_record);
    pricing.platform.nodes = 4;
    three_buckets(&w, 2, 2, 200000, 250000, 100000);
    w.trace.island = 2;
    ck_assert_int_eq(tw_price_trace(&pricing, &w.trace, NULL, NULL, &priced, &err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(err.text, "launch seconds"));
    free(w.step_record);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("network launch");
    TCase *tcase = tcase_create("launch");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, one_behind_the_other, 0, 2);
    tcase_add_loop_test(tcase, beside_the_backward, 0, 2);
    tcase_add_test(tcase, alone_and_in_islands);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
