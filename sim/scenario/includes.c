/* <xi:include href="…" xpointer="xpointer(…)"/>: the root element of another file, or those that an
 * XPath selects from it, in its place (XInclude 1.0, W3C 2006, without its text includes and
 * fallbacks, which are refused).
 *
 * libxml2's own XInclude is not used because it forgets what a message needs: it marks included
 * elements with their file only when that lies in another folder, and never says where they were
 * asked for. It also waits for FIFOs and has no bound on how much it includes. */
#include "read_xml.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/xpath.h>

#include "files.h"

#define DEPTH_MAX 16
#define INCLUDES_MAX 256
#define OPERATIONS_MAX 1000000 /* of one xpointer */

/* The files between the scenario and the document at hand. */
struct chain {
    const struct chain *above;
    const char *file;
    int depth;
};

static int expand(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain);

static int in_xinclude(xmlNodePtr node)
{
    return node->type == XML_ELEMENT_NODE && node->ns && node->ns->href &&
           strcmp((const char *)node->ns->href, "http://www.w3.org/2001/XInclude") == 0;
}

/* The file that href names, in the pool; NULL after a report. */
static const char *target_of(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain)
{
    char path[1024];
    struct tw_err err = {0};
    const char *file = NULL;
    xmlChar *href = xmlGetNoNsProp(node, BAD_CAST "href");
    xmlChar *parse = xmlGetNoNsProp(node, BAD_CAST "parse");
    if (strcmp((const char *)node->name, "include") != 0 || node->children ||
        (parse && strcmp((char *)parse, "xml") != 0))
        tw_xml_report(xml, node, "<xi:include href=\"lib/methods.xml\"/>",
                      "xi:%s: only XML files can be included, without fallback", node->name);
    else if (!href || href[0] == '\0')
        tw_xml_report(xml, node, "", "xi:include: attribute href is missing");
    else if (tw_file_beside(chain->file, (const char *)href, path, sizeof path, &err))
        tw_xml_report(xml, node, "", "xi:include: %s", err.text);
    else if (!(file = tw_pool_text(xml->pool, path, strlen(path))))
        xml->report->memory = 1;
    xmlFree(parse);
    xmlFree(href);
    return file;
}

static int bounded(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain, const char *file)
{
    for (const struct chain *link = chain; link; link = link->above)
        if (strcmp(link->file, file) == 0) {
            tw_xml_report(xml, node, "", "xi:include: the file includes itself");
            return 0;
        }
    if (chain->depth < DEPTH_MAX && xml->included < INCLUDES_MAX)
        return 1;
    tw_xml_report(xml, node, "", "xi:include: more than %d files, or %d one inside the other",
                  INCLUDES_MAX, DEPTH_MAX);
    return 0;
}

/* For "(included from …)"; a file that is included twice is remembered where it was first. */
static int remember(struct tw_xml *xml, const char *file, struct tw_place place)
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
    model->includes[model->include_count++] = (struct tw_include){file, place.file, place.line};
    return 1;
}

/* ---- what is taken from the file ---- */

/* A copy of from, before node. */
static int insert(struct tw_xml *xml, xmlNodePtr node, xmlNodePtr from)
{
    xmlNodePtr copy = from ? xmlDocCopyNode(from, node->doc, 1) : NULL;
    if (!copy) {
        xml->report->memory = 1;
        return 0;
    }
    tw_xml_copy_places(from, copy);
    xmlAddPrevSibling(node, copy);
    return 1;
}

static int inside(xmlNodePtr node, xmlNodePtr outer)
{
    while (node && node != outer)
        node = node->parent;
    return node != NULL;
}

