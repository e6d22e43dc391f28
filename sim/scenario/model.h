/* A scenario file as the rest of the room sees it: elements with attributes, each with its place.
 * Everything lives in the pool that it was read into. */
#ifndef TW_SCENARIO_MODEL_H
#define TW_SCENARIO_MODEL_H

#include "pool.h"

/* What an attribute's text stands for. */
enum { TW_LITERAL = -1, TW_NO_AXIS = -2 /* a $name that no axis has, already reported */ };

struct tw_attribute {
    const char *name, *text;
    int axis; /* TW_LITERAL, TW_NO_AXIS, or the index of the axis whose value it takes */
};

struct tw_node {
    const char *name, *file;
    long line;
    struct tw_attribute *attributes;
    int attribute_count;
    struct tw_node *parent, *first, *next;
    const char *text; /* what <description> says, else "" */
};

/* One file taken in by <xi:include>, and where it was asked for. */
struct tw_include {
    const char *file, *from;
    long line;
};

struct tw_model {
    struct tw_node *root;
    struct tw_include *includes; /* in the order they were read */
    int include_count;
};

/* The first child of parent called name, or NULL; and the next sibling with the same name. */
struct tw_node *tw_model_child(const struct tw_node *parent, const char *name);
struct tw_node *tw_model_next(const struct tw_node *element);
/* The attribute called name, or NULL. */
struct tw_attribute *tw_model_attribute(const struct tw_node *element, const char *name);
/* Its text, or NULL. */
const char *tw_model_text(const struct tw_node *element, const char *name);

/* The axis named by a text of the form $name, borrowed; NULL when text is something else. */
const char *tw_model_reference(const char *text);
/* 1 when a $name stands inside a longer text, where it means nothing. */
int tw_model_embedded(const char *text);

#endif
