/* How layer tables are made, for the files that hold them. */
#ifndef TW_WORKLOAD_MODEL_BUILDER_H
#define TW_WORKLOAD_MODEL_BUILDER_H

#include "models.h"

struct tw_model_builder {
    struct tw_model *model;
    int capacity, failed; /* failed: memory ran out; what is added after that is dropped */
};

/* A tensor called prefix + name (63 bytes together); rows = 0 makes a vector. */
void tw_model_add(struct tw_model_builder *builder, const char *prefix, const char *name,
                  uint64_t rows, uint64_t columns);

/* The tables of a file: 1 when it knows the name. */
int tw_model_add_vision(struct tw_model_builder *builder, const char *name);
int tw_model_add_language(struct tw_model_builder *builder, const char *name);

#endif
