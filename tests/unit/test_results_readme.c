/* links: tw_results tw_base */
/* results/README.md holds the column tables and the figures that the program has. */
#include "results/columns.h"
#include "results_case.h"

#define README TW_SOURCE_DIR "/results/README.md"

/* Where the table of a CSV file stands in the page: behind its opening line, up to its end. */
static void find_block(char *page, const char *file, char **start, char **end)
{
    char mark[64];
    snprintf(mark, sizeof mark, "<!-- columns of %s:", file);
    char *at = strstr(page, mark);
    ck_assert_msg(at != NULL, "%s has no line '%s'", README, mark);
    *start = strchr(at, '\n') + 1;
    *end = strstr(*start, "<!-- end -->");
    ck_assert_msg(*end != NULL, "%s: the columns of %s have no end", README, file);
}

/* The table as it must be; owned by the caller. */
static char *table_of(const struct tw_columns *columns)
{
    static const char *const kinds[] = {"text", "real", "integer"};
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    fputs("| column | kind | unit | what it is |\n|---|---|---|---|\n", to);
    for (int i = 0; i < columns->count; i++) {
        const struct tw_column *column = &columns->list[i];
        fprintf(to, "| `%s` | %s | %s | %s |\n", column->name, kinds[column->kind], column->unit,
                column->meaning);
    }
    ck_assert_int_eq(fclose(to), 0);
    return text;
}

static void check_table(const struct tw_columns *columns)
{
    char *page = text_of(README), *start, *end, *table = table_of(columns);
    const char *update = getenv("TW_GOLDEN_UPDATE");
    find_block(page, columns->file, &start, &end);
    size_t length = (size_t)(end - start);
    if (update && !strcmp(update, "1")) {
        struct tw_err err = {0};
        char *fresh = NULL;
        int size = asprintf(&fresh, "%.*s%s%s", (int)(start - page), page, table, end);
        ck_assert_int_gt(size, 0);
        CHECK_OK(tw_file_replace(TW_SOURCE_DIR "/results", "README.md", fresh, (size_t)size, &err));
        free(fresh);
    } else {
        ck_assert_msg(length == strlen(table) && !memcmp(start, table, length),
                      "%s: the columns of %s should be\n%s", README, columns->file, table);
    }
    free(table);
    free(page);
}

START_TEST(columns_are_those_of_the_program)
{
    check_table(&tw_columns_points);
    check_table(&tw_columns_steps);
    check_table(&tw_columns_cost);
    check_table(&tw_columns_links);
    check_table(&tw_columns_energy);
}
END_TEST

START_TEST(every_figure_has_its_row)
{
    char *page = text_of(README), row[96];
    for (int i = 0; i < tw_figure_count(); i++) {
        snprintf(row, sizeof row, "\n| `%s` | ", tw_figure_name(i));
        ck_assert_msg(strstr(page, row) != NULL, "%s has no row of %s", README, tw_figure_name(i));
    }
    free(page);
}
END_TEST

RUN_SUITE("results_readme", columns_are_those_of_the_program, every_figure_has_its_row)
