/* A cluster that changes while it runs: what a scenario says and the network room simulates. All
 * times are seconds on the run's clock, which is 0 when the first rank enters the first step. Names
 * of links and hosts are SimGrid's. */
#ifndef TW_BASE_DYNAMICS_H
#define TW_BASE_DYNAMICS_H

#include <stdint.h>

enum tw_profile_of { TW_PROFILE_BANDWIDTH, TW_PROFILE_LATENCY };

/* Bandwidth or latency over time, of every link whose name matches the pattern (fnmatch(3)).
 * Latencies only where the sender waits for them: a message has those of when it is posted. */
struct tw_profile {
    const char *link;
    const double *at_s;   /* count entries ≥ 0, ascending */
    const double *factor; /* from at_s[i] on the link has so much of its own bandwidth, > 0, or
                             latency, ≥ 0 */
    int count;            /* ≥ 1; before at_s[0] the factor is 1 */
    double period_s;      /* > at_s[count − 1]: all of it again and again; 0: once */
    const char *file;     /* that it was read from, or NULL */
    enum tw_profile_of of;
};

/* Traffic that is not the job's: so many flows from host to host, each never ending and taking all
 * that sharing leaves to it. Hosts by their place in the order of their names, as ranks are laid.
 */
struct tw_background {
    int from, to, flows;
    double rate_Bps; /* that all of the flows together take at most; 0: no limit. Only on generated
                        clusters of equal nodes */
};

enum tw_outage_kind { TW_OUTAGE_NONE, TW_OUTAGE_LINK, TW_OUTAGE_HOST };

/* A link (every one that matches) or a host (its exact name) that fails, and may be repaired. */
struct tw_outage {
    enum tw_outage_kind kind;
    const char *name;
    double at_s;
    double repair_s; /* from failing to working again; INFINITY: never */
};

/* How compute seconds of a rank vary from step to step: factors of mean 1, a rank's own in every
 * step. cv is their standard deviation; 0: none vary. */
enum tw_jitter_kind { TW_JITTER_LOGNORMAL, TW_JITTER_GAMMA, TW_JITTER_UNIFORM };
#define TW_JITTER_UNIFORM_MAX 0.57 /* a uniform factor of mean 1 above 0 has cv < 1/sqrt(3) */

struct tw_jitter {
    enum tw_jitter_kind kind;
    double cv;
};

/* Hosts (all ranks there) or links whose names match the pattern, slow in some steps. All that a
 * slow rank's device does takes `factor` times as long: compute, kernels, launches, combining; a
 * slow link has 1/factor of its bandwidth as long as the step lasts. */
struct tw_straggler {
    enum tw_outage_kind kind;
    const char *name;
    uint32_t first, last;    /* steps, from 0 */
    double probability;      /* of each rank in each step, of the links together; 1: always */
    double factor;           /* ≥ 1 */
    struct tw_jitter spread; /* of factor − 1 from case to case, around its mean */
};

/* Where an element of a scenario is written. */
struct tw_written {
    const char *file;
    long line;
};

struct tw_dynamics {
    const struct tw_profile *profiles;
    const struct tw_background *backgrounds;
    const struct tw_outage *outages;
    const struct tw_straggler *stragglers;
    int profile_count, background_count, outage_count, straggler_count;
    /* A step that an outage breaks is begun anew so often, when what failed is repaired and
     * `notice_s` have passed since; 0: the run ends there. */
    int retry;
    double notice_s;
    /* Where the profiles are written, then the backgrounds, then the outages,
     * then the stragglers; NULL: nowhere. */
    const struct tw_written *places;
};

#endif
