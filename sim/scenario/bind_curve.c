/* <network bw_curve="FILE" efficiency="…"/>: bandwidth by message size, from a CSV with the header
 * size_B,factor, or one share for all sizes. Lines that begin with # say where numbers are from. */
#include "bind.h"

static const char *take_point(double size_B, double share, void *into)
{
    struct tw_curve *curve = into;
    double before_B = curve->count ? curve->size_B[curve->count - 1] : 0;
    if (curve->count == TW_CURVE_MAX)
        return "more than 64 points";
    if (!(size_B > before_B && size_B < 1e18))
        return "sizes ascend from above 0";
    if (!(share > 0 && share <= 1))
        return "a factor is above 0 and at most 1";
    curve->size_B[curve->count] = size_B;
    curve->share[curve->count++] = share;
    return NULL;
}

static const struct tw_pairs curve_file = {"bw_curve", "size_B,factor", "it has no point",
                                           take_point};

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
        (void)tw_bind_pairs(bind, path, &curve_file, network->curve);
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
