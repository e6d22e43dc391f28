/* The doors between libxml2 and the rest of the room. */
#ifndef TW_SCENARIO_READ_XML_H
#define TW_SCENARIO_READ_XML_H

#include <libxml/parser.h>
#include <libxml/tree.h>
#include "report.h"

#define TW_XML_MAX_B ((size_t)16 << 20) /* of one file, and of all that is included */

/* A mistake that only the XSD has found so far. */
struct tw_deferred {
    struct tw_deferred *next;
    const char *value; /* that it refuses; NULL: it is not about a value */
    struct tw_err err;
};

/* Where a start tag begins. */
struct tw_place {
    const char *file;
    long line;
};

/* One file being read. While it is open, libxml2's error handler of this thread is ours. */
struct tw_xml {
    struct tw_report *report;
    struct tw_pool *pool;
    struct tw_model *model;
    const char *path; /* as the caller wrote it */
    int taken;        /* errors of the parse under way that were reported */
    size_t included_B;
    int included;                 /* files taken in so far, each time counted */
    const char *parsing;          /* the file being parsed */
    int doctype;                  /* 1: it has one, which was reported */
    struct tw_deferred *deferred; /* values that the XSD refuses, newest first */
    xmlStructuredErrorFunc before;
    void *before_data;
    xmlGenericErrorFunc generic_before;
    void *generic_before_data;
};

void tw_xml_begin(struct tw_xml *xml);
void tw_xml_end(struct tw_xml *xml);

/* Parses and refuses DOCTYPEs; NULL after a report. The caller frees the document. */
xmlDocPtr tw_xml_parse(struct tw_xml *xml, const char *text, size_t size, const char *path);
/* Makes the parser stop at a DOCTYPE and give every element its place; the place of an element; the
 * same places for a copy of it. */
void tw_xml_watch_places(struct tw_xml *xml, xmlParserCtxtPtr parser);
struct tw_place tw_xml_place(const struct tw_xml *xml, xmlNodePtr node);
void tw_xml_copy_places(xmlNodePtr from, xmlNodePtr to);
/* Reports a mistake at a node. */
void tw_xml_report(struct tw_xml *xml, xmlNodePtr node, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Replaces every xi:include, also inside included files. 0 after a report. */
int tw_xml_include(struct tw_xml *xml, xmlDocPtr doc);

/* Validates against the embedded XSD. Structure is reported; unknown elements are cut out of doc,
 * so that what stands beside them is checked too. Values are deferred. */
void tw_schema_check(struct tw_xml *xml, xmlDocPtr doc);
/* Reports what was deferred and what nobody has said better since. */
void tw_schema_deferred(struct tw_xml *xml);

/* Turns the document into elements; NULL when memory runs out. */
struct tw_node *tw_xml_elements(struct tw_xml *xml, xmlDocPtr doc);

/* The elements of a file that is no scenario, of at most most_B bytes: no includes, no XSD. The
 * first mistake, with its place, is in err. */
tw_status tw_xml_read_plain(const char *path, size_t most_B, struct tw_pool *pool,
                            struct tw_node **root, struct tw_err *err) TW_MUST_CHECK;

/* All of the above: xml->model gets root and includes; *resolved the text after XInclude, in the
 * pool. 0 when nothing more can be checked (mistakes say why). */
int tw_xml_read_scenario(struct tw_xml *xml, const char *text, size_t size, char **resolved);

#endif
