/* links: tw_train */
/* A server between the ranks (rule doublesqueeze): against its algorithm written out apart, what it
 * loses, what is exchanged and where the work lies, draws of its own, and what is refused. */
#include "unit/train_paths.h"

enum { RANKS = 3, D = 40, KEPT = 4, STEPS = 60 };

/* c = the KEPT largest |x|, ties to the lower index; e = x − c. */
static void split(const double *x, double *c, double *e)
{
    for (int i = 0; i < D; i++) {
        int larger = 0;
        for (int j = 0; j < D; j++)
            larger += fabs(x[j]) > fabs(x[i]) || (fabs(x[j]) == fabs(x[i]) && j < i);
        c[i] = larger < KEPT ? x[i] : 0;
        e[i] = x[i] - c[i];
    }
}

static struct toy flat_toy(void)
{
    struct toy toy = {.gradient = toy_quadratic, .loss = toy_half_norm2};
    toy_add(&toy, 1, D);
    return toy;
}

static void setup(struct toy_run *r, struct toy *toy, const char *compressor, const char *options)
{
    toy_setup(r, TW_FP64, toy);
    r->setup.steps = STEPS;
    toy_compressor(r, compressor, options);
    toy_feedback(r, "doublesqueeze", "");
    toy_optimizer(r, "rate=0.125");
}

/* Algorithm 1 of arXiv 1905.05957 with Top-K on both sides. */
START_TEST(is_its_algorithm)
{
    struct toy toy = flat_toy();
    static struct toy_run r;
    double e[RANKS][D] = {{0}}, server[D] = {0}, w[D] = {0}, off = 0;
    setup(&r, &toy, "topk", "ratio=0.1");
    double *path = toy_path(&r, &toy);
    for (uint32_t t = 0; t < STEPS; t++) {
        double gradient[D], x[D], c[D], y[D];
        memcpy(y, server, sizeof y);
        for (int k = 0; k < RANKS; k++) {
            toy_quadratic(&toy, k, t, path + (size_t)t * D, gradient);
            for (int i = 0; i < D; i++)
                x[i] = e[k][i] + gradient[i];
            split(x, c, e[k]);
            for (int i = 0; i < D; i++)
                y[i] += c[i] / RANKS;
        }
        split(y, c, server);
        for (int i = 0; i < D; i++) {
            w[i] -= 0.125 * c[i];
            off = fmax(off, fabs(w[i] - path[(size_t)(t + 1) * D + (size_t)i]));
        }
    }
    ck_assert_msg(off < 1e-12, "off by %g", off);
    free(path);
}
END_TEST

/* Σ directions + E + mean e_i = Σ mean ∇F_i, whatever fits; −w/γ is the sum of directions. */
START_TEST(nothing_is_lost)
{
    static const char *const fitting[][2] = {
        {"topk", "ratio=0.1"}, {"rtopk", "ratio=0.1"}, {"randk", "ratio=0.25"}, {"sign", ""},
        {"qsgd", ""},          {"cast", "value=int4"}, {"scaled", "factor=1.5"}};
    for (size_t k = 0; k < sizeof fitting / sizeof *fitting; k++) {
        struct toy toy = flat_toy();
        static struct toy_run r;
        static struct toy_group g;
        double met[D] = {0}, gradient[D], w[D], off = 0, size = 0, most = 0;
        g = (struct toy_group){0};
        setup(&r, &toy, fitting[k][0], fitting[k][1]);
        toy_group_open(&g, &r);
        const double *memory = (const double *)(const void *)g.group.rank_memory;
        const double *server = (const double *)(const void *)g.group.server_memory;
        for (uint32_t t = 0; t < STEPS; t++) {
            memcpy(w, g.group.weights, sizeof w);
            for (int rank = 0; rank < RANKS; rank++) {
                toy_quadratic(&toy, rank, t, w, gradient);
                for (int i = 0; i < D; i++)
                    met[i] += gradient[i] / RANKS;
            }
            toy_group_step(&g, t);
        }
        memcpy(w, g.group.weights, sizeof w);
        for (int i = 0; i < D; i++) {
            double held = server[i] + (memory[i] + memory[D + i] + memory[2 * D + i]) / RANKS;
            off = fmax(off, fabs(-w[i] / 0.125 + held - met[i]));
            size = fmax(size, fabs(met[i]));
            most = fmax(most, fabs(server[i]));
        }
        ck_assert_msg(off < 1e-12 * STEPS * fmax(size, 1), "%s: %g is lost", fitting[k][0], off);
        ck_assert_msg(most > 0, "%s: the server keeps nothing", fitting[k][0]);
        toy_group_close(&g);
    }
}
END_TEST

