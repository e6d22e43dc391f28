/* links: tw_base tw_compressors */
/* The laws of compressors on vectors so large that other ways of selection, splitting and rounding
 * are taken: of 2^15 and 2^20 values and a few more. */
#include "compressor_laws.h"

static void try_size(int m, uint64_t d, enum tw_precision precision, enum generator generator,
                     int ranks)
{
    const struct tw_member *member = &tw_compressor_at(m, precision)->member;
    struct trial trial = {.member = member->name,
                          .options = has_ratio(member) ? "ratio=0.01" : "",
                          .precision = precision,
                          .generator = generator,
                          .d = d,
                          .ranks = ranks};
    try_large(&trial);
}

/* From 2^15 values on a selection begins with a sample. Every generator, precisions and ranks in
 * turn. */
START_TEST(test_sampled)
{
    for (int m = 0; m < tw_compressor_count(); m++)
        for (int g = 0; g < GENERATORS; g++)
            try_size(m, (1U << 15) + 11, (enum tw_precision)((m + g) % 2), (enum generator)g,
                     1 + (m + g) % 3);
    forget_vectors();
}
END_TEST

/* Two ranks of 2^20 + 3 values, independent or all of one size. */
START_TEST(test_large)
{
    for (int m = 0; m < tw_compressor_count(); m++)
        try_size(m, (1U << 20) + 3, TW_FP32, m % 2 ? EQUAL : GAUSSIAN, 2);
    forget_vectors();
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("large");
    tcase_add_test(tcase, test_sampled);
    tcase_add_test(tcase, test_large);
    return laws_main(tcase, "laws of compressors: large vectors");
}
