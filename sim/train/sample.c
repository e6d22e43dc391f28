/* Which runs can be sampled. */
#include "sample.h"

int tw_sample_groups(const struct tw_train_setup *setup)
{
    int sampled = tw_workload_sampled(setup->workload, setup->workload_params);
    return sampled > 0 ? sampled : setup->ranks / setup->island;
}

static tw_status check_compressor(const struct tw_member *compressor, int sampled,
                                  struct tw_err *err)
{
    static const uint32_t taken = 1U << TW_SUM | 1U << TW_GATHER;
    for (int kind = 0; kind < TW_REQUEST_COUNT; kind++)
        if (compressor->requests & ~taken & 1U << kind) {
            tw_err_set(err, TW_REFUSED,
                       "compressor %s makes an exchange (%s) whose answer needs the numbers of "
                       "every rank, not of %d sampled ones",
                       compressor->name, tw_request_name((enum tw_request_kind)kind), sampled);
            return tw_err_hint(err, TW_REFUSED,
                               "sampled=\"0\", or a compressor of allreduce and allgather alone");
        }
    return TW_OK;
}

tw_status tw_sample_check(const struct tw_train_setup *setup, struct tw_err *err)
{
    int sampled = tw_workload_sampled(setup->workload, setup->workload_params);
    int groups = setup->ranks / setup->island;
    if (sampled <= 0)
        return TW_OK;
    if (groups % sampled != 0) {
        tw_err_set(err, TW_RANGE, "%d sampled %s do not divide %d", sampled,
                   setup->island > 1 ? "islands" : "ranks", groups);
        return tw_err_hint(err, TW_RANGE, "each sample stands for as many: a divisor of %d",
                           groups);
    }
    if (setup->sharding.stage != TW_SHARD_NONE)
        return tw_err_set(err, TW_REFUSED, "sampled ranks cannot hold the shares of all");
    tw_status status = check_compressor(&setup->compressor->member, sampled, err);
    for (int i = 0; i < setup->rule_count && !status; i++)
        status = check_compressor(&setup->rules[i].compressor->member, sampled, err);
    return status;
}

tw_status tw_train_check_sample(const struct tw_train_setup *setup, struct tw_err *err)
{
    return tw_sample_check(setup, err);
}
