/* links: tw_results tw_base */
/* CSV: quoting, numbers that come back bit by bit, and a strict reader. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include "golden/golden_csv.h"
#include "results_case.h"

/* What the two writers make of a value. */
static const char *written(const char *text, double value)
{
    static char buffer[256];
    FILE *to = fmemopen(buffer, sizeof buffer, "w");
    ck_assert_ptr_nonnull(to);
    if (text)
        tw_csv_text(to, text);
    else
        tw_csv_real(to, value);
    fputc('\0', to);
    fclose(to);
    return buffer;
}

START_TEST(quotes_what_needs_it)
{
    ck_assert_str_eq(written("plain text", 0), "plain text");
    ck_assert_str_eq(written("", 0), "");
    ck_assert_str_eq(written("a,b", 0), "\"a,b\"");
    ck_assert_str_eq(written("say \"no\"", 0), "\"say \"\"no\"\"\"");
    ck_assert_str_eq(written("two\nlines", 0), "\"two\nlines\"");
    ck_assert_str_eq(written("cr\rhere", 0), "\"cr\rhere\"");
    char none[8] = "x";
    FILE *to = fmemopen(none, sizeof none, "w");
    tw_csv_text(to, NULL);
    ck_assert_int_eq(ftell(to), 0);
    fclose(to);
}
END_TEST

START_TEST(numbers_come_back_bit_by_bit)
{
    const double edges[] = {0,       -0.0,          1.0 / 3,    0.1,   4.9406564584124654e-324,
                            DBL_MAX, 1.0 + 0x1p-52, 0.07 * 100, -1e-9, 2147483649.0};
    uint64_t state = 20260101;
    for (int i = 0; i < 5000; i++) {
        double value, back;
        if (i < (int)(sizeof edges / sizeof *edges)) {
            value = edges[i];
        } else {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL; /* Knuth's LCG */
            memcpy(&value, &state, sizeof value);
        }
        const char *text = written(NULL, value);
        if (!isfinite(value)) {
            ck_assert_str_eq(text, "");
            continue;
        }
        back = strtod(text, NULL);
        uint64_t bits, bits_back;
        memcpy(&bits, &value, sizeof bits);
        memcpy(&bits_back, &back, sizeof bits_back);
        ck_assert_msg(bits == bits_back, "%s is not %a", text, value);
    }
    ck_assert_str_eq(written(NULL, NAN), "");
    ck_assert_str_eq(written(NULL, INFINITY), "");
    ck_assert_str_eq(written(NULL, -INFINITY), "");
    /* 17 digits: 0.1 is 0x1.999999999999ap-4 = 0.1000000000000000055…, cut after 17 */
    ck_assert_str_eq(written(NULL, 0.1), "0.10000000000000001");
}
END_TEST

static tw_status parse(const char *text, struct tw_table *table, struct tw_err *err)
{
    *err = (struct tw_err){0};
    return tw_table_parse(text, strlen(text), "t.csv", table, err);
}

START_TEST(reads_what_the_rules_allow)
{
    struct tw_table table;
    struct tw_err err = {0};
    CHECK_OK(parse("a,b\r\n1,\"x, \"\"y\"\"\nz\"\n,\"\"", &table, &err));
    ck_assert_int_eq(table.columns, 2);
    ck_assert_int_eq(table.rows, 2);
    ck_assert_int_eq(tw_table_column(&table, "b"), 1);
    ck_assert_int_eq(tw_table_column(&table, "c"), -1);
    ck_assert_str_eq(tw_table_text(&table, 0, 0), "1");
    ck_assert_str_eq(tw_table_text(&table, 0, 1), "x, \"y\"\nz");
    ck_assert_str_eq(tw_table_text(&table, 1, 0), "");
    ck_assert_str_eq(tw_table_text(&table, 1, 1), "");
    ck_assert(tw_table_real(&table, 0, 0) == 1.0);
    ck_assert(isnan(tw_table_real(&table, 0, 1)));
    ck_assert(isnan(tw_table_real(&table, 1, 0)));
    tw_table_free(&table);
    CHECK_OK(parse("a\n\nx\n", &table, &err)); /* one column: an empty line is an empty field */
    ck_assert_int_eq(table.rows, 2);
    tw_table_free(&table);
    CHECK_OK(parse("a,b\n", &table, &err));
    ck_assert_int_eq(table.rows, 0);
    tw_table_free(&table);
}
END_TEST

