/* Small XML files that are no scenarios: no includes, no XSD. */
#include "files.h"
#include "read_xml.h"

#include <stdlib.h>

/* The first mistake is copied into err. */
static tw_status parse(const char *text, size_t size, const char *path, struct tw_pool *pool,
                       struct tw_node **root, struct tw_err *err)
{
    struct tw_mistakes mistakes = {0};
    struct tw_model model = {0};
    struct tw_report report = {.mistakes = &mistakes};
    struct tw_xml xml = {.report = &report, .pool = pool, .model = &model, .path = path};
    tw_xml_begin(&xml);
    xmlDocPtr doc = tw_xml_parse(&xml, text, size, path);
    *root = doc ? tw_xml_elements(&xml, doc) : NULL;
    xmlFreeDoc(doc);
    tw_xml_end(&xml);
    if (!*root && mistakes.count > 0 && err)
        *err = mistakes.list[0].err;
    else if (!*root)
        tw_err_set(err, TW_MEMORY, "out of memory reading '%s'", path);
    tw_mistakes_free(&mistakes);
    return *root ? TW_OK : report.memory ? TW_MEMORY : TW_INPUT;
}

tw_status tw_xml_read_plain(const char *path, size_t most_B, struct tw_pool *pool,
                            struct tw_node **root, struct tw_err *err)
{
    char *text = NULL;
    size_t size = 0;
    tw_status status = tw_file_read(path, most_B, &text, &size, err);
    if (status)
        tw_err_at(err, path, 0);
    else
        status = parse(text, size, path, pool, root, err);
    free(text);
    return status;
}
