/* <network bw_curve="FILE" efficiency="…"/>: bandwidth by message size, from a CSV with the header
 * size_B,factor or size_B,bandwidth_Bps, or one share for all sizes. Lines that begin with # say
 * where numbers are from. */
#include "bind.h"

#include <stdio.h>
#include <string.h>

static const char *add_point(double size_B, double share, struct tw_curve *curve)
{
    double before_B = curve->count ? curve->size_B[curve->count - 1] : 0;
    if (curve->count == TW_CURVE_MAX)
        return "more than 64 points";
    if (!(size_B > before_B && size_B < 1e18))
        return "sizes ascend from above 0";
    curve->size_B[curve->count] = size_B;
    curve->share[curve->count++] = share;
    return NULL;
}

static const char *take_share(double size_B, double share, void *into)
{
    return share > 0 && share <= 1 ? add_point(size_B, share, into)
                                   : "a factor is above 0 and at most 1";
}

static const char *take_rate(double size_B, double rate_Bps, void *into)
{
    return rate_Bps > 0 && rate_Bps < 1e18 ? add_point(size_B, rate_Bps, into)
                                           : "bytes per second are above 0";
}

static const struct tw_pairs curve_file = {"bw_curve", "size_B,factor", "it has no point",
                                           take_share, "size_B,bandwidth_Bps"};
static const struct tw_pairs rates_file = {"bw_curve", "size_B,bandwidth_Bps", "it has no point",
                                           take_rate, NULL};

/* Whether the first line that is no comment is the header of rates. */
static int has_rates(const char *path)
{
    char line[64] = "#";
    int whole = 1, comment = 1;
    FILE *file = fopen(path, "r");
    while (file && comment && fgets(line, sizeof line, file)) {
        comment = !whole || line[0] == '#';
        whole = strchr(line, '\n') != NULL;
    }
    if (file)
        fclose(file);
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, rates_file.header) == 0;
}

tw_status tw_bind_rates(const struct tw_bound_network *network,
                        const struct tw_bound_platform *platform, struct tw_curve *curve,
                        struct tw_err *err)
{
    const struct tw_curve *rates = network->curve;
    if (platform->file[0] || platform->fabric || platform->attribute_count > 0 ||
        platform->node_bandwidth_Bps || platform->node_latency_s || network->model != 0) {
        tw_err_set(
            err, TW_REFUSED,
            "network: bw_curve: rates in B/s say what share of a link messages get only where "
            "all have the same way");
        return tw_err_hint(
            err, TW_REFUSED,
            "a flat <cluster nodes= bw= lat=> of equal nodes with model=\"ideal\", or "
            "a curve of size_B,factor");
    }
    *curve = *rates;
    for (int i = 0; i < rates->count; i++) {
        double size_B = rates->size_B[i], whole_s = size_B / rates->share[i];
        double wire_s = size_B / platform->bandwidth_Bps, latency_s = 2 * platform->latency_s;
        curve->share[i] = wire_s / (whole_s - latency_s);
        if (whole_s - latency_s >= wire_s * (1 - 1e-9)) {
            curve->share[i] = curve->share[i] < 1 ? curve->share[i] : 1;
            continue;
        }
        tw_err_set(
            err, TW_RANGE,
            "network: bw_curve: %g B at %g B/s take %.4g s, less than the platform's 2 lat + "
            "bytes/bw = %.4g s",
            size_B, rates->share[i], whole_s, latency_s + wire_s);
        return tw_err_hint(err, TW_RANGE,
                           "rates are of single messages with their latency inside; bw is the line "
                           "rate, lat at most half of the shortest message's time");
    }
    return TW_OK;
}

void tw_bind_curve(const struct tw_bind *bind, const struct tw_node *element,
                   struct tw_bound_network *network)
{
    struct tw_text text;
    struct tw_err err = {0};
    char shown[TW_SHORT_B];
    double efficiency = 1;
    network->curve_file = "";
    network->curve = tw_bind_take(bind, sizeof *network->curve);
    if (!network->curve || !element)
        return;
    int given = tw_bind_text(bind, element, "bw_curve", &text) == TW_GIVEN;
    const char *path = given ? tw_bind_file(bind, &text) : NULL;
    if (path) {
        network->curve_file = path;
        network->curve_rates = has_rates(path);
        (void)tw_bind_pairs(bind, path, network->curve_rates ? &rates_file : &curve_file,
                            network->curve);
    }
    if (tw_bind_quantity(bind, element, "efficiency", TW_UNIT_NUMBER, TW_POSITIVE, &efficiency) !=
        TW_GIVEN)
        return;
    (void)tw_bind_text(bind, element, "efficiency", &text);
    if (efficiency > 1)
        tw_err_set(&err, TW_RANGE, "'%s' is more than 1", tw_report_short(text.text, shown));
    else if (given)
        tw_err_set(&err, TW_INPUT, "bw_curve says it, size by size");
    if (err.status) {
        tw_bind_mistake(bind, &text, &err);
    } else if (efficiency < 1) {
        *network->curve = (struct tw_curve){.count = 1, .size_B = {1}, .share = {efficiency}};
    }
}
