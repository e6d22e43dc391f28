/* links: tw_base tw_compressors */
/* A damaged message is an error or another message, never a crash: every member and setting gets
 * answers, inboxes and merge partials with flipped bits, foreign words, missing, doubled or foreign
 * parts. Every damaged copy is an allocation of its exact size, so that under -fsanitize=address
 * reading past it is seen. What must hold:
 *   - the step ends with TW_OK, TW_CORRUPT or TW_INPUT (sums that are not finite);
 *   - a message of another length is TW_CORRUPT; but bytes missing in the middle of one whose
 * length the data decide (Rice, Elias) may leave another message, as whole as the first;
 *   - after TW_OK the support ascends inside the vector;
 *   - the next step on whole messages gives the bits it gave before: no damage is remembered. */
#include "base/rounding.h"
#include "compressor_cases.h"

#define RANKS 3
#define ROUNDS 6 /* of each damage, phase and setting */

enum damage { BIT, BYTE, WORD, NOISE, SWAP, CUT, HOLE, GROW, DAMAGES };

static struct {
    enum damage damage;
    int phase, victim; /* of personal answers, the receiver; of merges, which one */
    int seen;          /* answers of the phase, or merges, so far */
    int done;          /* 1: something was damaged */
    int resized;
    uint32_t draws;
    void *copy; /* what the member reads */
    const struct tw_compressor *whole;
} mutant;

/* Drawn by hash: what is done is a function of the counter alone. */
static uint64_t draw(uint64_t below)
{
    const struct tw_rounding key = {SEED, 77};
    uint64_t high = tw_rounding_bits(key, mutant.draws++);
    return below ? (high << 32 | tw_rounding_bits(key, mutant.draws++)) % below : 0;
}

/* Bytes from … from+size−1 are the part to damage in place. */
static void damage_values(unsigned char *part, uint64_t size)
{
    static const uint32_t words[] = {0,           1,           UINT32_MAX, 0x80000000U, 0x7f800000U,
                                     0x7fc00000U, 0x7f7fffffU, 96,         97,          INT32_MAX};
    uint64_t at = draw(size);
    mutant.done = 1;
    if (mutant.damage == BIT)
        part[at] ^= (unsigned char)(1U << draw(8));
    else if (mutant.damage == BYTE)
        part[at] = (unsigned char)draw(256);
    else if (mutant.damage == WORD)
        memcpy(part + at / 4 * 4, &words[draw(10)], size - at / 4 * 4 < 4 ? size - at / 4 * 4 : 4);
    else if (mutant.damage == SWAP)
        for (uint64_t i = 0; i < size / 2; i++) {
            unsigned char held = part[i];
            part[i] = part[size - 1 - i];
            part[size - 1 - i] = held;
        }
    else
        for (uint64_t i = 0; i < size; i++)
            part[i] = (unsigned char)draw(256);
}

/* A copy of data (all bytes long) with its part of `size` bytes at `from` damaged; *size is the
 * part's new length, in elements of `unit` bytes. NULL: nothing to damage. */
static void *damaged(const void *data, uint64_t all, uint64_t from, uint64_t *size, unsigned unit)
{
    const unsigned char *old = data;
    uint64_t elements = *size / unit, length = *size, cut = 0;
    if (mutant.damage == CUT || mutant.damage == HOLE)
        cut = elements ? (1 + draw(draw(2) ? elements : 1)) * unit : 0;
    else if (mutant.damage == GROW)
        length += (1 + draw(9)) * unit;
    length -= cut;
    if (length == *size && (*size == 0 || cut))
        return NULL;
    uint64_t keep = mutant.damage == HOLE ? draw((length + unit) / unit) * unit
                    : length < *size      ? length
                                          : *size;
    unsigned char *copy = malloc(all - *size + length);
    if (!copy && all - *size + length)
        ck_abort_msg("out of memory");
    if (from + keep)
        memcpy(copy, old, from + keep);
    for (uint64_t i = keep; i < length; i++)
        copy[from + i] = mutant.damage == HOLE ? old[from + cut + i] : (unsigned char)draw(256);
    if (all > from + *size)
        memcpy(copy + from + length, old + from + *size, all - from - *size);
    mutant.resized = length != *size;
    mutant.done |= mutant.resized;
    if (!mutant.resized)
        damage_values(copy + from, length);
    *size = length;
    free(mutant.copy);
    return mutant.copy = copy;
}

