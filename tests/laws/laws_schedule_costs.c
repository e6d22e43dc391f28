/* links: tw_base tw_collective */
/* What every schedule of list.def must cost: each rank sends what its closed form says, to partners
 * that expect it, at most one message each way where one_port is claimed, and the clocks end where
 * cost() says, never before the injection bound.
 * A new schedule needs a row in `laws` below: its closed forms, written independently of its code.
 */
#include <math.h>
#include <stdio.h>

#include "laws/schedule_case.h"

/* ---- closed forms, one row per schedule ---- */

/* What one rank sends, and the seconds of the whole when nothing contends. n elements, largest_B
 * and whole_B: bytes of the largest block of the even cut into p (SUM) or contributed (GATHER), and
 * of everything. */
struct law {
    enum tw_request_kind kind;
    const char *name;
    void (*traffic)(const struct tw_layout *layout, int rank, uint64_t *sent_B, uint64_t *messages);
    double (*seconds)(int p, double largest_B, double whole_B, double alpha_s, double beta_sB,
                      double gamma_sB);
};

static int log2_floor(int p)
{
    int k = 0;
    while (p >> (k + 1))
        k++;
    return k;
}

static int log2_ceil(int p)
{
    return log2_floor(p) + ((1 << log2_floor(p)) != p);
}

static uint64_t block_B(const struct tw_layout *layout, int block)
{
    return tw_layout_elements(layout, (uint32_t)(block % layout->ranks)) * layout->element_B;
}

/* Reduce-scatter sends every block but the one that the right neighbour starts; the gather every
 * block but the one that the right neighbour finished: all but r+1, then all but r+2. */
static void ring_sum_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    *messages = 2 * ((uint64_t)layout->ranks - 1);
    *sent_B = 2 * layout->count * layout->element_B - block_B(layout, rank + 1) -
              block_B(layout, rank + 2);
}

static double ring_sum_seconds(int p, double largest_B, double whole_B, double alpha_s,
                               double beta_sB, double gamma_sB)
{
    (void)whole_B;
    return 2 * (p - 1) * (alpha_s + largest_B * beta_sB) + (p - 1) * largest_B * gamma_sB;
}

/* A folded rank sends once; its partner once per doubling and the result; the others per doubling.
 */
static void doubling_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    int doublings = log2_floor(layout->ranks), rem = layout->ranks - (1 << doublings);
    *messages = (uint64_t)(rank >= 2 * rem ? doublings : rank % 2 ? doublings + 1 : 1);
    *sent_B = *messages * layout->count * layout->element_B;
}

static double doubling_seconds(int p, double largest_B, double whole_B, double alpha_s,
                               double beta_sB, double gamma_sB)
{
    (void)largest_B;
    int k = log2_floor(p), f = (1 << k) != p;
    return (k + 2 * f) * (alpha_s + whole_B * beta_sB) + (k + f) * whole_B * gamma_sB;
}

/* Once to the parent, once to each child: rank + 2^k below the rank's lowest bit. */
static void binomial_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                             uint64_t *messages)
{
    *messages = rank > 0;
    for (int d = 1; rank + d < layout->ranks && !(rank & d) && !(rank & (d - 1)); d *= 2)
        *messages += 1;
    *sent_B = *messages * layout->count * layout->element_B;
}

static double binomial_seconds(int p, double largest_B, double whole_B, double alpha_s,
                               double beta_sB, double gamma_sB)
{
    (void)largest_B;
    int levels = log2_ceil(p);
    return 2 * levels * (alpha_s + whole_B * beta_sB) + levels * whole_B * gamma_sB;
}

/* Every block but the one that the right neighbour contributes. */
static void ring_gather_traffic(const struct tw_layout *layout, int rank, uint64_t *sent_B,
                                uint64_t *messages)
{
    *messages = (uint64_t)layout->ranks - 1;
    *sent_B = layout->count * layout->element_B - block_B(layout, rank + 1);
}

static double ring_gather_seconds(int p, double largest_B, double whole_B, double alpha_s,
                                  double beta_sB, double gamma_sB)
{
    (void)whole_B;
    (void)gamma_sB;
    return (p - 1) * (alpha_s + largest_B * beta_sB);
}

static const struct law laws[] = {
    {TW_SUM, "ring", ring_sum_traffic, ring_sum_seconds},
    {TW_SUM, "recursive_doubling", doubling_traffic, doubling_seconds},
    {TW_SUM, "binomial", binomial_traffic, binomial_seconds},
    {TW_GATHER, "ring", ring_gather_traffic, ring_gather_seconds},
};

