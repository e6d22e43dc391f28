/* What of a platform changes with time: <profile>, <background>, <failure> and <retry> inside
 * <platform>. A profile's file is a CSV with the header time_s,factor; lines that begin with # say
 * where numbers are from. */
#include "bind.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHANGES_MAX 100000
#define FLOWS_MAX 1000
#define RETRIES_MAX 1000
#define HOSTS_MAX ((uint64_t)1 << 20)

struct changes {
    double *at_s, *factor;
    int count, room;
    enum tw_profile_of of;
};

static int grow(struct changes *changes)
{
    if (changes->count < changes->room)
        return 1;
    size_t room = changes->room ? 2 * (size_t)changes->room : 64;
    double *at_s = realloc(changes->at_s, room * sizeof *at_s);
    if (at_s)
        changes->at_s = at_s;
    double *factor = realloc(changes->factor, room * sizeof *factor);
    if (factor)
        changes->factor = factor;
    changes->room = at_s && factor ? (int)room : changes->room;
    return at_s && factor;
}

static const char *take_change(double at_s, double factor, void *into)
{
    struct changes *changes = into;
    if (!(at_s >= 0 && isfinite(at_s)) ||
        (changes->count && at_s <= changes->at_s[changes->count - 1]))
        return "times ascend from 0 or above";
    if (changes->of == TW_PROFILE_LATENCY && !(factor >= 0 && isfinite(factor)))
        return "a factor of a latency is 0 or above";
    if (changes->of == TW_PROFILE_BANDWIDTH && !(factor > 0 && isfinite(factor)))
        return "a factor is above 0; a link without any bandwidth is a <failure>";
    if (changes->count == CHANGES_MAX)
        return "more than 100000 changes";
    if (!grow(changes))
        return "no memory for so many changes";
    changes->at_s[changes->count] = at_s;
    changes->factor[changes->count++] = factor;
    return NULL;
}

static const struct tw_pairs profile_file = {"profile", "time_s,factor", "it has no change",
                                             take_change, NULL};

/* Copies what was read into the pool. */
static void keep(const struct tw_bind *bind, const struct changes *changes,
                 struct tw_profile *profile)
{
    size_t size = (size_t)changes->count * sizeof(double);
    double *at_s = tw_bind_take(bind, size), *factor = tw_bind_take(bind, size);
    if (!at_s || !factor || !changes->at_s || !changes->factor)
        return;
    memcpy(at_s, changes->at_s, size);
    memcpy(factor, changes->factor, size);
    profile->at_s = at_s;
    profile->factor = factor;
    profile->count = changes->count;
}

static void read_file(const struct tw_bind *bind, const char *path, struct tw_profile *profile)
{
    struct changes changes = {.of = profile->of};
    if (tw_bind_pairs(bind, path, &profile_file, &changes))
        keep(bind, &changes, profile);
    free(changes.at_s);
    free(changes.factor);
}

static void read_profile(const struct tw_bind *bind, const struct tw_node *element,
                         struct tw_profile *profile)
{
    static const char *const kinds[] = {"bandwidth", "latency"}; /* enum tw_profile_of */
    struct tw_text text;
    struct tw_err err = {0};
    int of = TW_PROFILE_BANDWIDTH;
    (void)tw_bind_word(bind, element, "of", kinds, 2, &of);
    profile->of = (enum tw_profile_of)of;
    profile->link = "*";
    if (tw_bind_text(bind, element, "link", &text) == TW_GIVEN)
        profile->link = text.text;
    if (tw_bind_text(bind, element, "file", &text) != TW_GIVEN)
        return; /* reported by the XSD */
    profile->file = tw_bind_file(bind, &text);
    if (profile->file)
        read_file(bind, profile->file, profile);
    if (tw_bind_quantity(bind, element, "period", TW_UNIT_TIME, TW_POSITIVE, &profile->period_s) !=
            TW_GIVEN ||
        profile->count == 0 || profile->period_s > profile->at_s[profile->count - 1])
        return;
    (void)tw_bind_text(bind, element, "period", &text);
    tw_err_set(&err, TW_RANGE, "'%s' is not behind the last change, at %g s", text.text,
               profile->at_s[profile->count - 1]);
    tw_bind_mistake(bind, &text, &err);
}

static void read_background(const struct tw_bind *bind, const struct tw_node *element,
                            struct tw_background *background)
{
    uint64_t from = 0, to = 0, flows = 1;
    struct tw_text text;
    struct tw_err err = {0};
    (void)tw_bind_count(bind, element, "from", 0, HOSTS_MAX, &from);
    (void)tw_bind_count(bind, element, "to", 0, HOSTS_MAX, &to);
    (void)tw_bind_count(bind, element, "flows", 1, FLOWS_MAX, &flows);
    *background = (struct tw_background){.from = (int)from, .to = (int)to, .flows = (int)flows};
    (void)tw_bind_quantity(bind, element, "rate", TW_UNIT_BANDWIDTH, TW_POSITIVE,
                           &background->rate_Bps);
    if (from != to || tw_bind_text(bind, element, "to", &text) != TW_GIVEN)
        return;
    tw_err_set(&err, TW_RANGE, "'%s' is where it comes from", text.text);
    tw_bind_mistake(bind, &text, &err);
}

