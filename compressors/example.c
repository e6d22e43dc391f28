/* A vector compressed by Top-K and unpacked again, outside the simulator:
 *     cc example.c $(pkg-config --cflags --libs thinwire-compressors) && ./a.out */
#include <stdio.h>
#include <thinwire/compressors.h>

int main(void)
{
    float x[4] = {0.1f, -3, 0.2f, 5}, back[4];
    const struct tw_compressor *topk = tw_compressor_find("topk", TW_FP32);
    struct tw_err err = {0};
    struct tw_request sent;
    struct tw_one_rank *one = tw_one_rank_open(topk, "ratio=0.5", 1, 4, 1, 0, 20260101, &err);
    if (!one)
        return fprintf(stderr, "%s\n", err.text), 1;
    tw_one_rank_begin(one, 0);
    if (tw_one_rank_local(one, 0, x, NULL, &sent) != TW_OK)
        return 1;
    uint64_t starts[2] = {0, sent.count}; /* one rank: the answer is what it sent */
    struct tw_answer answer = {sent.kind, sent.element, 1, sent.count, sent.data, starts};
    if (tw_one_rank_digest(one, 0, &answer) != TW_OK)
        return 1;
    tw_one_rank_mean(one, back);
    printf("%llu bytes: ", (unsigned long long)sent.count * tw_element_B(sent.element));
    printf("%g %g %g %g\n", back[0], back[1], back[2], back[3]);
    tw_one_rank_close(one);
    return 0;
}