/* Top-K, k = 4 of 40 values of 8 + 4 bytes: 48 to the server from each rank, 48 from it to all; no
 * all-gather. The server alone decodes three messages; it and everybody decode one. */
START_TEST(exchanges_are_up_and_down)
{
    struct toy toy = flat_toy();
    static struct toy_run r;
    int up = 0, down = 0, others = 0, merged_by_all = 0;
    setup(&r, &toy, "topk", "ratio=0.1");
    toy_train(&r);
    ck_assert_int_eq(r.run.trace.record_count, 1);
    const struct tw_record *record = &r.run.trace.records[0];
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        if (item->type == TW_ITEM_WORK) {
            /* three messages of four values: nobody but the server unpacks twelve */
            merged_by_all += item->work.elements == 12 && item->rank != 0;
            continue;
        }
        others += item->kind != TW_ALL_TO_ALL && item->kind != TW_BROADCAST;
        if (item->kind == TW_BROADCAST) {
            down++;
            ck_assert_uint_eq(item->count * tw_element_B(item->element), 48);
            ck_assert_int_eq(item->root, 0);
        } else {
            up++;
            ck_assert_ptr_nonnull(item->counts);
            for (int n = 0; n < RANKS * RANKS; n++)
                ck_assert_uint_eq(item->counts[n] * tw_element_B(item->element),
                                  n % RANKS == 0 ? 48 : 0);
        }
    }
    ck_assert_int_eq(up, 1);
    ck_assert_int_eq(down, 1);
    ck_assert_int_eq(others, 0);
    ck_assert_int_eq(merged_by_all, 0);
    tw_run_free(&r.run);
}
END_TEST

/* The server's instance has other draws than rank 0's: with one rank and the same draws, Rand-K's
 * second choice would be its first, and the server would keep nothing. */
START_TEST(draws_are_its_own)
{
    struct toy toy = flat_toy();
    static struct toy_run r;
    static struct toy_group g;
    double most = 0;
    g = (struct toy_group){0};
    setup(&r, &toy, "randk", "ratio=0.25");
    r.setup.ranks = 1;
    toy_group_open(&g, &r);
    toy_group_step(&g, 0);
    const double *server = (const double *)(const void *)g.group.server_memory;
    for (int i = 0; i < D; i++)
        most = fmax(most, fabs(server[i]));
    ck_assert_double_gt(most, 0);
    toy_group_close(&g);
}
END_TEST

/* By request, by number of phases, by trait. */
START_TEST(what_does_not_fit_is_refused)
{
    static const char *const rows[][3] = {{"gtopk", "ratio=0.1", "message"},
                                          {"leader_topk", "ratio=0.1", "message"},
                                          {"topk", "ratio=0.1 exchange=two", "message"},
                                          {"chunk_norm", "ratio=0.5", "message"},
                                          {"majority", "", "average"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct toy toy = {.gradient = toy_quadratic, .loss = toy_half_norm2};
        static struct toy_run r;
        toy_add(&toy, 8, 5);
        setup(&r, &toy, rows[i][0], rows[i][1]);
        ck_assert_msg(tw_train(&r.setup, &r.run, &r.err) == TW_REFUSED, "%s is taken", rows[i][0]);
        ck_assert_msg(strstr(r.err.text, rows[i][2]) != NULL, "%s: %s", rows[i][0], r.err.text);
        tw_run_free(&r.run);
    }
    struct toy toy = flat_toy();
    static struct toy_run sharded;
    setup(&sharded, &toy, "topk", "ratio=0.1");
    sharded.setup.sharding.stage = TW_SHARD_ZERO1;
    ck_assert_int_eq(tw_train(&sharded.setup, &sharded.run, &sharded.err), TW_REFUSED);
    ck_assert_ptr_nonnull(strstr(sharded.err.text, "sharding"));
    tw_run_free(&sharded.run);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("server");
    tcase_add_test(tcase, is_its_algorithm);
    tcase_add_test(tcase, nothing_is_lost);
    tcase_add_test(tcase, exchanges_are_up_and_down);
    tcase_add_test(tcase, draws_are_its_own);
    tcase_add_test(tcase, what_does_not_fit_is_refused);
    return toy_main(tcase, "train server");
}
