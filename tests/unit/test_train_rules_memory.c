/* links: tw_train */
/* What rules keep: nothing in a warm-up, the server's mean in EF21+, the average loss in PowerSGD's
 * residual; and the work they report. */
#include "unit/train_paths.h"

/* ---- warm-up ---- */

/* Every rule: N dense steps, all alike on the wire, in which nothing is lost: rules whose direction
 * is then the mean gradient walk the path of dense SGD. */
START_TEST(warmup_is_dense)
{
    for (int i = 0; i < tw_feedback_count(); i++) {
        struct toy toy = toy_mixed();
        static struct toy_run r;
        const struct tw_member *member = &tw_feedback_at(i, TW_FP64)->member;
        toy_setup(&r, TW_FP64, &toy);
        toy_compressor(&r, "randk", "ratio=0.2");
        toy_feedback(&r, member->name, "warmup=5");
        toy_optimizer(&r, "rate=0.1");
        toy_train(&r);
        ck_assert_msg(r.run.trace.record_count >= 2, "%s", member->name);
        for (uint32_t t = 0; t < r.run.trace.steps; t++) {
            const struct tw_record *record = &r.run.trace.records[r.run.trace.step_record[t]];
            uint64_t values = 0;
            for (int k = 0; k < record->count; k++)
                if (record->items[k].type == TW_ITEM_EXCHANGE)
                    values += record->items[k].count;
            ck_assert_msg((values == toy.dimension) == (t < 5), "%s step %u", member->name, t);
        }
        tw_run_free(&r.run);
        if (strcmp(member->name, "dgc") == 0 || strncmp(member->name, "ef21m", 5) == 0 ||
            strcmp(member->name, "ef21dm") == 0)
            continue; /* they have a momentum */
        double *own =
            path_of(TW_FP64, "randk", "ratio=0.2", member->name, "warmup=5", "rate=0.1", &toy);
        double *dense = path_of(TW_FP64, "none", "", "none", "", "rate=0.1", &toy);
        ck_assert_msg(difference(own, dense, &toy, 5) < 1e-12, "%s", member->name);
        ck_assert_msg(difference(own, dense, &toy, 7) > 1e-6, "%s", member->name);
        free(own);
        free(dense);
    }
}
END_TEST

/* ---- the server ---- */

/* EF21+ also where ranks replace their g_i: G is their mean, for every compressor it may go with.
 */
START_TEST(server_of_plus_keeps_the_mean)
{
    for (int i = 0; i < tw_compressor_count(); i++) {
        struct toy toy = toy_mixed();
        static struct toy_run r;
        static struct toy_group g;
        const struct tw_member *member = &tw_compressor_at(i, TW_FP64)->member;
        g = (struct toy_group){0};
        toy_setup(&r, TW_FP64, &toy);
        toy_compressor(&r, member->name, toy_has_option(member, "ratio") ? "ratio=0.2" : "");
        toy_feedback(&r, "ef21plus", "start=zero");
        toy_optimizer(&r, "rate=0.1");
        if (r.setup.feedback->member.needs & ~member->traits)
            continue;
        toy_group_open(&g, &r);
        for (uint32_t t = 0; t < 30; t++)
            toy_group_step(&g, t);
        const double *memory = (const double *)(const void *)g.group.rank_memory;
        const double *server = (const double *)(const void *)g.group.server_memory;
        uint64_t stride = (uint64_t)r.setup.feedback->rank_vectors * toy.dimension;
        for (uint64_t n = 0; n < toy.dimension; n++) {
            double mean = (memory[n] + memory[stride + n] + memory[2 * stride + n]) / 3;
            ck_assert_double_eq_tol(server[n], mean, 1e-12);
        }
        toy_group_close(&g);
    }
}
END_TEST

/* Σ_t Y + mean e_i = Σ_t mean ∇F_i, and −w/γ is Σ_t Y. */
START_TEST(residual_loses_nothing_on_average)
{
    static const char *const linear[][2] = {{"randk", "ratio=0.2"}, {"arctopk", "ratio=0.2"}};
    for (int k = 0; k < 2; k++) {
        struct toy toy = toy_mixed();
        static struct toy_run r;
        static struct toy_group g;
        double met[128] = {0}, gradient[128], w[128];
        g = (struct toy_group){0};
        toy_setup(&r, TW_FP64, &toy);
        toy_compressor(&r, linear[k][0], linear[k][1]);
        toy_feedback(&r, "residual", "");
        toy_optimizer(&r, "rate=0.125");
        toy_group_open(&g, &r);
        for (uint32_t t = 0; t < 50; t++) {
            memcpy(w, g.group.weights, toy.dimension * sizeof *w);
            for (int rank = 0; rank < 3; rank++) {
                toy_quadratic(&toy, rank, t, w, gradient);
                for (uint64_t n = 0; n < toy.dimension; n++)
                    met[n] += gradient[n] / 3;
            }
            toy_group_step(&g, t);
        }
        const double *memory = (const double *)(const void *)g.group.rank_memory;
        const struct tw_bucket *bucket = &g.shape.cut.buckets[0];
        memcpy(w, g.group.weights, toy.dimension * sizeof *w);
        for (int i = 0; i < bucket->count; i++)
            for (uint64_t n = 0; n < tw_tensor_size(&bucket->tensors[i]); n++) {
                uint64_t at = bucket->tensors[i].offset + n, flat = bucket->source[i] + n;
                double left =
                    (memory[at] + memory[toy.dimension + at] + memory[2 * toy.dimension + at]) / 3;
                ck_assert_double_eq_tol(-w[flat] / 0.125 + left, met[flat], 1e-11);
            }
        toy_group_close(&g);
    }
}
END_TEST

