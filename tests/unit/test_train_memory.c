/* links: tw_train */
/* What a run holds, says that it holds, and allocates while it runs. */
#include <malloc.h>

#include "train_toys.h"

/* ---- counting allocations: glibc's own functions behind ours; sanitizers bring theirs ---- */

#ifndef TW_SANITIZED
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

static struct {
    long calls;
    size_t live_B, peak_B;
} heap;

static void *count_in(void *block)
{
    heap.calls++;
    heap.live_B += block ? malloc_usable_size(block) : 0;
    heap.peak_B = heap.live_B > heap.peak_B ? heap.live_B : heap.peak_B;
    return block;
}

static void count_out(void *block)
{
    heap.live_B -= block ? malloc_usable_size(block) : 0;
}

void *malloc(size_t size)
{
    return count_in(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return count_in(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
    count_out(old);
    return count_in(__libc_realloc(old, size));
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return count_in(__libc_memalign(alignment, size));
}

void free(void *block)
{
    count_out(block);
    __libc_free(block);
}
#endif

static struct toy_run *setup_of(struct toy *toy, const char *compressor, const char *options,
                                const char *feedback)
{
    static struct toy_run r;
    toy_setup(&r, TW_FP64, toy);
    toy_compressor(&r, compressor, options);
    toy_feedback(&r, feedback, "");
    toy_optimizer(&r, "rate=0.1");
    return &r;
}

/* Per rank: weights, gradient, x; g and h of EF21M; its server's G; the optimizer's v: 7 vectors of
 * 106 doubles; and the larger of the compressor's state and the stand-in's. */
START_TEST(memory_of_a_rank)
{
    struct toy toy = toy_mixed();
    struct toy_run *r = setup_of(&toy, "topk", "ratio=0.2", "ef21m");
    struct toy_group g = {0};
    size_t method_B, dense_B;
    toy_optimizer(r, "rate=0.1 momentum=0.9");
    toy_group_open(&g, r);
    method_B = g.group.method[0].shared_B + g.group.method[0].rank_B;
    dense_B = g.group.dense[0].shared_B + g.group.dense[0].rank_B;
    toy_group_close(&g);
    toy_train(r);
    ck_assert_uint_eq(r->run.trace.memory_B_per_rank,
                      (uint64_t)7 * 106 * 8 + (method_B > dense_B ? method_B : dense_B));
    tw_run_free(&r->run);
}
END_TEST

/* 64 ranks of a million fp32 values with Top-K of 1 %: the run of a rule that keeps v vectors per
 * rank holds at least 64·v·4 MB, and no rule that it goes with makes it more than 1 GB. */
START_TEST(sixty_four_ranks_fit)
{
    static struct toy_run r;
    struct toy toy = {.gradient = NULL};
    int rules = 0;
    toy_add(&toy, 1000, 1000);

    for (int i = 0; i < tw_feedback_count(); i++) {
        uint64_t bytes = 0;
        toy_setup(&r, TW_FP32, &toy);
        toy_compressor(&r, "topk", "ratio=0.01");
        toy_feedback(&r, tw_feedback_at(i, TW_FP32)->member.name, "");
        toy_optimizer(&r, "rate=0.1");
        r.setup.ranks = 64;
        const struct tw_feedback *rule = r.setup.feedback;
        if (!toy_goes_together(rule, r.setup.compressor))
            continue;
        rules++;
        ck_assert_msg(tw_train_memory(&r.setup, &bytes, &r.err) == TW_OK, "%s", r.err.text);
        ck_assert_msg(bytes >= (unsigned)rule->rank_vectors * UINT64_C(256000000) &&
                          bytes <= 1000000000,
                      "%s: %llu B", rule->member.name, (unsigned long long)bytes);
    }
    ck_assert_int_ge(rules, 9); /* all but `residual`, which wants a linear compressor */
}
END_TEST

#ifndef TW_SANITIZED
static int sparse(struct toy_run *r, int compressor, int feedback)
{
    const struct tw_member *member = &tw_compressor_at(compressor, r->setup.precision)->member;
    toy_compressor(r, member->name, toy_has_option(member, "ratio") ? "ratio=0.2" : "");
    toy_feedback(r, tw_feedback_at(feedback, r->setup.precision)->member.name, "");
    return toy_goes_together(r->setup.feedback, r->setup.compressor);
}

static void plain_gradient(const struct toy *toy, int rank, uint32_t step, const double *w,
                           double *out)
{
    for (uint64_t i = 0; i < toy->dimension; i++)
        out[i] = w[i] - (double)((i * 7919 + (uint64_t)rank * 104729 + step * 13) % 1000);
}

/* tw_train_memory is what the process really holds at its peak, within 2 %; at most that where
 * messages are as large as the data want. */
START_TEST(memory_of_the_process)
{
    for (int i = 0; i < tw_compressor_count() * tw_feedback_count(); i++) {
        struct toy toy = {.gradient = plain_gradient, .loss = toy_half_norm2};
        toy_add(&toy, 200, 300);
        toy_add(&toy, 1, 40000);
        struct toy_run *r = setup_of(&toy, "none", "", "none");
        if (!sparse(r, i / tw_feedback_count(), i % tw_feedback_count()))
            continue;
        toy_optimizer(r, "rate=0.1 momentum=0.9");
        r->setup.steps = 3;
        uint64_t said = 0;
        ck_assert_int_eq(tw_train_memory(&r->setup, &said, &r->err), TW_OK);
        size_t before = heap.live_B;
        heap.peak_B = before;
        toy_train(r);
        double held = (double)(heap.peak_B - before) - 2.0 * 8 * (double)toy.dimension;
        double least = r->setup.compressor->member.traits & TW_DATA_SIZED ? 0.5 : 0.9;
        ck_assert_msg(held <= 1.02 * (double)said && held >= least * (double)said,
                      "%s + %s: said %g B, held %g B", r->setup.compressor->member.name,
                      r->setup.feedback->member.name, (double)said, held);
        tw_run_free(&r->run);
        ck_assert_uint_eq(heap.live_B, before);
    }
}
END_TEST

static long calls_at[50];

static void note_calls(struct toy *toy, int rank, uint32_t step)
{
    (void)toy;
    if (rank == 0 && step < 50)
        calls_at[step] = heap.calls;
}

/* Between the third step and the last nothing is allocated: by no rule and by no compressor. Where
 * bytes depend on the data the trace itself grows. Messages to a server differ between receivers,
 * which a record notes anew in each step: the same number of calls then. */
START_TEST(no_allocation_in_the_loop)
{
    for (int i = 0; i < tw_compressor_count() * tw_feedback_count(); i++) {
        struct toy toy = toy_mixed();
        toy.at_gradient = note_calls;
        struct toy_run *r = setup_of(&toy, "none", "", "none");
        if (!sparse(r, i / tw_feedback_count(), i % tw_feedback_count()) ||
            (r->setup.compressor->member.traits & TW_DATA_SIZED))
            continue;
        r->setup.bucket_B = 156;
        r->setup.steps = 50;
        toy_train(r);
        ck_assert_int_gt(calls_at[1], calls_at[0]); /* the counter counts */
        int leads = r->setup.compressor->member.requests >> TW_BROADCAST & 1;
        /* a record for every leader, and for every turn that lays a step out in another way */
        uint32_t known = 2 + (uint32_t)tw_plan_turns(r->setup.compressor) +
                         (leads ? (uint32_t)r->setup.ranks : 0);
        long each = r->setup.feedback->server ? calls_at[known + 1] - calls_at[known] : 0;
        for (uint32_t t = known + 1; t < 50; t++)
            ck_assert_msg(calls_at[t] == calls_at[t - 1] + each, "%s + %s allocates in step %u",
                          r->setup.compressor->member.name, r->setup.feedback->member.name, t - 1);
        tw_run_free(&r->run);
    }
}
END_TEST
#endif

int main(void)
{
    TCase *tcase = tcase_create("memory");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, memory_of_a_rank);
    tcase_add_test(tcase, sixty_four_ranks_fit);
#ifndef TW_SANITIZED
    tcase_add_test(tcase, memory_of_the_process);
    tcase_add_test(tcase, no_allocation_in_the_loop);
#endif
    return toy_main(tcase, "train memory");
}