static void spoil(int phase, struct tw_answer *answer)
{
    unsigned unit = tw_element_B(answer->element);
    uint64_t *starts = (uint64_t *)answer->starts;
    int joined = answer->kind == TW_GATHER || answer->kind == TW_ALL_TO_ALL;
    if (phase != mutant.phase ||
        mutant.seen++ != (joined && is_personal(answer->kind) ? mutant.victim : 0))
        return;
    int rank = (int)draw(RANKS);
    uint64_t from = joined ? starts[rank] * unit : 0;
    uint64_t old = joined ? (starts[rank + 1] - starts[rank]) * unit : answer->count * unit;
    uint64_t size = old;
    void *copy = damaged(answer->data, answer->count * unit, from, &size, unit);
    if (!copy)
        return;
    answer->data = copy;
    answer->count = answer->count - old / unit + size / unit;
    for (int r = rank + 1; joined && r <= RANKS; r++)
        starts[r] = starts[r] - old / unit + size / unit;
}

/* The merge of the member, one partial of which is damaged. */
static tw_status damaged_merge(void *shared, void *own_state, int keeps, const struct tw_partial *a,
                               const struct tw_partial *b, void *c, uint64_t *count,
                               struct tw_work *work)
{
    struct tw_partial other = *b;
    if (mutant.phase < 0 && mutant.seen++ == mutant.victim % (RANKS - 1)) {
        uint64_t size = b->count;
        void *copy = damaged(b->data, b->count, 0, &size, 1);
        if (copy)
            other = (struct tw_partial){size, copy};
    }
    return mutant.whole->merge(shared, own_state, keeps, a, &other, c, count, work);
}

static void check_support(struct group *group, const char *member, const char *options)
{
    for (int r = 0; r < RANKS; r++) {
        struct tw_support support = support_of(group, r);
        int wrong = support.count > group->problem.dimension;
        for (uint64_t i = 0; !support.all && !wrong && i < support.count; i++)
            wrong = support.indices[i] >= group->problem.dimension ||
                    (i > 0 && support.indices[i] <= support.indices[i - 1]);
        if (wrong)
            ck_abort_msg("%s [%s]: damage %d, phase %d: the support leaves the vector", member,
                         options, (int)mutant.damage, mutant.phase);
    }
}

/* 1 when the step was refused. */
static int damage_once(struct group *group, const char *member, const char *options)
{
    uint32_t draws = mutant.draws;
    mutant.seen = mutant.done = mutant.resized = 0;
    tw_status status = group_step(group, 0);
    int shorter = mutant.damage == HOLE && is_sized_by_data(options);
    int known = status == TW_OK || status == TW_CORRUPT || status == TW_INPUT;
    if (!known || (mutant.resized && status != TW_CORRUPT && !shorter))
        ck_abort_msg("%s [%s]: damage %d, phase %d, draw %u: %s", member, options,
                     (int)mutant.damage, mutant.phase, draws, tw_status_text(status));
    if (status == TW_OK)
        check_support(group, member, options);
    return status != TW_OK;
}

static int tried, refused;

static void survives(const char *member, const char *options, enum tw_precision precision)
{
    static struct group group;
    void *x[RANKS];
    group_start(&group, member, precision, options, RANKS, SEED);
    add_tensors(&group, 97);
    group_open(&group, 0);
    for (int r = 0; r < RANKS; r++) {
        group.x[r] = x[r] = vector_of(precision, 97);
        fill(x[r], GAUSSIAN, precision, 97, r);
    }
    uint64_t bytes = 97 * (uint64_t)tw_precision_B(precision);
    unsigned char mean[97 * 8];
    struct tw_compressor ops = *group.ops;
    mutant.whole = group.ops;
    if (ops.merge)
        ops.merge = damaged_merge;
    group.ops = &ops;
    mutant.phase = group.phases; /* none */
    if (group_step(&group, 0) != TW_OK)
        ck_abort_msg("%s [%s] fails", member, options);
    memcpy(mean, group.mean[0], bytes);
    group.spoil = spoil;
    for (int phase = ops.merge ? -1 : 0; phase < group.phases; phase++)
        for (int damage = 0; damage < DAMAGES * ROUNDS; damage++) {
            mutant.damage = (enum damage)(damage % DAMAGES);
            mutant.phase = phase;
            mutant.victim = damage / DAMAGES % RANKS;
            refused += damage_once(&group, member, options);
            tried += mutant.done;
            mutant.phase = group.phases;
            if (group_step(&group, 0) != TW_OK || memcmp(mean, group.mean[0], bytes) != 0)
                ck_abort_msg("%s [%s]: damage %d of phase %d is remembered", member, options,
                             damage, phase);
        }
    for (int r = 0; r < RANKS; r++)
        free(x[r]);
    group.ops = mutant.whole;
    group_close(&group);
}

static void survives_both(const char *member, const char *options)
{
    survives(member, options, TW_FP32);
    survives(member, options, TW_FP64);
}

/* Three of eight kinds of damage change a length and are always refused. */
START_TEST(test_mutants)
{
    each_setting(survives_both);
    free(mutant.copy);
    mutant.copy = NULL;
    ck_assert_int_gt(tried, 100 * tw_compressor_count());
    ck_assert_int_gt(refused, tried * 3 / 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("laws of compressors: damaged messages");
    TCase *tcase = tcase_create("list");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_mutants);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
