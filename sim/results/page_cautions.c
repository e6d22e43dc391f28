/* What a reader should know before believing a number of the page. */
#include <string.h>
#include "file.h"
#include "html.h"
#include "page.h"

struct cautions {
    const struct tw_page *page;
    int said;
};

static FILE *say(struct cautions *cautions)
{
    if (!cautions->said++)
        fputs("<h2>With caution</h2>\n<ul class=\"cautions\">\n", cautions->page->out);
    fputs("<li>", cautions->page->out);
    return cautions->page->out;
}

static int rows_with(const struct tw_page *page, const char *column, const char *value)
{
    int count = 0;
    for (int r = 0; r < page->points->rows; r++)
        count += strcmp(tw_page_field(page, r, column), value) == 0;
    return count;
}

/* Every value of the column but `usual`, once, in the order of the rows. */
static void say_values(struct cautions *cautions, const char *column, const char *usual,
                       const char *meaning)
{
    const struct tw_page *page = cautions->page;
    for (int r = 0; r < page->points->rows; r++) {
        const char *value = tw_page_field(page, r, column);
        int known = !*value || strcmp(value, usual) == 0;
        for (int q = 0; q < r && !known; q++)
            known = strcmp(value, tw_page_field(page, q, column)) == 0;
        if (known)
            continue;
        FILE *out = say(cautions);
        fprintf(out, "%s is ", column);
        tw_html_text(out, value);
        fprintf(out, " in %d of %d rows%s</li>\n", rows_with(page, column, value),
                page->points->rows, meaning);
    }
}

static void say_pricing(struct cautions *cautions)
{
    const json_t *points = json_object_get(cautions->page->scenario, "points"), *point;
    int crowded = 0, reckoned = 0;
    json_int_t worst = 0;
    size_t i;
    json_array_foreach(points, i, point)
    {
        const json_t *pricing = json_object_get(point, "pricing");
        json_int_t flows = json_integer_value(json_object_get(pricing, "incast"));
        crowded += flows > 2;
        worst = flows > worst ? flows : worst;
        reckoned += json_integer_value(json_object_get(pricing, "steps_extrapolated")) > 0;
    }
    if (crowded)
        fprintf(say(cautions),
                "incast: in %d points up to %lld flows end on one link at once; that takes longer "
                "on real networks than any flow model says</li>\n",
                crowded, (long long)worst);
    if (reckoned)
        fprintf(say(cautions),
                "extrapolated: in %d points the rest of a ring was reckoned from its first steps, "
                "after a check that they repeat</li>\n",
                reckoned);
    int left = (int)json_array_size(points) - cautions->page->points->rows;
    if (left > 0)
        fprintf(say(cautions), "%d of %zu points have no row: failed, or not run yet</li>\n", left,
                json_array_size(points));
}

void tw_page_cautions(const struct tw_page *page)
{
    struct cautions cautions = {page, 0};
    say_values(&cautions, "status", "ok", "");
    say_pricing(&cautions);
    say_values(&cautions, "data_source", "real",
               ": not the gradients of a training on real data that ran here");
    say_values(
        &cautions, "compute_source", "model",
        ": seconds of kernels are processor time of the machine that ran them, other at each "
        "run and longer beside other programs; those of forward and backward are the "
        "scenario's");
    say_values(
        &cautions, "compute_source", "measured",
        ": seconds of kernels come from a device profile, those of forward and backward from "
        "the scenario");
    say_values(&cautions, "network", "mpi", ": a simulated network, not a measured one");
    if (json_is_true(json_object_get(json_object_get(page->manifest, "build"), "git_dirty")))
        fputs("the program was built from sources that no commit holds</li>\n", say(&cautions));
    if (cautions.said)
        fputs("</ul>\n", page->out);
}