static const struct law *law_of(const struct tw_algorithm *algorithm)
{
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        if (laws[i].kind == algorithm->kind && strcmp(laws[i].name, algorithm->member.name) == 0)
            return &laws[i];
    ck_abort_msg("%s \"%s\" is listed but has no closed forms in laws_schedules.c",
                 tw_request_name(algorithm->kind), algorithm->member.name);
    return NULL;
}

/* ---- traffic ---- */

static void sends_its_closed_form(struct schedule_case *c)
{
    const struct law *law = law_of(c->algorithm);
    int p = c->layout.ranks;
    uint64_t total_B = 0;
    for (int r = 0; r < p; r++) {
        uint64_t sent_B, messages, law_B = 0, law_messages = 0;
        tw_status status = tw_schedule_traffic(c->algorithm, &c->layout, r, &sent_B, &messages);
        if (p > 1)
            law->traffic(&c->layout, r, &law_B, &law_messages);
        if (status != TW_OK || sent_B != law_B || messages != law_messages)
            ck_abort_msg("%s %s, rank %d of %d, %llu elements: %llu B in %llu messages, not "
                         "%llu B in %llu",
                         tw_request_name(law->kind), law->name, r, p,
                         (unsigned long long)c->layout.count, (unsigned long long)sent_B,
                         (unsigned long long)messages, (unsigned long long)law_B,
                         (unsigned long long)law_messages);
        total_B += sent_B;
    }
    /* p ranks that inject at most `bound` bytes each cannot move more than they do */
    if (c->layout.kind == TW_SUM &&
        tw_injection_bound(&c->layout, 1) * p > (double)total_B * (1 + 1e-12))
        ck_abort_msg("%s: %llu B in all, below the bound", law->name, (unsigned long long)total_B);
}

START_TEST(traffic_equals_the_closed_form)
{
    case_check_all(tw_algorithm_at(_i), TW_ELEMENT_F32, TW_COMBINE_SUM, sends_its_closed_form);
    case_check_one(tw_algorithm_at(_i), TW_ELEMENT_F64, TW_COMBINE_SUM, 1000, 1500, SPREAD_UNEVEN,
                   sends_its_closed_form);
}
END_TEST

/* ---- form, and time ---- */

/* All ranks' messages of one (lane, step). */
struct posted {
    int room;
    struct tw_piece *pieces;
    struct tw_message *messages;
    int *counts;
};

static void posted_open(struct posted *posted, const struct schedule_case *c)
{
    size_t ranks = (size_t)c->layout.ranks;
    posted->room = c->algorithm->pieces_max(&c->layout);
    posted->pieces = calloc((size_t)posted->room + 1, sizeof *posted->pieces);
    posted->messages = calloc(ranks * (size_t)posted->room + 1, sizeof *posted->messages);
    posted->counts = calloc(ranks, sizeof *posted->counts);
    ck_assert(posted->pieces && posted->messages && posted->counts);
}

static void posted_close(struct posted *posted)
{
    free(posted->pieces);
    free(posted->messages);
    free(posted->counts);
}

static void post(struct posted *posted, const struct schedule_case *c, int lane, int s)
{
    for (int r = 0; r < c->layout.ranks; r++) {
        int pieces = 0;
        posted->counts[r] =
            tw_schedule_messages(c->algorithm, &c->layout, lane, r, s, posted->pieces, &pieces,
                                 posted->messages + (ptrdiff_t)r * posted->room);
        if (pieces > posted->room || posted->counts[r] > pieces)
            ck_abort_msg("%s: %d pieces, %d messages; at most %d pieces were promised",
                         c->algorithm->member.name, pieces, posted->counts[r], posted->room);
    }
}

static const struct tw_message *message_to(const struct posted *posted, int rank, int peer)
{
    for (int m = 0; m < posted->counts[rank]; m++)
        if (posted->messages[rank * posted->room + m].peer == peer)
            return &posted->messages[rank * posted->room + m];
    return NULL;
}

/* Sends and receives of one step answer one another; and the clock of every rank moves on by the
 * definition of schedule.h: e = max(x_s, x_r) + α + bytes·β, done when all are, then γ. */
