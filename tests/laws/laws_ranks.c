/* links: tw_train */
/* Ranks agree bit for bit, for every feedback rule with every compressor it goes with: each rank
 * has an instance of its own, a copy of its own of the server's memory and of the weights, and
 * learns of the others by what is exchanged alone. After every step all weights are the same bits,
 * so none drifts away. (Rules with a server send its answer to all ranks: there is nothing to agree
 * on.) EF21+ has the g_i of others beside: report() of all of them, as every copy would give it. */
#include "compressor_cases.h"
#include "train_toys.h"

enum { RANKS = 3, TURNS = 6, ROWS = 9, COLUMNS = 5, TAIL = 4, WHOLE = ROWS * COLUMNS + TAIL };
enum { VECTORS_MAX = 8 };

/* What one rank holds. */
struct holder {
    void *w, *x, *gradient, *memory[VECTORS_MAX], *server[VECTORS_MAX];
};

static struct holder holders[RANKS];
static int wrong, tried;

static void each_vector(struct holder *h, void (*of)(void **vector))
{
    of(&h->w);
    of(&h->x);
    of(&h->gradient);
    for (int v = 0; v < VECTORS_MAX; v++) {
        of(&h->memory[v]);
        of(&h->server[v]);
    }
}

static void make(void **vector)
{
    *vector = vector_of(TW_FP64, WHOLE); /* enough for both precisions */
}

static void drop(void **vector)
{
    free(*vector);
    *vector = NULL;
}

static void open_group(struct group *group, const char *member, const char *options,
                       enum tw_precision precision)
{
    group_start(group, member, precision, options, RANKS, SEED);
    add_tensor(group, ROWS, COLUMNS, 0);
    add_tensor(group, 1, TAIL, 1);
    group_open(group, 1);
    for (int r = 0; r < RANKS; r++)
        group->x[r] = holders[r].x;
}

struct at_rank {
    struct group *group;
    int rank;
};

static void own_of_rank(const struct tw_own *own, double scale, void *y, struct tw_work *work)
{
    const struct at_rank *at = own->context;
    const struct tw_instance *instance = &at->group->instance[at->rank];
    instance->ops->own(instance->shared, instance->own[0], at->rank, scale, y, work);
}

static double trial_of_rank(const struct tw_trial *trial, const void *x)
{
    const struct at_rank *at = trial->context;
    const struct tw_instance *instance = &at->group->instance[at->rank];
    return instance->ops->try_alone(instance->shared, instance->own[0], x);
}

/* ∇F_r = w − b_r, in the run's precision, at this rank's own weights. */
static void find_gradient(struct holder *h, enum tw_precision precision, int rank)
{
    double target[WHOLE];
    toy_noise(SEED, rank, 0, target, WHOLE);
    for (uint64_t i = 0; i < WHOLE; i++)
        set(h->gradient, precision, i, get(h->w, precision, i) - target[i]);
}

static void add_reports(const struct tw_feedback *rule, const struct tw_feedback_step *at,
                        struct group *used)
{
    double sum[WHOLE] = {0};
    for (int r = 0; rule->report && r < RANKS; r++)
        rule->report(at, holders[r].memory, sum);
    for (int r = 0; rule->report && r < RANKS; r++)
        for (uint64_t i = 0; i < WHOLE; i++)
            set(used->mean[r], rule->precision, i,
                get(used->mean[r], rule->precision, i) + sum[i] / RANKS);
}

static void step(const struct tw_feedback *rule, struct tw_feedback_step *at, struct group *method,
                 struct group *dense)
{
    struct group *used = at->dense ? dense : method;
    struct tw_work work = {0};
    for (int r = 0; method->ops->begin && r < RANKS; r++)
        method->ops->begin(method->instance[r].shared, at->step); /* trials see this step's draws */
    for (int r = 0; r < RANKS; r++) {
        struct at_rank here = {used, r};
        struct tw_trial trial = {trial_of_rank, &here};
        at->trial = rule->tries ? &trial : NULL;
        find_gradient(&holders[r], rule->precision, r);
        rule->before(at, holders[r].memory, holders[r].gradient, holders[r].x, &work);
    }
    if (group_step(used, at->step) != TW_OK)
        ck_abort_msg("%s + %s fails", method->ops->member.name, rule->member.name);
    for (int r = 0; r < RANKS; r++) {
        struct at_rank here = {used, r};
        struct tw_own own = {own_of_rank, &here};
        rule->after(at, holders[r].memory, holders[r].x, &own, used->mean[r], &work);
    }
    add_reports(rule, at, used);
    for (int r = 0; r < RANKS; r++) {
        rule->direction(at, holders[r].server, used->mean[r], &work);
        for (uint64_t i = 0; i < WHOLE; i++)
            set(holders[r].w, rule->precision, i,
                get(holders[r].w, rule->precision, i) -
                    at->rate * get(used->mean[r], rule->precision, i));
    }
    tw_work_free(&work);
}

static void check_ranks(const struct tw_feedback *rule, const char *member, const char *options,
                        uint32_t t)
{
    size_t bytes = WHOLE * tw_precision_B(rule->precision);
    int apart = 0, still = 1;
    for (int r = 1; r < RANKS; r++) {
        apart += memcmp(holders[r].w, holders[0].w, bytes) != 0;
        for (int v = 0; v < rule->shared_vectors; v++)
            apart += memcmp(holders[r].server[v], holders[0].server[v], bytes) != 0;
    }
    for (uint64_t i = 0; i < WHOLE; i++)
        still &= get(holders[0].w, rule->precision, i) == 0;
    if (apart == 0 && !still)
        return;
    fprintf(stderr, "%s [%s] + %s fp%d, step %u, seed %u: %s\n", member, options, rule->member.name,
            rule->precision == TW_FP64 ? 64 : 32, t, SEED,
            apart ? "ranks differ" : "nothing moves");
    wrong++;
}

static void together(const struct tw_feedback *rule, const char *member, const char *options)
{
    _Alignas(16) unsigned char params[TW_PARAMS_MAX];
    static struct group method, dense;
    toy_options(&rule->member, "", params);
    for (int r = 0; r < RANKS; r++)
        each_vector(&holders[r], make);
    open_group(&method, member, options, rule->precision);
    open_group(&dense, "none", "", rule->precision);
    for (uint32_t t = 0; t < TURNS; t++) {
        struct tw_feedback_step at = {.step = t,
                                      .rate = 0.25,
                                      .dense = t < rule->dense_steps(params),
                                      .count = WHOLE,
                                      .params = params};
        step(rule, &at, &method, &dense);
        check_ranks(rule, member, options, t);
    }
    tried++;
    group_close(&method);
    group_close(&dense);
    for (int r = 0; r < RANKS; r++)
        each_vector(&holders[r], drop);
}

static void with_every_rule(const char *member, const char *options)
{
    for (int i = 0; i < 2 * tw_feedback_count(); i++) {
        const struct tw_feedback *rule = tw_feedback_at(i / 2, i % 2 ? TW_FP64 : TW_FP32);
        ck_assert(rule->rank_vectors <= VECTORS_MAX && rule->shared_vectors <= VECTORS_MAX);
        if (!rule->server && toy_goes_together(rule, tw_compressor_find(member, rule->precision)))
            together(rule, member, options);
    }
}

START_TEST(ranks_never_part)
{
    wrong = tried = 0;
    each_setting(with_every_rule);
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(tried, 10 * tw_compressor_count());
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("ranks");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, ranks_never_part);
    return toy_main(tcase, "laws: ranks agree");
}