START_TEST(refuses_everything_else_with_its_line)
{
    static const struct {
        const char *text, *what;
        long line;
    } cases[] = {{"", "there is no header line", 1},
                 {"a,,c\n", "a column has no name", 1},
                 {"a,b,a\n", "two columns have one name", 1},
                 {"a,b\n1,2\n1\n", "1 fields where the header has 2", 3},
                 {"a,b\n1,2,3\n", "3 fields where the header has 2", 2},
                 {"a,b\n\n", "1 fields where the header has 2", 2},
                 {"a,b\n1,x\"y\n", "a quote stands inside an unquoted field", 2},
                 {"a,b\n1,\"x\"y\n", "text follows a closing quote", 2},
                 {"a,b\n1,\"x\n\ny", "a quoted field has no end", 4},
                 {"a,b\r1,2\n", "a carriage return has no line feed", 1},
                 {"a,b\n1,\"2\"\r", "a carriage return has no line feed", 2}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct tw_table table;
        struct tw_err err;
        tw_status status = parse(cases[i].text, &table, &err);
        ck_assert_msg(status == TW_CORRUPT, "case %zu: %d", i, status);
        ck_assert_str_eq(err.text, cases[i].what);
        ck_assert_str_eq(err.file, "t.csv");
        ck_assert_int_eq(err.line, cases[i].line);
        ck_assert_ptr_null(table.cells);
    }
    struct tw_table table;
    struct tw_err err = {0};
    ck_assert_int_eq(tw_table_parse("a\n1\0002\n", 6, "t.csv", &table, &err), TW_CORRUPT);
    ck_assert_int_eq(err.line, 2);
    ck_assert_int_eq(tw_table_read(in_scratch("none.csv"), &table, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.file, "none.csv"));
}
END_TEST

static uint64_t seed;
static unsigned draw(unsigned below)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(seed >> 33) % below;
}

/* Cells of difficult characters, written by tw_csv_text. */
static size_t random_table(int rows, int columns, char cells[][8], char *text, size_t size)
{
    static const char alphabet[] = "ab1,\"\n\r .;'";
    FILE *to = fmemopen(text, size, "w");
    ck_assert_ptr_nonnull(to);
    for (int c = 0; c < columns; c++)
        fprintf(to, "%sc%d", c ? "," : "", c);
    fputc('\n', to);
    for (int i = 0; i < rows * columns; i++) {
        unsigned length = draw(7);
        for (unsigned k = 0; k < length; k++)
            cells[i][k] = alphabet[draw(sizeof alphabet - 1)];
        cells[i][length] = '\0';
        tw_csv_text(to, cells[i]);
        fputc(i % columns == columns - 1 ? '\n' : ',', to);
    }
    long length = ftell(to);
    fclose(to);
    return (size_t)length;
}

START_TEST(random_tables_come_back)
{
    static char cells[40][8], text[8192];
    for (int round = 0; round < 400; round++) {
        struct tw_table table;
        struct tw_err err = {0};
        seed = 1000 + (uint64_t)round;
        int columns = 1 + (int)draw(5), rows = (int)draw(8);
        size_t size = random_table(rows, columns, cells, text, sizeof text);
        ck_assert_msg(tw_table_parse(text, size, "t.csv", &table, &err) == TW_OK, "seed %d: %s",
                      1000 + round, err.text);
        ck_assert_int_eq(table.rows, rows);
        ck_assert_int_eq(table.columns, columns);
        for (int i = 0; i < rows * columns; i++)
            ck_assert_msg(!strcmp(tw_table_text(&table, i / columns, i % columns), cells[i]),
                          "seed %d: cell %d", 1000 + round, i);
        tw_table_free(&table);
    }
}
END_TEST