static void advance(const struct posted *posted, const struct schedule_case *c, double alpha_s,
                    double beta_sB, double gamma_sB, const double *now_s, double *then_s)
{
    for (int r = 0; r < c->layout.ranks; r++) {
        int sends = 0, receives = 0;
        double combine_B = 0;
        then_s[r] = now_s[r];
        for (int m = 0; m < posted->counts[r]; m++) {
            const struct tw_message *own = &posted->messages[r * posted->room + m];
            const struct tw_message *other = message_to(posted, own->peer, r);
            if (!other || own->sends != other->receives || own->send_B != other->receive_B ||
                own->receives != other->sends || own->receive_B != other->send_B)
                ck_abort_msg("%s: ranks %d and %d do not answer one another",
                             c->algorithm->member.name, r, own->peer);
            double start_s = fmax(now_s[r], now_s[own->peer]);
            double more_B = (double)(own->send_B > own->receive_B ? own->send_B : own->receive_B);
            then_s[r] = fmax(then_s[r], start_s + alpha_s + more_B * beta_sB);
            combine_B += (double)own->combine_B;
            sends += own->sends;
            receives += own->receives;
        }
        then_s[r] += combine_B * gamma_sB;
        if (c->algorithm->one_port && (sends > 1 || receives > 1))
            ck_abort_msg("%s: rank %d breaks one_port", c->algorithm->member.name, r);
    }
}

static double evaluate(const struct schedule_case *c, double alpha_s, double beta_sB,
                       double gamma_sB)
{
    size_t ranks = (size_t)c->layout.ranks;
    double end_s = 0, *now_s = calloc(2 * ranks, sizeof *now_s), *then_s = now_s + ranks;
    ck_assert_ptr_nonnull(now_s);
    struct posted posted;
    posted_open(&posted, c);
    for (int lane = 0; lane < c->algorithm->lanes(&c->layout); lane++) {
        memset(now_s, 0, ranks * sizeof *now_s);
        for (int s = 0; s < c->algorithm->steps(&c->layout); s++) {
            post(&posted, c, lane, s);
            advance(&posted, c, alpha_s, beta_sB, gamma_sB, now_s, then_s);
            memcpy(now_s, then_s, ranks * sizeof *now_s);
        }
        for (size_t r = 0; r < ranks; r++)
            end_s = fmax(end_s, now_s[r]);
    }
    posted_close(&posted);
    free(now_s);
    return end_s;
}

static double largest_B(const struct tw_layout *layout)
{
    uint64_t most = (layout->count + (uint64_t)layout->ranks - 1) / (uint64_t)layout->ranks;
    if (layout->kind == TW_GATHER) {
        most = 0;
        for (int r = 0; r < layout->ranks; r++)
            if (layout->starts[r + 1] - layout->starts[r] > most)
                most = layout->starts[r + 1] - layout->starts[r];
    }
    return (double)most * layout->element_B;
}

static void costs_what_it_claims(struct schedule_case *c)
{
    static const double constants[][3] = {
        {5e-5, 8e-10, 0}, {0, 1e-9, 0}, {1e-6, 0, 0}, {2e-5, 1e-9, 3e-10}};
    const struct law *law = law_of(c->algorithm);
    const struct tw_layout *layout = &c->layout;
    double whole_B = (double)layout->count * layout->element_B;
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++) {
        double alpha_s = constants[k][0], beta_sB = constants[k][1], gamma_sB = constants[k][2];
        double cost_s = c->algorithm->cost(layout, alpha_s, beta_sB, gamma_sB);
        double law_s =
            law->seconds(layout->ranks, largest_B(layout), whole_B, alpha_s, beta_sB, gamma_sB);
        double walked_s = evaluate(c, alpha_s, beta_sB, gamma_sB);
        double bound_s = tw_injection_bound(layout, beta_sB);
        int exact = c->algorithm->cost_kind == TW_COST_EXACT;
        if (fabs(cost_s - law_s) > 1e-12 * law_s ||
            (exact && fabs(cost_s - walked_s) > 1e-12 * cost_s) ||
            (c->algorithm->cost_kind == TW_COST_BOUND && walked_s > cost_s * (1 + 1e-12)) ||
            walked_s < bound_s * (1 - 1e-12))
            ck_abort_msg("%s %s, %d ranks, %llu elements: cost %.17g, closed form %.17g, walked "
                         "%.17g, bound %.17g s",
                         tw_request_name(law->kind), law->name, layout->ranks,
                         (unsigned long long)layout->count, cost_s, law_s, walked_s, bound_s);
    }
}

START_TEST(time_equals_the_closed_form)
{
    case_check_all(tw_algorithm_at(_i), TW_ELEMENT_F32, TW_COMBINE_SUM, costs_what_it_claims);
    case_check_one(tw_algorithm_at(_i), TW_ELEMENT_F64, TW_COMBINE_SUM, 1000, 1500, SPREAD_UNEVEN,
                   costs_what_it_claims);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws_schedule_costs");
    TCase *tcase = tcase_create("list");
    int count = tw_algorithm_count();
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, traffic_equals_the_closed_form, 0, count);
    tcase_add_loop_test(tcase, time_equals_the_closed_form, 0, count);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
