/* links: tw_train */
/* The bit of EF21+ in what is sent. Counts are those of choice.h, reckoned by hand for N ranks. */
#include "train_toys.h"

#include "train/choice.h"

enum { WIDE = 25 }; /* one rank more than a float has bits */

static struct tw_feedback telling;

static struct tw_shape shape_of(struct tw_train_setup *setup, int groups)
{
    const struct tw_feedback *rule = tw_feedback_find("ef21plus", TW_FP32);
    ck_assert_ptr_nonnull(rule);
    telling = *rule;
    setup->feedback = &telling;
    return (struct tw_shape){.setup = setup, .groups = groups, .dense_steps = 1};
}

/* One exchange of WIDE ranks after another; the bit goes with the first that is no broadcast. */
struct one {
    enum tw_request_kind kind;
    enum tw_element element;
    enum tw_combine combine;
    uint64_t more; /* elements */
};

static void exchange(struct tw_record *record, const struct one *one, uint64_t count, int uneven)
{
    struct tw_request requests[WIDE];
    for (int r = 0; r < WIDE; r++)
        requests[r] = (struct tw_request){.kind = one->kind,
                                          .element = one->element,
                                          .combine = one->combine,
                                          .count = count + (uneven && r == 3)};
    ck_assert_int_eq(tw_record_exchange(record, 0, 0, requests, WIDE), TW_OK);
}

START_TEST(every_kind_has_room_for_it)
{
    static const struct one rows[] = {
        {TW_GATHER, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 1},
        {TW_GATHER, TW_ELEMENT_U32, TW_COMBINE_SUM, 1},
        {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_SUM, 2},  /* 24 + 1 */
        {TW_SUM, TW_ELEMENT_F64, TW_COMBINE_SUM, 1},  /* 25 of 53 */
        {TW_SUM, TW_ELEMENT_BF16, TW_COMBINE_SUM, 4}, /* 3·8 + 1 */
        {TW_SUM, TW_ELEMENT_F16, TW_COMBINE_SUM, 3},  /* 2·11 + 3 */
        {TW_SUM, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 4},
        {TW_SUM, TW_ELEMENT_U32, TW_COMBINE_SUM, 1},
        {TW_SUM, TW_ELEMENT_F32, TW_COMBINE_MAX, WIDE},
        {TW_ALL_TO_ALL, TW_ELEMENT_BYTE, TW_COMBINE_SUM, WIDE},        /* one to each */
        {TW_REDUCE_SCATTER, TW_ELEMENT_F32, TW_COMBINE_SUM, 2 * WIDE}, /* two to each */
    };
    static const struct one news = {TW_BROADCAST, TW_ELEMENT_U32, TW_COMBINE_SUM, 0};
    struct tw_train_setup setup = {0};
    struct tw_shape shape = shape_of(&setup, WIDE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tw_record record = {0};
        exchange(&record, &rows[i], 75, 0); /* of the part before */
        exchange(&record, &news, 50, 0);
        exchange(&record, &rows[i], 100, 0);
        exchange(&record, &rows[i], 200, 0);
        ck_assert_int_eq(tw_choice_record(&shape, 1, 0, 0, 1, &record, NULL), TW_OK);
        ck_assert_int_eq(record.count, 4);
        ck_assert_uint_eq(record.items[0].count, 75);
        ck_assert_uint_eq(record.items[1].count, 50);
        ck_assert_msg(record.items[2].count == 100 + rows[i].more, "row %zu: %lu", i,
                      (unsigned long)record.items[2].count);
        ck_assert_uint_eq(record.items[3].count, 200);
        tw_record_free(&record);
    }
}
END_TEST

START_TEST(uneven_messages_have_it_each)
{
    static const struct one gather = {TW_GATHER, TW_ELEMENT_BYTE, TW_COMBINE_SUM, 1};
    struct tw_train_setup setup = {0};
    struct tw_shape shape = shape_of(&setup, WIDE);
    struct tw_record record = {0};
    int wrong = 0;
    exchange(&record, &gather, 9, 1);
    ck_assert_int_eq(tw_choice_record(&shape, 1, 0, 0, 0, &record, NULL), TW_OK);
    for (int r = 0; r < WIDE; r++)
        wrong += record.items[0].counts[r] != (r == 3 ? 11 : 10);
    ck_assert_int_eq(wrong, 0);
    tw_record_free(&record);
}
END_TEST

/* Where nobody has anything to send the bit still goes, a byte of each; not in dense steps, not of
 * one group, and not of rules that choose nothing. */
