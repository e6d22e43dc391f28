/* links: tw_results tw_base */
/* manifest.json: complete, sorted, and silent about who ran it and where. */
#include <pwd.h>
#include "results_case.h"

static json_t *manifest_of(const char *resolved, char **text)
{
    struct tw_err err = {0};
    json_t *scenario = json_loads(resolved, 0, NULL);
    ck_assert_ptr_nonnull(scenario);
    CHECK_OK(tw_manifest_write(scratch, scenario, &err));
    json_decref(scenario);
    *text = text_of(in_scratch("manifest.json"));
    json_t *manifest = json_loads(*text, 0, NULL);
    ck_assert_ptr_nonnull(manifest);
    return manifest;
}

/* The text at a.b of the manifest. */
static const char *text_at(const json_t *manifest, const char *part, const char *name)
{
    const char *text = json_string_value(json_object_get(json_object_get(manifest, part), name));
    ck_assert_msg(text && *text, "%s.%s is missing", part, name);
    return text;
}

START_TEST(says_what_made_the_results)
{
    char *text;
    json_t *manifest = manifest_of("{\"id\":\"t\",\"points\":[{\"seed\":3},{\"seed\":1},"
                                   "{\"deep\":{\"seed\":3}},{\"seed\":\"18446744073709551615\"}],"
                                   "\"real\":0.1}",
                                   &text);
    static const char *const libraries[] = {"simgrid", "gsl",    "libxml2",
                                            "jansson", "xxhash", "zlib"};
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        ck_assert_int_gt(strspn(text_at(manifest, "libraries", libraries[i]), "0123456789."), 2);
    text_at(manifest, "build", "compiler");
    text_at(manifest, "build", "type");
    ck_assert_ptr_nonnull(strstr(text_at(manifest, "build", "flags"), "-ffp-contract=off"));
    text_at(manifest, "machine", "kernel");
    ck_assert(json_object_get(json_object_get(manifest, "machine"), "processor") != NULL);
    ck_assert_int_ge(
        json_integer_value(json_object_get(json_object_get(manifest, "machine"), "cores")), 1);
    ck_assert_int_gt(
        json_integer_value(json_object_get(json_object_get(manifest, "machine"), "memory_B")),
        1 << 20);
    ck_assert_int_eq(json_integer_value(json_object_get(manifest, "model_version")),
                     TW_MODEL_VERSION);
    ck_assert_ptr_nonnull(json_string_value(json_object_get(manifest, "thinwire")));
    json_t *seeds = json_loads("[3, 1, \"18446744073709551615\"]", 0, NULL);
    ck_assert(json_equal(json_object_get(manifest, "seeds"), seeds));
    json_decref(seeds);
    ck_assert_ptr_nonnull(strstr(text, "\"real\": 0.10000000000000001"));
    /* a commit of 40 or 64 hex digits with its flag, or null and null outside of a repository */
    const json_t *build = json_object_get(manifest, "build");
    const char *commit = json_string_value(json_object_get(build, "git_commit"));
    ck_assert(commit ? strspn(commit, "0123456789abcdef") == strlen(commit) && strlen(commit) >= 40
                     : json_is_null(json_object_get(build, "git_commit")));
    ck_assert(commit ? json_is_boolean(json_object_get(build, "git_dirty"))
                     : json_is_null(json_object_get(build, "git_dirty")));
    free(text);
    json_decref(manifest);
}
END_TEST

START_TEST(is_sorted_and_ends_in_a_line_end)
{
    char *text, *again;
    json_t *manifest = manifest_of("{\"b\":1,\"a\":2}", &text);
    char *sorted = json_dumps(manifest, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    size_t size = strlen(text);
    ck_assert_int_eq(text[size - 1], '\n');
    ck_assert(strlen(sorted) == size - 1 && !memcmp(sorted, text, size - 1));
    json_decref(manifest);
    manifest = manifest_of("{\"a\":2,\"b\":1}", &again);
    ck_assert_str_eq(text, again);
    json_decref(manifest);
    free(sorted);
    free(text);
    free(again);
}
END_TEST

/* Calls check on every text of value, names included. */
static void each_text(const json_t *value, void (*check)(const char *))
{
    const char *name;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        check(json_string_value(value));
    json_object_foreach((json_t *)value, name, member)
    {
        check(name);
        each_text(member, check);
    }
    json_array_foreach(value, i, member) each_text(member, check);
}

static void is_no_absolute_path(const char *text)
{
    ck_assert_msg(*text != '/', "'%s' is an absolute path", text);
    ck_assert_msg(!strstr(text, " /home") && !strstr(text, "=/"), "'%s' holds a path", text);
    ck_assert_msg(!strstr(text, TW_SOURCE_DIR), "'%s' names the source folder", text);
    ck_assert_msg(!strstr(text, TW_BINARY_DIR), "'%s' names the build folder", text);
}

START_TEST(names_no_path_host_or_user)
{
    char *text, host[256] = "";
    json_t *manifest = manifest_of(
        "{\"file\":\"/srv/somebody/data/g.npy\",\"dir\":\"/srv/somebody/\",\"unit\":\"B/s\","
        "\"relative\":\"../platforms/cpu.xml\",\"url\":\"https://arxiv.org/abs/2407.01378\","
        "\"flags\":\"-I/srv/somebody/include -O2 --x=/srv/somebody/y\",\"/srv/somebody/k\":1}",
        &text);
    each_text(manifest, is_no_absolute_path);
    ck_assert_ptr_null(strstr(text, "/srv/"));
    const json_t *scenario = json_object_get(manifest, "scenario");
    static const char *const kept[][2] = {{"file", "…/g.npy"},
                                          {"dir", "…/somebody"},
                                          {"unit", "B/s"},
                                          {"relative", "../platforms/cpu.xml"},
                                          {"url", "https://arxiv.org/abs/2407.01378"},
                                          {"flags", "-I…/include -O2 --x=…/y"}};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        ck_assert_str_eq(json_string_value(json_object_get(scenario, kept[i][0])), kept[i][1]);
    ck_assert_ptr_nonnull(json_object_get(scenario, "…/k"));
    /* short names may stand in any text by chance */
    ck_assert_int_eq(gethostname(host, sizeof host - 1), 0);
    if (strlen(host) >= 4)
        ck_assert_msg(!strstr(text, host), "the manifest names the host %s", host);
    const struct passwd *user = getpwuid(getuid());
    if (user && strlen(user->pw_name) >= 4)
        ck_assert_msg(!strstr(text, user->pw_name), "the manifest names the user");
    free(text);
    json_decref(manifest);
}
END_TEST

START_TEST(an_unwritable_directory_is_named)
{
    struct tw_err err = {0};
    ck_assert_int_eq(tw_manifest_write(in_scratch("none"), NULL, &err), TW_IO);
    ck_assert_ptr_nonnull(strstr(err.file, "/none/manifest.json"));
    CHECK_OK(tw_manifest_write(scratch, NULL, &err));
}
END_TEST

RUN_SUITE("results_manifest", says_what_made_the_results, is_sorted_and_ends_in_a_line_end,
          names_no_path_host_or_user, an_unwritable_directory_is_named)
