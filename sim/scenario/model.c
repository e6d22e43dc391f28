/* Looking things up in the tree of elements, and what counts as $name. */
#include "model.h"

#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
#define WORD LETTERS "0123456789"

static struct tw_node *named(struct tw_node *element, const char *name)
{
    while (element && strcmp(element->name, name) != 0)
        element = element->next;
    return element;
}

struct tw_node *tw_model_child(const struct tw_node *parent, const char *name)
{
    return parent ? named(parent->first, name) : NULL;
}

struct tw_node *tw_model_next(const struct tw_node *element)
{
    return named(element->next, element->name);
}

struct tw_attribute *tw_model_attribute(const struct tw_node *element, const char *name)
{
    for (int i = 0; element && i < element->attribute_count; i++)
        if (strcmp(element->attributes[i].name, name) == 0)
            return &element->attributes[i];
    return NULL;
}

const char *tw_model_text(const struct tw_node *element, const char *name)
{
    const struct tw_attribute *attribute = tw_model_attribute(element, name);
    return attribute ? attribute->text : NULL;
}

static int starts_name(const char *dollar)
{
    return dollar[1] != '\0' && strchr(LETTERS, dollar[1]) != NULL;
}

const char *tw_model_reference(const char *text)
{
    if (text[0] != '$' || !starts_name(text) || text[1 + strspn(text + 1, WORD)] != '\0')
        return NULL;
    return text + 1;
}

int tw_model_embedded(const char *text)
{
    if (tw_model_reference(text))
        return 0;
    for (const char *dollar = strchr(text, '$'); dollar; dollar = strchr(dollar + 1, '$'))
        if (starts_name(dollar))
            return 1;
    return 0;
}
