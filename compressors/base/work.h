/* Work as data: which kernel ran over how many elements. Seconds come later, from a device. */
#ifndef TW_BASE_WORK_H
#define TW_BASE_WORK_H

#include <stdint.h>
#include "status.h"

/* The kernels that callbacks report and device profiles price: name, what one element is.
 * `selected` counts what a kernel kept or touched sparsely (select, pack, scatter), else 0. */
#define TW_KERNEL_LIST(X)                                                                        \
    X(COPY, "copy", "a value copied or scaled")                                                  \
    X(ADD, "add", "a value read, added to another and written (axpy, residuals)")                \
    X(CAST, "cast", "a value converted to or from a narrower type")                              \
    X(SELECT, "select", "a value searched for the k largest; selected = k")                      \
    X(SUBSET, "subset", "an index of the range a random subset is drawn from; selected = k")     \
    X(PACK, "pack", "a value gathered by index into a message; selected = values packed")        \
    X(SCATTER, "scatter", "a value of the dense result; selected = entries added by index")      \
    X(SKETCH, "sketch", "a third of the product of a value of a matrix with four columns")       \
    X(NORMAL, "normal", "a normal number drawn")                                                 \
    X(NORM, "norm", "a value squared and summed")                                                \
    X(UPDATE, "update", "a weight updated by the optimizer")                                     \
    X(QUANTISE, "quantise", "a value rounded to a short code of its group's scale, packed")      \
    X(DITHER, "dither", "a value rounded at random to a short code, packed")                     \
    X(DEQUANTISE, "dequantise", "a value decoded from a short code and added")                   \
    X(RICE, "rice", "an index coded or decoded as a Rice gap")                                   \
    X(ORTHO, "orthogonalise", "a value of n rows times the square of their columns' number")     \
    X(SKETCH_TRANSPOSED, "sketch_transposed", "as sketch, of a matrix that lies transposed")     \
    X(EXPAND, "expand", "a value of a product of thin factors, times 1 + their columns' number") \
    X(ZERO, "zero", "a value set to zero")                                                       \
    X(READ, "read", "a value read and no more than squared, compared or counted")                \
    X(FILTER, "filter", "a value held against a threshold; selected = indices written")          \
    X(TABLE, "table", "a cell of a hashed table found, and added to or read")                    \
    X(HISTOGRAM, "histogram", "a square added to the bin of its value's leading bits")
#define TW_KERNEL_CODE(code, name, element) TW_KERNEL_##code,
enum tw_kernel { TW_KERNEL_LIST(TW_KERNEL_CODE) TW_KERNEL_COUNT };
#undef TW_KERNEL_CODE

const char *tw_kernel_name(enum tw_kernel kernel);
int tw_kernel_by_name(const char *name); /* or -1 */

struct tw_work_item {
    enum tw_kernel kernel;
    uint64_t elements, selected;
};

/* A growing list, zeroed at birth, freed by tw_work_free. tw_work_add never fails loudly: when
 * memory runs out it sets `failed`, which whoever reads the list checks once. Capacity is kept by
 * tw_work_clear, so a steady loop allocates nothing. */
struct tw_work {
    struct tw_work_item *items;
    int count, capacity, failed;
};

void tw_work_add(struct tw_work *work, enum tw_kernel kernel, uint64_t elements, uint64_t selected);
void tw_work_clear(struct tw_work *work);
void tw_work_free(struct tw_work *work);

#endif