/* Elements only, and none inside another: XPath lists them in the order of the file. */
static int insert_all(struct tw_xml *xml, xmlNodePtr node, const xmlNodeSet *set)
{
    int count = set ? set->nodeNr : 0;
    for (int i = 0; i < count; i++) {
        xmlNodePtr from = set->nodeTab[i];
        if (from->type != XML_ELEMENT_NODE || (i > 0 && inside(from, set->nodeTab[i - 1]))) {
            tw_xml_report(xml, node, "xpointer=\"xpointer(/methods/method)\"",
                          "xi:include: xpointer selects something else than separate elements");
            return 0;
        }
        if (!insert(xml, node, from))
            return 0;
    }
    if (count == 0)
        tw_xml_report(xml, node, "xpointer=\"xpointer(/methods/method)\"",
                      "xi:include: xpointer selects nothing");
    return count > 0;
}

static int insert_selected(struct tw_xml *xml, xmlNodePtr node, xmlDocPtr doc, char *pointer)
{
    static const char scheme[] = "xpointer(";
    size_t length = strlen(pointer);
    xmlXPathObjectPtr object = NULL;
    int good = 0;
    if (strncmp(pointer, scheme, sizeof scheme - 1) != 0 || pointer[length - 1] != ')') {
        tw_xml_report(xml, node, "xpointer=\"xpointer(/methods/method)\"",
                      "xi:include: '%s' is not an xpointer", pointer);
        return 0;
    }
    pointer[length - 1] = '\0';
    xmlXPathContextPtr context = xmlXPathNewContext(doc);
    if (!context) {
        xml->report->memory = 1;
        return 0;
    }
    context->opLimit = OPERATIONS_MAX;
    xml->taken = 1; /* the report below says it */
    object = xmlXPathEval(BAD_CAST pointer + sizeof scheme - 1, context);
    if (object && object->type == XPATH_NODESET)
        good = insert_all(xml, node, object->nodesetval);
    else
        tw_xml_report(xml, node, "xpointer=\"xpointer(/methods/method)\"",
                      "xi:include: '%s)' is not an xpointer", pointer);
    xmlXPathFreeObject(object);
    xmlXPathFreeContext(context);
    return good;
}

/* Puts what is wanted of doc in the place of node, which is freed. */
static int replace(struct tw_xml *xml, xmlNodePtr node, xmlDocPtr doc)
{
    xmlChar *pointer = xmlGetNoNsProp(node, BAD_CAST "xpointer");
    int good = pointer ? insert_selected(xml, node, doc, (char *)pointer)
                       : insert(xml, node, xmlDocGetRootElement(doc));
    xmlFree(pointer);
    if (!good)
        return 0;
    xmlUnlinkNode(node);
    xmlFreeNode(node);
    return 1;
}

static int include(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain)
{
    struct tw_err err = {0};
    char *text = NULL;
    size_t size = 0;
    xmlDocPtr doc = NULL;
    int good = 0;
    const char *file = target_of(xml, node, chain);
    if (!file || !bounded(xml, node, chain, file))
        return 0;
    if (tw_file_read(file, TW_XML_MAX_B - xml->included_B, &text, &size, &err)) {
        tw_xml_report(xml, node, "", "xi:include: %s", err.text);
        return 0;
    }
    xml->included_B += size;
    xml->included++;
    struct chain here = {chain, file, chain->depth + 1};
    if (remember(xml, file, tw_xml_place(xml, node)))
        doc = tw_xml_parse(xml, text, size, file);
    if (doc)
        good = expand(xml, xmlDocGetRootElement(doc), &here) && replace(xml, node, doc);
    xmlFreeDoc(doc);
    free(text);
    return good;
}

/* Every include in and under node; all are tried, so that all mistakes are found. */
static int expand(struct tw_xml *xml, xmlNodePtr node, const struct chain *chain)
{
    int good = 1;
    if (in_xinclude(node))
        return include(xml, node, chain);
    for (xmlNodePtr child = node->children, next; child; child = next) {
        next = child->next;
        if (child->type == XML_ELEMENT_NODE)
            good &= expand(xml, child, chain);
    }
    return good;
}

int tw_xml_include(struct tw_xml *xml, xmlDocPtr doc)
{
    struct chain here = {NULL, xml->path, 0};
    return expand(xml, xmlDocGetRootElement(doc), &here);
}
