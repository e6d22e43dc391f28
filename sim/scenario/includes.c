/* A look at every xi:include before libxml2 follows it: that the file is there and is a file (a
 * parser would wait for a FIFO for ever), that nothing includes itself, and that the whole stays
 * small. Also where each file was asked for, which libxml2 forgets. */
#include "read_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/uri.h>

#include "files.h"

#define DEPTH_MAX 16
#define INCLUDES_MAX 256

/* The files between the scenario and the document at hand. */
struct chain {
    const struct chain *above;
    const char *file;
    int depth;
};

static int walk(struct tw_xml *xml, xmlDocPtr doc, const struct chain *chain);

static int is_include(xmlNodePtr node)
{
    return node->type == XML_ELEMENT_NODE && node->ns &&
           strcmp((const char *)node->name, "include") == 0 &&
           (strcmp((const char *)node->ns->href, "http://www.w3.org/2001/XInclude") == 0 ||
            strcmp((const char *)node->ns->href, "http://www.w3.org/2003/XInclude") == 0);
}

static void report_include(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain,
                           const char *text)
{
    struct tw_err err = {0};
    tw_err_set(&err, TW_INPUT, "xi:include: %s", text);
    tw_err_at(&err, chain->file, tw_xml_line(xml, node, chain->file));
    tw_report_add(xml->report, TW_ERROR, &err);
}

/* The include's target by libxml2's own rule, as a file name in the pool. */
static const char *target_of(struct tw_xml *xml, xmlNodePtr node)
{
    xmlChar *href = xmlGetNoNsProp(node, BAD_CAST "href");
    xmlChar *base = xmlNodeGetBase(node->doc, node);
    xmlChar *uri = href && href[0] ? xmlBuildURI(href, base) : NULL;
    const char *file = uri ? tw_xml_file(xml, (const char *)uri) : NULL;
    xmlFree(uri);
    xmlFree(base);
    xmlFree(href);
    return file;
}

static int plain_xml(xmlNodePtr node)
{
    xmlChar *parse = xmlGetNoNsProp(node, BAD_CAST "parse");
    int plain = !parse || strcmp((const char *)parse, "xml") == 0;
    xmlFree(parse);
    return plain;
}

static int remember(struct tw_xml *xml, const char *file, const char *from, long line)
{
    struct tw_model *model = xml->model;
    for (int i = 0; i < model->include_count; i++)
        if (strcmp(model->includes[i].file, file) == 0)
            return 1;
    if (!model->includes)
        model->includes = tw_pool_array(xml->pool, INCLUDES_MAX, sizeof *model->includes);
    if (!model->includes) {
        xml->report->memory = 1;
        return 0;
    }
    model->includes[model->include_count++] = (struct tw_include){file, from, line};
    return 1;
}

static int read_target(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain,
                       const char *file)
{
    struct tw_err err = {0};
    char *text = NULL;
    size_t size = 0;
    xmlDocPtr doc = NULL;
    int good = 0;
    if (tw_file_read(file, TW_XML_MAX_B - xml->included_B, &text, &size, &err)) {
        report_include(xml, node, chain, err.text);
        return 0;
    }
    xml->included_B += size;
    xml->included++;
    if (!remember(xml, file, chain->file, tw_xml_line(xml, node, chain->file)))
        goto done;
    doc = tw_xml_parse(xml, text, size, file);
    struct chain here = {chain, file, chain->depth + 1};
    good = doc && walk(xml, doc, &here);
done:
    xmlFreeDoc(doc);
    free(text);
    return good;
}

static int look(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain)
{
    const char *file = target_of(xml, node);
    if (!file) {
        report_include(xml, node, chain, "href must name a file");
        return 0;
    }
    if (!plain_xml(node)) {
        report_include(xml, node, chain, "only parse=\"xml\" is allowed");
        return 0;
    }
    for (const struct chain *link = chain; link; link = link->above)
        if (strcmp(link->file, file) == 0) {
            report_include(xml, node, chain, "the file includes itself");
            return 0;
        }
    if (chain->depth >= DEPTH_MAX || xml->included >= INCLUDES_MAX) {
        report_include(xml, node, chain, "too many includes");
        return 0;
    }
    return read_target(xml, node, chain, file);
}

static xmlNodePtr after(xmlNodePtr node, xmlNodePtr root)
{
    while (node != root && !node->next)
        node = node->parent;
    return node == root ? NULL : node->next;
}

/* Every include of the document, in its order; the ones inside an include are its fallbacks. */
static int walk(struct tw_xml *xml, xmlDocPtr doc, const struct chain *chain)
{
    xmlNodePtr root = xmlDocGetRootElement(doc), node = root;
    int good = 1;
    while (node) {
        int include = is_include(node);
        if (include && !look(xml, node, chain))
            good = 0;
        int inside = node->type == XML_ELEMENT_NODE && !include && node->children;
        node = inside ? node->children : after(node, root);
    }
    return good;
}

int tw_xml_includes(struct tw_xml *xml, xmlDocPtr doc, int *count)
{
    struct chain here = {NULL, xml->path, 0};
    int good = walk(xml, doc, &here);
    *count = xml->included;
    return good;
}