START_TEST(residual_refuses_local_choices)
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    toy_setup(&r, TW_FP32, &toy);
    toy_compressor(&r, "topk", "ratio=0.2");
    toy_feedback(&r, "residual", "");
    toy_optimizer(&r, "rate=0.1");
    ck_assert_int_eq(tw_train(&r.setup, &r.run, &r.err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(r.err.text, "linear"));
    tw_run_free(&r.run);
}
END_TEST

/* Passes over the vector before / after / for the direction, counted by hand in each rule's file;
 * s is the compressor's own(). */
static void own_of_5(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    (void)own;
    (void)scale;
    (void)y;
    tw_work_add(work, TW_KERNEL_SCATTER, 5, 5);
}

static uint64_t counted(const struct tw_work *work, enum tw_kernel kernel)
{
    uint64_t sum = 0;
    for (int i = 0; i < work->count; i++)
        sum += work->items[i].kernel == kernel ? work->items[i].elements : 0;
    return sum;
}

START_TEST(reported_kernels)
{
    static const struct {
        const char *rule, *options;
        uint32_t step;
        uint64_t adds, copies, norms, owns; /* of 77 values; own() of 5 */
    } rows[] = {{"ef21dm", "", 0, 2, 3, 0, 1},   {"ef21dm", "momentum=heavy", 4, 4, 1, 0, 1},
                {"ef21plus", "", 4, 2, 1, 2, 1}, {"econtrol", "", 4, 3, 1, 0, 2},
                {"dgc", "", 4, 2, 0, 0, 1},      {"residual", "", 4, 2, 0, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct tw_feedback *rule = tw_feedback_find(rows[i].rule, TW_FP32);
        _Alignas(16) unsigned char params[TW_PARAMS_MAX];
        toy_options(&rule->member, rows[i].options, params);
        struct tw_feedback_step at = {
            .step = rows[i].step, .rate = 1, .count = 77, .params = params};
        struct tw_own own = {own_of_5, NULL};
        struct tw_work work = {0};
        rule->before(&at, NULL, NULL, NULL, &work);
        rule->after(&at, NULL, NULL, &own, NULL, &work);
        rule->direction(&at, NULL, NULL, &work);
        ck_assert_msg(counted(&work, TW_KERNEL_ADD) == 77 * rows[i].adds &&
                          counted(&work, TW_KERNEL_COPY) == 77 * rows[i].copies &&
                          counted(&work, TW_KERNEL_NORM) == 77 * rows[i].norms &&
                          counted(&work, TW_KERNEL_SCATTER) == 5 * rows[i].owns,
                      "%s %s", rows[i].rule, rows[i].options);
        tw_work_free(&work);
    }
}
END_TEST

/* A server that knows every g_i holds them: EF21+ has one more vector than EF21 on each rank (what
 * it dropped) and three copies. */
START_TEST(copies_are_counted)
{
    static const char *const names[] = {"ef21", "ef21plus"};
    uint64_t bytes[2];
    struct toy toy = toy_mixed();
    for (int k = 0; k < 2; k++) {
        static struct toy_run r;
        toy_setup(&r, TW_FP64, &toy);
        r.setup.evaluate = 0; /* the sum that reports are added in is there all the same */
        toy_compressor(&r, "topk", "ratio=0.2");
        toy_feedback(&r, names[k], "");
        toy_optimizer(&r, "rate=0.1");
        toy_train(&r);
        bytes[k] = r.run.trace.memory_B_per_rank;
        tw_run_free(&r.run);
    }
    ck_assert_uint_eq(bytes[1] - bytes[0], (1 + 3) * toy.dimension * sizeof(double));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("rules' memory");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, warmup_is_dense);
    tcase_add_test(tcase, server_of_plus_keeps_the_mean);
    tcase_add_test(tcase, residual_loses_nothing_on_average);
    tcase_add_test(tcase, residual_refuses_local_choices);
    tcase_add_test(tcase, reported_kernels);
    tcase_add_test(tcase, copies_are_counted);
    return toy_main(tcase, "train rules' memory");
}
