/* Opening a scenario: read, checked, expanded. */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "plugin_load.h"
#include "points.h"
#include "read_xml.h"
#include "tune.h"

struct tw_scenario {
    struct tw_pool pool; /* everything below lives in it, but points and hashes */
    struct tw_model model;
    struct tw_sweep sweep;
    struct tw_structure structure;
    struct tw_points points;
    struct tw_tune tune;
    struct tw_hashes *hashes;
    struct tw_loaded *plugins;
    const char *axis_names[TW_AXES_MAX];
    char *text;
};

void tw_scenario_close(struct tw_scenario *scenario)
{
    if (!scenario)
        return;
    free(scenario->points.list);
    tw_hashes_close(scenario->hashes);
    tw_plugins_unload(scenario->plugins);
    tw_pool_free(&scenario->pool);
    free(scenario);
}

struct request {
    const char *text;
    size_t size;
    const char *path;
    const struct tw_catalogue *catalogue;
    const struct tw_override *overrides;
    int override_count;
    const char *only;
};

static void check_id(const struct tw_structure *structure, struct tw_report *report)
{
    char shown[TW_SHORT_B];
    if (strlen(structure->id) > 63 || tw_model_embedded(structure->id))
        tw_report_at(report, TW_ERROR, structure->root, "letters, digits, . _ - and at most 63",
                     "scenario: '%s' is not an id", tw_report_short(structure->id, shown));
}

static void check_meaning(struct tw_scenario *scenario, const struct request *request,
                          struct tw_report *report)
{
    struct tw_bind bind = {request->catalogue, &scenario->pool, report, &scenario->sweep,
                           &scenario->plugins};
    struct tw_structure *structure = &scenario->structure;
    struct tw_sweep *sweep = &scenario->sweep;
    sweep->path = request->path;
    tw_structure_read(structure, scenario->model.root, &bind);
    if (report->memory)
        return;
    check_id(structure, report);
    tw_sweep_read(sweep, structure->sweep, &scenario->pool, report);
    tw_sweep_methods(sweep, structure->method_ids, structure->method_count, &scenario->pool,
                     report);
    tw_sweep_tune(sweep, structure->tune, &scenario->pool, report);
    tw_sweep_override(sweep, request->overrides, request->override_count, &scenario->pool, report);
    tw_sweep_measure(sweep, report);
    tw_structure_resolve(structure, sweep, &bind, request->override_count > 0 || request->only);
    if (!report->memory)
        tw_points_make(&scenario->points, structure, sweep, &bind, request->only,
                       request->override_count > 0, scenario->hashes);
    if (!report->memory)
        tw_tune_read(&scenario->tune, structure, sweep, &scenario->points, &bind);
    for (int i = 0; i < sweep->axis_count; i++)
        scenario->axis_names[i] = sweep->axes[i].name;
}

/* All checks; what is wrong is in the report. */
static void read_all(struct tw_scenario *scenario, const struct request *request,
                     struct tw_report *report)
{
    struct tw_xml xml = {.report = report, .pool = &scenario->pool, .model = &scenario->model};
    xml.path = tw_pool_text(&scenario->pool, request->path, strlen(request->path));
    scenario->hashes = tw_hashes_open();
    if (!xml.path || !scenario->hashes) {
        report->memory = 1;
        return;
    }
    tw_xml_begin(&xml);
    if (tw_xml_read_scenario(&xml, request->text, request->size, &scenario->text)) {
        check_meaning(scenario, request, report);
        tw_schema_deferred(&xml);
    }
    tw_xml_end(&xml);
}

/* Memory ran out: of the machine, or of what one scenario may take. */
static void report_memory(const struct tw_scenario *scenario, const struct request *request,
                          struct tw_report *report)
{
    struct tw_err err = {0};
    const struct tw_node *sweep = scenario->structure.sweep;
    long combinations = scenario->model.root ? tw_sweep_combinations(&scenario->sweep) : 0;
    if (scenario->pool.full && combinations > 1)
        tw_err_set(&err, TW_MEMORY,
                   "sweep: its %ld points (before any exclude) need more than "
                   "the %d GiB that a scenario may take",
                   combinations, TW_POOL_MAX_GIB);
    else if (scenario->pool.full)
        tw_err_set(&err, TW_MEMORY, "the scenario needs more than %d GiB", TW_POOL_MAX_GIB);
    else
        tw_err_set(&err, TW_MEMORY, "out of memory");
    if (scenario->pool.full)
        tw_err_hint(&err, TW_MEMORY, "give the axes fewer values, or split the scenario");
    tw_err_at(&err, sweep ? sweep->file : request->path, sweep ? sweep->line : 0);
    tw_report_add(report, TW_ERROR, &err);
}

