/* links: tw_base tw_compressors */
/* What every compressor of list.def must obey, in both precisions, by being listed: ranks agree bit
 * for bit, the mean is the average of what own() gives, contraction holds, plans equal runs,
 * scaling and signs pass through, one rank and equal ranks change nothing, ratio 1 is the exact
 * mean. compressor_laws.h has the laws, compressor_cases.h the settings, vectors and shapes. */
#include "compressor_laws.h"

static const uint64_t sizes[] = {0, 1, 2, 15, 16, 17, 63, 64, 65, 1000};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Every generator with every size, both precisions. 3 and 16 have no common divisor, nor 7 and 16:
 * with every size and with every generator ranks go through 1 to 16, but for the largest vectors,
 * which a quarter of them get. */
static void try_setting(const char *member, const char *options)
{
    for (int p = 0; p < 2; p++)
        for (int g = 0; g < GENERATORS; g++)
            for (int s = 0; s < SIZES; s++) {
                int turn = (3 * g + 7 * s + 5 * p) % 16;
                struct trial trial = {.member = member,
                                      .options = options,
                                      .precision = (enum tw_precision)p,
                                      .generator = (enum generator)g,
                                      .d = sizes[s],
                                      .ranks = 1 + (s == SIZES - 1 ? turn / 4 : turn)};
                try_one(&trial);
            }
}

START_TEST(test_small)
{
    each_setting(try_setting);
    forget_vectors();
}
END_TEST

int main(void)
{
    TCase *small = tcase_create("small");
    tcase_add_test(small, test_small);
    return laws_main(small, "laws of compressors");
}
