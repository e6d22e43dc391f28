/* Which scenario and which of its points: the arguments that check, plan and run share. */
#include <stdio.h>
#include <string.h>
#include "cli.h"

void tw_report(const struct tw_err *err)
{
    if (err->file[0] && err->line > 0)
        fprintf(stderr, "%s:%ld: error: %s\n", err->file, err->line, err->text);
    else if (err->file[0])
        fprintf(stderr, "%s: error: %s\n", err->file, err->text);
    else
        fprintf(stderr, "thinwire: error: %s\n",
                err->text[0] ? err->text : tw_status_text(err->status));
    if (err->hint[0])
        fprintf(stderr, "    hint: %s\n", err->hint);
}

tw_status tw_selection_add(struct tw_selection *selection, char *text, struct tw_err *err)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text || !equals[1])
        return tw_err_set(err, TW_INPUT, "--set takes AXIS=VALUE[,VALUE…], not '%s'", text);
    if (selection->override_count == TW_OVERRIDES_MAX)
        return tw_err_set(err, TW_INPUT, "--set may be given %d times", TW_OVERRIDES_MAX);
    *equals = '\0';
    selection->overrides[selection->override_count++] = (struct tw_override){text, equals + 1};
    return TW_OK;
}

int tw_selection_open(const struct tw_selection *selection, const struct tw_catalogue *catalogue,
                      struct tw_scenario **scenario)
{
    struct tw_mistakes mistakes = {0};
    tw_status status =
        tw_scenario_open(selection->path, catalogue, selection->overrides,
                         selection->override_count, selection->only, scenario, &mistakes);
    if (mistakes.count)
        tw_mistakes_print(&mistakes, stderr);
    if (status && mistakes.errors == 0)
        fprintf(stderr, "%s: error: %s\n", selection->path, tw_status_text(status));
    tw_mistakes_free(&mistakes);
    return status ? TW_EXIT_USAGE : TW_EXIT_DONE;
}
