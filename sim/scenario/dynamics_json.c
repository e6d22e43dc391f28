#include "dynamics_json.h"

#include <math.h>

static json_t *whole(json_t *object, int bad)
{
    if (!bad)
        return object;
    json_decref(object);
    return NULL;
}

static json_t *profiles(const struct tw_dynamics *dynamics, json_t *(*file)(void *, const char *),
                        void *context)
{
    json_t *list = json_array();
    for (int i = 0; list && i < dynamics->profile_count; i++) {
        const struct tw_profile *profile = &dynamics->profiles[i];
        json_t *one = json_pack("{s:s, s:f, s:o}", "link", profile->link, "period_s",
                                profile->period_s, "file", file(context, profile->file));
        int bad = one && profile->of == TW_PROFILE_LATENCY &&
                  json_object_set_new(one, "of", json_string("latency"));
        if (json_array_append_new(list, one) || bad) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *background(const struct tw_dynamics *dynamics)
{
    json_t *list = json_array();
    for (int i = 0; list && i < dynamics->background_count; i++) {
        const struct tw_background *one = &dynamics->backgrounds[i];
        json_t *entry =
            json_pack("{s:i, s:i, s:i}", "from", one->from, "to", one->to, "flows", one->flows);
        int bad = entry && one->rate_Bps > 0 &&
                  json_object_set_new(entry, "rate_Bps", json_real(one->rate_Bps));
        if (json_array_append_new(list, entry) || bad) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *failures(const struct tw_dynamics *dynamics)
{
    json_t *list = json_array();
    for (int i = 0; list && i < dynamics->outage_count; i++) {
        const struct tw_outage *outage = &dynamics->outages[i];
        json_t *one = json_pack("{s:s, s:f}", outage->kind == TW_OUTAGE_LINK ? "link" : "host",
                                outage->name, "at_s", outage->at_s);
        int bad = one && isfinite(outage->repair_s) &&
                  json_object_set_new(one, "repair_s", json_real(outage->repair_s));
        if (json_array_append_new(list, one) || bad) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* Where nothing varies there is no spread: a key must not move with it. */
static json_t *stragglers(const struct tw_dynamics *dynamics)
{
    json_t *list = json_array();
    for (int i = 0; list && i < dynamics->straggler_count; i++) {
        const struct tw_straggler *slow = &dynamics->stragglers[i];
        json_t *one =
            json_pack("{s:s, s:I, s:I, s:f, s:f}", slow->kind == TW_OUTAGE_LINK ? "link" : "host",
                      slow->name, "first", (json_int_t)slow->first, "last", (json_int_t)slow->last,
                      "probability", slow->probability, "factor", slow->factor);
        int bad = one && slow->spread.cv > 0 &&
                  (json_object_set_new(one, "spread", json_integer((int)slow->spread.kind)) ||
                   json_object_set_new(one, "cv", json_real(slow->spread.cv)));
        if (json_array_append_new(list, one) || bad) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

json_t *tw_dynamics_json(const struct tw_dynamics *dynamics, json_t *(*file)(void *, const char *),
                         void *context)
{
    json_t *object = json_object();
    int bad = json_object_set_new(object, "profiles", profiles(dynamics, file, context)) ||
              json_object_set_new(object, "background", background(dynamics)) ||
              json_object_set_new(object, "failures", failures(dynamics));
    if (dynamics->straggler_count)
        bad |= json_object_set_new(object, "stragglers", stragglers(dynamics));
    if (dynamics->retry)
        bad |= json_object_set_new(object, "retry", json_integer(dynamics->retry)) ||
               json_object_set_new(object, "notice_s", json_real(dynamics->notice_s));
    return whole(object, bad);
}

/* What is not used is not in it: a key must not move with it. */
json_t *tw_fabric_json(const struct tw_fabric *fabric)
{
    json_t *object = json_object();
    int bad = 0;
    if (fabric->kind == TW_FABRIC_GPU_NODES) {
        bad |= json_object_set_new(object, "kind", json_string("gpu_nodes"));
        bad |= json_object_set_new(object, "nics", json_integer(fabric->nics));
        bad |= json_object_set_new(object, "nvlink_Bps", json_real(fabric->nvlink_Bps));
        bad |= json_object_set_new(object, "nvlink_s", json_real(fabric->nvlink_s));
        if (fabric->nics > 1) {
            bad |= json_object_set_new(object, "slot_Bps", json_real(fabric->slot_Bps));
            bad |= json_object_set_new(object, "slot_s", json_real(fabric->slot_s));
        }
        return whole(object, bad);
    }
    bad |= json_object_set_new(object, "kind", json_string("wan"));
    bad |= json_object_set_new(object, "regions", json_integer(fabric->regions));
    bad |= json_object_set_new(object, "hosts", json_integer(fabric->region_hosts));
    bad |= json_object_set_new(object, "host_Bps", json_real(fabric->host_Bps));
    bad |= json_object_set_new(object, "host_s", json_real(fabric->host_s));
    bad |= json_object_set_new(object, "path_Bps", json_real(fabric->path_Bps));
    bad |= json_object_set_new(object, "detour", json_real(fabric->detour));
    return whole(object, bad);
}
