/* <sharding> of a method: what is divided among the ranks, and how weights travel. */
#include "bind.h"

void tw_bind_sharding(const struct tw_bind *bind, const struct tw_node *element,
                      struct tw_bound_method *method)
{
    static const char *const stages[] = {"none", "zero1", "zero2", "zero3"};
    static const char *const types[] = {"full", "bf16", "fp16", "int8", "int4"};
    static const char *const moments[] = {"update", "forward"};
    uint64_t block = 256;
    method->sharding = tw_bind_single(bind, element, "sharding");
    if (!method->sharding)
        return;
    (void)tw_bind_word(bind, method->sharding, "stage", stages, 4, &method->shard_stage);
    (void)tw_bind_word(bind, method->sharding, "weights", types, 5, &method->shard_weights);
    (void)tw_bind_word(bind, method->sharding, "gather", moments, 2, &method->shard_gather);
    int block_given =
        tw_bind_count(bind, method->sharding, "block", 1, UINT64_C(1) << 30, &block) == TW_GIVEN;
    if (block_given && method->shard_weights < 3)
        tw_report_at(bind->report, TW_WARNING, method->sharding,
                     "weights=\"int8\" or \"int4\" has blocks",
                     "method '%s': sharding: block is not used", method->id);
    if (!method->shard_stage)
        method->shard_weights = 0;
    method->shard_block = method->shard_weights >= 3 ? block : 0;
    if (!method->shard_stage || method->shard_stage == 3) /* zero3 has no choice */
        method->shard_gather = 0;
    if (method->shard_stage && method->island > 1)
        tw_report_at(bind->report, TW_ERROR, method->sharding, "leave one of the two out",
                     "method '%s': sharding goes over all ranks, and not together with islands "
                     "of %d",
                     method->id, method->island);
}