/* Damaged files are refused or read, never overrun (the sanitizers watch), and what is read has the
 * header's shape: its last cell lies in the text. */
START_TEST(damaged_tables_do_no_harm)
{
    static char cells[40][8], text[8192];
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
        struct tw_table table;
        struct tw_err err = {0};
        seed = 77000 + (uint64_t)round;
        int columns = 1 + (int)draw(5);
        size_t size = random_table((int)draw(8), columns, cells, text, sizeof text);
        for (unsigned n = 1 + draw(3); n > 0; n--)
            text[draw((unsigned)size)] = "\",\n\rx\0"[draw(6)];
        size -= draw((unsigned)size / 2 + 1);
        if (tw_table_parse(text, size, "t.csv", &table, &err)) {
            ck_assert_msg(err.status == TW_CORRUPT && err.line > 0, "seed %d", 77000 + round);
            refused++;
            continue;
        }
        for (int r = 0; r < table.rows; r++)
            for (int c = 0; c < table.columns; c++) {
                const char *cell = tw_table_text(&table, r, c);
                ck_assert_msg(cell >= table.text && cell + strlen(cell) <= table.text + size,
                              "seed %d", 77000 + round);
            }
        tw_table_free(&table);
    }
    ck_assert_int_gt(refused, 300);
    ck_assert_int_lt(refused, 2900);
}
END_TEST

START_TEST(comparing_says_where)
{
    struct tw_err err = {0};
    char left[256], right[256];
    snprintf(left, sizeof left, "%s", in_scratch("left.csv"));
    snprintf(right, sizeof right, "%s", in_scratch("right.csv"));
    put_text(left, "key,t\na,1\nb,2\n");
    put_text(right, "key,t\na,1.0000000001\nb,2e0\n");
    CHECK_OK(tw_csv_compare(left, right, 1e-9, &err));
    ck_assert_int_eq(tw_csv_compare(left, right, 0, &err), TW_INPUT);
    ck_assert_str_eq(err.text, "row 1: t is '1.0000000001', expected '1'");
    put_text(right, "key,t\na,1\nc,2\n");
    ck_assert_int_eq(tw_csv_compare(left, right, 1e-9, &err), TW_INPUT);
    ck_assert_str_eq(err.text, "row 2: key is 'c', expected 'b'");
    put_text(right, "key,t\na,1\n");
    ck_assert_int_eq(tw_csv_compare(left, right, 1e-9, &err), TW_INPUT);
    ck_assert_str_eq(err.text, "1 rows, expected 2");
    put_text(right, "key,u\na,1\nb,2\n");
    ck_assert_int_eq(tw_csv_compare(left, right, 1e-9, &err), TW_INPUT);
    ck_assert_str_eq(err.text, "column 2 is u, expected t");
    put_text(right, "key,t\na,\nb,2\n"); /* empty is not zero, nor anything else */
    ck_assert_int_eq(tw_csv_compare(left, right, 10, &err), TW_INPUT);
}
END_TEST

START_TEST(golden_files_are_updated_on_demand)
{
    struct tw_err err = {0};
    put_text(in_scratch("expected.csv"), "key,t\na,1\n");
    put_text(in_scratch("found.csv"), "key,t\na,2\n");
    ck_assert_int_eq(setenv("TW_GOLDEN_UPDATE", "1", 1), 0);
    golden_csv(in_scratch("expected.csv"), in_scratch("found.csv"), 0);
    ck_assert_int_eq(unsetenv("TW_GOLDEN_UPDATE"), 0);
    golden_csv(in_scratch("expected.csv"), in_scratch("found.csv"), 0);
    CHECK_OK(tw_csv_compare(in_scratch("expected.csv"), in_scratch("found.csv"), 0, &err));
}
END_TEST

RUN_SUITE("results_csv", quotes_what_needs_it, numbers_come_back_bit_by_bit,
          reads_what_the_rules_allow, refuses_everything_else_with_its_line,
          random_tables_come_back, damaged_tables_do_no_harm, comparing_says_where,
          golden_files_are_updated_on_demand)