static tw_status open_request(const struct request *request, struct tw_scenario **scenario,
                              struct tw_mistakes *mistakes)
{
    struct tw_report report = {.mistakes = mistakes};
    struct tw_scenario *made = calloc(1, sizeof *made);
    *scenario = NULL;
    *mistakes = (struct tw_mistakes){0};
    if (!made)
        return TW_MEMORY;
    report.model = &made->model;
    read_all(made, request, &report);
    if (report.memory)
        report_memory(made, request, &report);
    tw_report_finish(&report, request->path);
    if (report.memory || mistakes->errors > 0) {
        tw_scenario_close(made);
        return report.memory ? TW_MEMORY : TW_INPUT;
    }
    *scenario = made;
    return TW_OK;
}

tw_status tw_scenario_open_memory(const char *text, size_t size, const char *path,
                                  const struct tw_catalogue *catalogue,
                                  const struct tw_override *overrides, int override_count,
                                  const char *only, struct tw_scenario **scenario,
                                  struct tw_mistakes *mistakes)
{
    struct request request = {text, size, path, catalogue, overrides, override_count, only};
    return open_request(&request, scenario, mistakes);
}

tw_status tw_scenario_open(const char *path, const struct tw_catalogue *catalogue,
                           const struct tw_override *overrides, int override_count,
                           const char *only, struct tw_scenario **scenario,
                           struct tw_mistakes *mistakes)
{
    struct tw_err err = {0};
    char *text = NULL;
    size_t size = 0;
    if (tw_file_read(path, TW_XML_MAX_B, &text, &size, &err)) {
        struct tw_report report = {.mistakes = mistakes};
        *scenario = NULL;
        *mistakes = (struct tw_mistakes){0};
        tw_err_at(&err, path, 0);
        tw_report_add(&report, TW_ERROR, &err);
        tw_report_finish(&report, path);
        return report.memory ? TW_MEMORY : TW_INPUT;
    }
    tw_status status = tw_scenario_open_memory(text, size, path, catalogue, overrides,
                                               override_count, only, scenario, mistakes);
    free(text);
    return status;
}

const char *tw_scenario_id(const struct tw_scenario *scenario)
{
    return scenario->structure.id;
}

const char *tw_scenario_description(const struct tw_scenario *scenario)
{
    return scenario->structure.description;
}

int tw_scenario_energy(const struct tw_scenario *scenario)
{
    return scenario->structure.energy;
}

int tw_scenario_links(const struct tw_scenario *scenario)
{
    return scenario->structure.links;
}

const char *tw_scenario_baseline(const struct tw_scenario *scenario)
{
    return scenario->structure.baseline;
}

int tw_scenario_axes(const struct tw_scenario *scenario, const char *const **names)
{
    *names = scenario->axis_names;
    return scenario->sweep.axis_count;
}

int tw_scenario_plots(const struct tw_scenario *scenario, const char *const **types)
{
    *types = scenario->structure.plots;
    return scenario->structure.plot_count;
}

const struct tw_tune *tw_scenario_tune(const struct tw_scenario *scenario)
{
    return scenario->tune.over ? &scenario->tune : NULL;
}

void tw_scenario_keep(struct tw_scenario *scenario, const unsigned char *keep)
{
    struct tw_points *points = &scenario->points;
    int kept = 0;
    for (int i = 0; i < points->count; i++) {
        if (!keep[i])
            continue;
        points->list[kept] = points->list[i];
        points->list[kept].index = kept;
        kept++;
    }
    points->count = kept;
}

int tw_scenario_points(const struct tw_scenario *scenario)
{
    return scenario->points.count;
}

const struct tw_point *tw_scenario_point(const struct tw_scenario *scenario, int index)
{
    return &scenario->points.list[index];
}

char *tw_scenario_text(const struct tw_scenario *scenario, size_t *size)
{
    *size = strlen(scenario->text);
    return strdup(scenario->text);
}
