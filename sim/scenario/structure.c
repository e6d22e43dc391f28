/* Finding the sections of a scenario and gathering its methods. */
#include "structure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SEED_DEFAULT 1

static struct tw_node *section(const struct tw_structure *structure, const struct tw_bind *bind,
                               const char *name, const char *needed)
{
    const struct tw_node *root = structure->root;
    if (needed && !tw_model_child(root, name))
        tw_report_at(bind->report, TW_ERROR, root, needed, "scenario: %s is missing", name);
    return (struct tw_node *)tw_bind_single(bind, root, name);
}

/* ---- methods, also inside <methods> groups ---- */

static int count_methods(const struct tw_node *parent)
{
    int count = 0;
    for (const struct tw_node *child = parent->first; child; child = child->next) {
        count += strcmp(child->name, "method") == 0;
        if (strcmp(child->name, "methods") == 0)
            count += count_methods(child);
    }
    return count;
}

static void add_method(struct tw_structure *structure, const struct tw_bind *bind,
                       struct tw_node *element)
{
    char shown[TW_SHORT_B];
    const char *id = tw_model_text(element, "id");
    if (!id)
        return; /* reported by the XSD */
    if (tw_model_reference(id) || strlen(id) > 63) {
        tw_report_at(bind->report, TW_ERROR, element, "letters, digits, . _ - and at most 63",
                     "method: '%s' is not an id", tw_report_short(id, shown));
        return;
    }
    for (int i = 0; i < structure->method_count; i++)
        if (strcmp(structure->methods[i].id, id) == 0) {
            tw_report_at(bind->report, TW_ERROR, element, "",
                         "method '%s': the id is taken; the first is at %s:%ld", id,
                         structure->methods[i].element->file, structure->methods[i].element->line);
            return;
        }
    structure->method_ids[structure->method_count] = id;
    structure->methods[structure->method_count++] = (struct tw_method_entry){id, element, 0};
}

static void gather_methods(struct tw_structure *structure, const struct tw_bind *bind,
                           struct tw_node *parent)
{
    for (struct tw_node *child = parent->first; child; child = child->next) {
        if (strcmp(child->name, "method") == 0)
            add_method(structure, bind, child);
        else if (strcmp(child->name, "methods") == 0)
            gather_methods(structure, bind, child);
    }
}

static void read_methods(struct tw_structure *structure, const struct tw_bind *bind)
{
    size_t count = (size_t)count_methods(structure->root);
    structure->methods = tw_bind_take(bind, (count + 1) * sizeof *structure->methods);
    structure->method_ids = tw_bind_take(bind, (count + 1) * sizeof *structure->method_ids);
    if (count == 0)
        tw_report_at(bind->report, TW_ERROR, structure->root,
                     "<method id=\"dense\"><compressor type=\"none\"/></method>",
                     "scenario: no method");
    if (structure->methods && structure->method_ids)
        gather_methods(structure, bind, structure->root);
}

/* ---- what is not swept ---- */

static void read_repeat(struct tw_structure *structure, const struct tw_bind *bind)
{
    uint64_t count = 1, seed = SEED_DEFAULT;
    const char *count_text = tw_model_text(structure->repeat, "count");
    const char *seed_text = tw_model_text(structure->repeat, "seed");
    if (count_text && !tw_model_reference(count_text)) /* else tw_structure_resolve refuses it */
        (void)tw_bind_count(bind, structure->repeat, "count", 1, TW_POINTS_MAX, &count);
    if (seed_text && !tw_model_reference(seed_text))
        (void)tw_bind_count(bind, structure->repeat, "seed", 0, INT64_MAX, &seed);
    structure->repeat_count = (uint32_t)count;
    structure->seed = seed;
}

static int among(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return 1;
    return 0;
}

static void read_plot(struct tw_structure *structure, const struct tw_bind *bind,
                      const struct tw_node *plot)
{
    const struct tw_catalogue *catalogue = bind->catalogue;
    const char *type = tw_model_text(plot, "type");
    char hint[512], shown[TW_SHORT_B];
    if (!type)
        return; /* reported by the XSD */
    structure->plots[structure->plot_count++] = type;
    if (catalogue->plot_count && !among(type, catalogue->plots, catalogue->plot_count))
        tw_report_at(
            bind->report, TW_ERROR, plot,
            tw_report_names(type, catalogue->plots, catalogue->plot_count, hint, sizeof hint),
            "plot: there is no figure '%s'", tw_report_short(type, shown));
}

static const char *const no_yes[] = {"no", "yes"};

static void read_output(struct tw_structure *structure, const struct tw_bind *bind)
{
    char hint[512];
    const struct tw_node *output = structure->output;
    const char *baseline = tw_model_text(output, "baseline");
    size_t count = 0;
    for (const struct tw_node *plot = tw_model_child(output, "plot"); plot;
         plot = tw_model_next(plot))
        count++;
    structure->plots = tw_bind_take(bind, (count + 1) * sizeof *structure->plots);
    for (const struct tw_node *plot = tw_model_child(output, "plot"); plot && structure->plots;
         plot = tw_model_next(plot))
        read_plot(structure, bind, plot);
    structure->baseline = baseline ? baseline : "";
    if (tw_model_text(output, "links") && !tw_model_reference(tw_model_text(output, "links")))
        (void)tw_bind_word(bind, output, "links", no_yes, 2, &structure->links);
    if (tw_model_text(output, "energy") && !tw_model_reference(tw_model_text(output, "energy")))
        (void)tw_bind_word(bind, output, "energy", no_yes, 2, &structure->energy);
    if (baseline && !among(baseline, structure->method_ids, structure->method_count))
        tw_report_at(bind->report, TW_ERROR, output,
                     tw_report_names(baseline, structure->method_ids, structure->method_count, hint,
                                     sizeof hint),
                     "output: baseline '%s' is no method", baseline);
}

/* Blanks and line ends of the file become single spaces. */
static const char *squeeze(const struct tw_bind *bind, const char *text)
{
    char *out = tw_bind_take(bind, strlen(text) + 1), *to = out;
    for (; out && *text; text++) {
        int blank = strchr(" \t\r\n", *text) != NULL;
        if (!blank)
            *to++ = *text;
        else if (to > out && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > out && to[-1] == ' ')
        to[-1] = '\0';
    return out ? out : "";
}

void tw_structure_read(struct tw_structure *structure, struct tw_node *root,
                       const struct tw_bind *bind)
{
    *structure = (struct tw_structure){.root = root};
    const struct tw_node *description = section(structure, bind, "description", NULL);
    const char *id = tw_model_text(root, "id");
    structure->id = id ? id : "";
    structure->description = squeeze(bind, description ? description->text : "");
    structure->platform =
        section(structure, bind, "platform",
                "<platform><cluster nodes=\"8\" bw=\"10Gbps\" lat=\"25us\"/></platform>");
    structure->network = section(structure, bind, "network", NULL);
    structure->device = section(structure, bind, "device", NULL);
    structure->workload = section(structure, bind, "workload", "<workload steps=\"100\">");
    structure->sweep = section(structure, bind, "sweep", NULL);
    structure->repeat = section(structure, bind, "repeat", NULL);
    structure->output = section(structure, bind, "output", NULL);
    structure->tune = section(structure, bind, "tune", NULL);
    read_methods(structure, bind);
    read_repeat(structure, bind);
    read_output(structure, bind);
}
