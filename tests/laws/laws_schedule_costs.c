/* links: tw_base tw_collective */
/* What every schedule of list.def must cost: each rank sends what its closed form says, to partners
 * that expect it, at most one message each way where one_port is claimed, and the clocks end where
 * cost() says, never before the injection bound.
 * A new schedule needs a row in schedule_laws.h: its closed forms, written independently
 * of its code. */
#include <math.h>
#include <stdio.h>

#include "laws/schedule_laws.h"

static const struct law *law_of(const struct tw_algorithm *algorithm)
{
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        if (laws[i].kind == algorithm->kind && strcmp(laws[i].name, algorithm->member.name) == 0)
            return &laws[i];
    ck_abort_msg("%s \"%s\" is listed but has no closed forms in schedule_laws.h",
                 tw_request_name(algorithm->kind), algorithm->member.name);
    return NULL;
}

/* Many ranks, and the power of two below for schedules that know no other. */
static void check_many(const struct tw_algorithm *algorithm, case_check check)
{
    int many = case_many_ranks(algorithm);
    case_check_one(algorithm, TW_ELEMENT_F64, TW_COMBINE_SUM, many, 1500, SPREAD_UNEVEN, check);
    case_check_one(algorithm, TW_ELEMENT_F64, TW_COMBINE_SUM, 1 << log2_floor(many), 1500,
                   SPREAD_UNEVEN, check);
}

/* ---- what it runs ---- */

START_TEST(refuses_only_what_its_paper_forbids)
{
    const struct tw_algorithm *algorithm = tw_algorithm_at(_i);
    const struct law *law = law_of(algorithm);
    for (int p = 2; p <= 130; p++) {
        struct schedule_case c = {0};
        int opened = case_open(&c, algorithm, TW_ELEMENT_F32, p, 1000, SPREAD_EVEN);
        if (opened != (law->runs ? law->runs(p) : 1))
            ck_abort_msg("%s %s %s %d ranks", tw_request_name(law->kind), law->name,
                         opened ? "takes" : "refuses", p);
        case_close(&c);
    }
}
END_TEST

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
    check_many(tw_algorithm_at(_i), sends_its_closed_form);
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

/* Bytes that leave and enter a rank's port in this step. */
struct port {
    double sent_B, received_B;
};

static struct port port_of(const struct posted *posted, const struct schedule_case *c, int rank)
{
    struct port port = {0, 0};
    int sends = 0, receives = 0;
    for (int m = 0; m < posted->counts[rank]; m++) {
        const struct tw_message *own = &posted->messages[rank * posted->room + m];
        port.sent_B += (double)own->send_B;
        port.received_B += (double)own->receive_B;
        sends += own->sends;
        receives += own->receives;
    }
    if (c->algorithm->one_port && (sends > 1 || receives > 1))
        ck_abort_msg("%s: rank %d breaks one_port", c->algorithm->member.name, rank);
    return port;
}

/* Sends and receives of one step answer one another; and the clock of every rank moves on by the
 * definition of schedule.h: e = max(x_s, x_r) + α + bytes·β, done when all are, then γ. Messages of
 * one step share their ports: bytes are those of the busier one. (Exact where they are equal and
 * start together, which is all that schedules with several messages claim.) */
static void advance(const struct posted *posted, const struct schedule_case *c,
                    const struct port *ports, const double *constants, const double *now_s,
                    double *then_s)
{
    for (int r = 0; r < c->layout.ranks; r++) {
        double combine_B = 0;
        then_s[r] = now_s[r];
        for (int m = 0; m < posted->counts[r]; m++) {
            const struct tw_message *own = &posted->messages[r * posted->room + m];
            const struct tw_message *other = message_to(posted, own->peer, r);
            if (!other || own->sends != other->receives || own->send_B != other->receive_B ||
                own->receives != other->sends || own->receive_B != other->send_B)
                ck_abort_msg("%s: ranks %d and %d do not answer one another",
                             c->algorithm->member.name, r, own->peer);
            double start_s = fmax(now_s[r], now_s[own->peer]), out_B = 0, in_B = 0;
            if (own->sends)
                out_B = fmax(ports[r].sent_B, ports[own->peer].received_B);
            if (own->receives)
                in_B = fmax(ports[own->peer].sent_B, ports[r].received_B);
            then_s[r] = fmax(then_s[r], start_s + constants[0] + fmax(out_B, in_B) * constants[1]);
            combine_B += (double)own->combine_B;
        }
        then_s[r] += combine_B * constants[2];
    }
}