static void read_failure(const struct tw_bind *bind, const struct tw_node *element,
                         struct tw_outage *outage)
{
    struct tw_text text;
    int link = tw_model_attribute(element, "link") != NULL;
    outage->kind = link ? TW_OUTAGE_LINK : TW_OUTAGE_HOST;
    outage->repair_s = INFINITY;
    if (link == (tw_model_attribute(element, "host") != NULL))
        tw_report_at(bind->report, TW_ERROR, element, "host=\"node-3\", or link=\"*_3_UP\"",
                     "failure: either a link or a host fails");
    if (tw_bind_text(bind, element, link ? "link" : "host", &text) == TW_GIVEN)
        outage->name = text.text;
    (void)tw_bind_quantity(bind, element, "at", TW_UNIT_TIME, TW_NOT_NEGATIVE, &outage->at_s);
    (void)tw_bind_quantity(bind, element, "repair", TW_UNIT_TIME, TW_POSITIVE, &outage->repair_s);
}

static int count_of(const struct tw_node *element, const char *name)
{
    int count = 0;
    for (const struct tw_node *one = tw_model_child(element, name); one; one = tw_model_next(one))
        count++;
    return count;
}

/* Where each is written, in the order of the lists. */
static const struct tw_written *places_of(const struct tw_bind *bind, const struct tw_node *element)
{
    static const char *const names[] = {"profile", "background", "failure", "straggler"};
    size_t count = 1, at = 0;
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
        count += (size_t)count_of(element, names[n]);
    struct tw_written *places = tw_bind_take(bind, count * sizeof *places);
    for (size_t n = 0; places && n < sizeof names / sizeof names[0]; n++)
        for (const struct tw_node *one = tw_model_child(element, names[n]); one;
             one = tw_model_next(one))
            places[at++] = (struct tw_written){one->file, one->line};
    return places;
}

static void read_lists(const struct tw_bind *bind, const struct tw_node *element,
                       struct tw_dynamics *dynamics)
{
    struct tw_profile *profiles =
        tw_bind_take(bind, (size_t)(dynamics->profile_count + 1) * sizeof *profiles);
    struct tw_background *backgrounds =
        tw_bind_take(bind, (size_t)(dynamics->background_count + 1) * sizeof *backgrounds);
    struct tw_outage *outages =
        tw_bind_take(bind, (size_t)(dynamics->outage_count + 1) * sizeof *outages);
    struct tw_straggler *stragglers =
        tw_bind_take(bind, (size_t)(dynamics->straggler_count + 1) * sizeof *stragglers);
    if (!profiles || !backgrounds || !outages || !stragglers)
        return;
    dynamics->stragglers = stragglers;
    dynamics->profiles = profiles;
    dynamics->backgrounds = backgrounds;
    dynamics->outages = outages;
    const struct tw_node *one = tw_model_child(element, "profile");
    for (; one; one = tw_model_next(one))
        read_profile(bind, one, profiles++);
    for (one = tw_model_child(element, "background"); one; one = tw_model_next(one))
        read_background(bind, one, backgrounds++);
    for (one = tw_model_child(element, "failure"); one; one = tw_model_next(one))
        read_failure(bind, one, outages++);
    for (one = tw_model_child(element, "straggler"); one; one = tw_model_next(one))
        tw_bind_straggler(bind, one, stragglers++);
    dynamics->places = places_of(bind, element);
}

struct tw_dynamics *tw_bind_dynamics(const struct tw_bind *bind, const struct tw_node *element)
{
    const struct tw_node *retry = tw_bind_single(bind, element, "retry");
    uint64_t times = 0;
    struct tw_dynamics read = {.profile_count = count_of(element, "profile"),
                               .background_count = count_of(element, "background"),
                               .outage_count = count_of(element, "failure"),
                               .straggler_count = count_of(element, "straggler")};
    if (retry && !read.outage_count)
        tw_report_at(bind->report, TW_ERROR, retry, "<failure link=\"*_3_UP\" at=\"2.5s\"/>",
                     "retry: nothing fails");
    if (retry) {
        (void)tw_bind_count(bind, retry, "times", 1, RETRIES_MAX, &times);
        (void)tw_bind_quantity(bind, retry, "notice", TW_UNIT_TIME, TW_NOT_NEGATIVE,
                               &read.notice_s);
    }
    read.retry = (int)times;
    if (read.profile_count + read.background_count + read.outage_count + read.straggler_count == 0)
        return NULL;
    struct tw_dynamics *dynamics = tw_bind_take(bind, sizeof *dynamics);
    if (!dynamics)
        return NULL;
    *dynamics = read;
    read_lists(bind, element, dynamics);
    return dynamics;
}