START_TEST(silence_and_dense_steps)
{
    static const struct one news = {TW_BROADCAST, TW_ELEMENT_U32, TW_COMBINE_SUM, 0};
    struct tw_train_setup setup = {0};
    struct tw_shape shape = shape_of(&setup, WIDE);
    struct tw_record record = {0};
    exchange(&record, &news, 50, 0);
    ck_assert_int_eq(tw_choice_record(&shape, 0, 0, 0, 0, &record, NULL), TW_OK);
    shape.groups = 1;
    ck_assert_int_eq(tw_choice_record(&shape, 1, 0, 0, 0, &record, NULL), TW_OK);
    shape.groups = WIDE;
    telling.tells = 0;
    ck_assert_int_eq(tw_choice_record(&shape, 1, 0, 0, 0, &record, NULL), TW_OK);
    ck_assert_int_eq(record.count, 1);
    telling.tells = 1;
    ck_assert_int_eq(tw_choice_record(&shape, 1, 7, 2, 0, &record, NULL), TW_OK);
    ck_assert_int_eq(record.count, 2);
    const struct tw_item *item = &record.items[1];
    ck_assert(item->type == TW_ITEM_EXCHANGE && item->kind == TW_GATHER);
    ck_assert(item->element == TW_ELEMENT_BYTE && item->bucket == 7 && item->phase == 2);
    ck_assert_uint_eq(item->count, 1);
    ck_assert_uint_eq(record.items[0].count, 50);
    tw_record_free(&record);
}
END_TEST

/* ---- whole runs: EF21+ says what EF21 says (whose messages are as long) and the bit ---- */

/* Bytes: of messages that are alike, of one; of others, of all. */
static uint64_t sent(const struct tw_record *record, int ranks)
{
    uint64_t sum = 0;
    for (int i = 0; i < record->count; i++) {
        const struct tw_item *item = &record->items[i];
        if (item->type != TW_ITEM_EXCHANGE)
            continue;
        uint64_t elements = item->count;
        for (size_t k = 0; item->counts && k < tw_item_entries(item, ranks); k++)
            elements += item->counts[k];
        sum += elements * tw_element_B(item->element);
    }
    return sum;
}

static void sent_by(const char *rule, const char *compressor, const char *options, uint64_t B[2])
{
    struct toy toy = toy_mixed();
    static struct toy_run r;
    toy_setup(&r, TW_FP32, &toy);
    toy_compressor(&r, compressor, options);
    toy_feedback(&r, rule, "");
    toy_optimizer(&r, "rate=0.1");
    r.setup.steps = 2;
    toy_train(&r);
    for (int t = 0; t < 2; t++)
        B[t] = sent(&r.run.trace.records[r.run.trace.step_record[t]], r.setup.ranks);
    tw_run_free(&r.run);
}

/* Three ranks, one bucket; the first step is dense. */
START_TEST(a_run_sends_the_bit)
{
    static const struct {
        const char *compressor, *options;
        uint64_t more_B;
    } rows[] = {
        {"topk", "ratio=0.3", 1},        /* a byte in every message */
        {"randk", "ratio=0.3", 4},       /* a float in which three ranks have a bit */
        {"arctopk", "ratio=0.3", 4},     /* in the sum of sketches, not again in that of values */
        {"leader_topk", "ratio=0.3", 4}, /* in the sum behind the leader's broadcast */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t plain[2], plus[2];
        sent_by("ef21", rows[i].compressor, rows[i].options, plain);
        sent_by("ef21plus", rows[i].compressor, rows[i].options, plus);
        ck_assert_msg(plus[0] == plain[0] && plus[1] == plain[1] + rows[i].more_B,
                      "%s: %lu and %lu B, EF21 %lu and %lu B", rows[i].compressor,
                      (unsigned long)plus[0], (unsigned long)plus[1], (unsigned long)plain[0],
                      (unsigned long)plain[1]);
    }
}
END_TEST

/* Every partial of gTop-k says for three ranks in a byte what they chose. */
START_TEST(a_merge_says_it_in_every_partial)
{
    struct toy toy = toy_mixed();
    uint64_t sizes[2][64] = {{0}};
    size_t partials = 0;
    for (int k = 0; k < 2; k++) {
        static struct toy_run r;
        toy_setup(&r, TW_FP32, &toy);
        toy_compressor(&r, "gtopk", "ratio=0.2");
        toy_feedback(&r, k ? "ef21plus" : "ef21", "");
        toy_optimizer(&r, "rate=0.1");
        r.setup.steps = 2;
        toy_train(&r);
        const struct tw_record *record = &r.run.trace.records[r.run.trace.step_record[1]];
        const struct tw_item *item = record->items;
        while (item < record->items + record->count && item->type != TW_ITEM_EXCHANGE)
            item++;
        ck_assert(item < record->items + record->count && item->kind == TW_MERGE);
        partials = tw_item_entries(item, r.setup.ranks);
        ck_assert_uint_le(partials, 64);
        for (size_t i = 0; i < partials; i++)
            sizes[k][i] = item->counts ? item->counts[i] : item->count;
        tw_run_free(&r.run);
    }
    ck_assert_uint_gt(partials, 1);
    for (size_t i = 0; i < partials; i++)
        ck_assert_uint_eq(sizes[1][i], sizes[0][i] + (sizes[0][i] > 0));
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("the bit of EF21+");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, every_kind_has_room_for_it);
    tcase_add_test(tcase, uneven_messages_have_it_each);
    tcase_add_test(tcase, silence_and_dense_steps);
    tcase_add_test(tcase, a_run_sends_the_bit);
    tcase_add_test(tcase, a_merge_says_it_in_every_partial);
    return toy_main(tcase, "train choice");
}