/* The end of the last rank. Lanes run at the same time on one port and one device: each is walked
 * as if the others took their share all the time, which is the worst case. */
static double evaluate(const struct schedule_case *c, double alpha_s, double beta_sB,
                       double gamma_sB)
{
    size_t ranks = (size_t)c->layout.ranks;
    int lanes = c->algorithm->lanes(&c->layout);
    const double constants[] = {alpha_s, beta_sB * lanes, gamma_sB * lanes};
    double end_s = 0, *now_s = calloc(2 * ranks, sizeof *now_s), *then_s = now_s + ranks;
    struct port *ports = calloc(ranks, sizeof *ports);
    ck_assert(now_s && ports);
    struct posted posted;
    posted_open(&posted, c);
    for (int lane = 0; lane < lanes; lane++) {
        memset(now_s, 0, ranks * sizeof *now_s);
        for (int s = 0; s < c->algorithm->steps(&c->layout); s++) {
            post(&posted, c, lane, s);
            for (int r = 0; r < c->layout.ranks; r++)
                ports[r] = port_of(&posted, c, r);
            advance(&posted, c, ports, constants, now_s, then_s);
            memcpy(now_s, then_s, ranks * sizeof *now_s);
        }
        for (size_t r = 0; r < ranks; r++)
            end_s = fmax(end_s, now_s[r]);
    }
    posted_close(&posted);
    free(ports);
    free(now_s);
    return end_s;
}

static int differs(double a, double b)
{
    return fabs(a - b) > 1e-12 * fabs(b);
}

static void costs_what_it_claims(struct schedule_case *c)
{
    static const double constants[][3] = {
        {5e-5, 8e-10, 0}, {0, 1e-9, 0}, {1e-6, 0, 0}, {2e-5, 1e-9, 3e-10}};
    const struct law *law = law_of(c->algorithm);
    const struct tw_layout *layout = &c->layout;
    int equal = case_blocks_are_equal(c), exact = c->algorithm->cost_kind == TW_COST_EXACT;
    int bound = c->algorithm->cost_kind == TW_COST_BOUND;
    for (size_t k = 0; k < sizeof constants / sizeof *constants; k++) {
        double alpha_s = constants[k][0], beta_sB = constants[k][1], gamma_sB = constants[k][2];
        double cost_s = c->algorithm->cost(layout, alpha_s, beta_sB, gamma_sB);
        double law_s = law->seconds(layout, alpha_s, beta_sB, gamma_sB);
        double walked_s = evaluate(c, alpha_s, beta_sB, gamma_sB);
        double bound_s = tw_injection_bound(layout, beta_sB);
        if (((equal || !(law->held & EQUAL)) && differs(cost_s, law_s)) ||
            ((exact || (equal && law->held & EQUAL)) && differs(walked_s, cost_s)) ||
            (bound && walked_s > cost_s * (1 + 1e-12)) || walked_s < bound_s * (1 - 1e-12))
            ck_abort_msg("%s %s, %d ranks, %llu elements: cost %.17g, closed form %.17g, walked "
                         "%.17g, bound %.17g s",
                         tw_request_name(law->kind), law->name, layout->ranks,
                         (unsigned long long)layout->count, cost_s, law_s, walked_s, bound_s);
    }
}

START_TEST(time_equals_the_closed_form)
{
    case_check_all(tw_algorithm_at(_i), TW_ELEMENT_F32, TW_COMBINE_SUM, costs_what_it_claims);
    check_many(tw_algorithm_at(_i), costs_what_it_claims);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws_schedule_costs");
    TCase *tcase = tcase_create("list");
    int count = tw_algorithm_count();
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, refuses_only_what_its_paper_forbids, 0, count);
    tcase_add_loop_test(tcase, traffic_equals_the_closed_form, 0, count);
    tcase_add_loop_test(tcase, time_equals_the_closed_form, 0, count);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
