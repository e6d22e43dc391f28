/* A recording of gradients: one file with all ranks, or a file per rank; in .npy, .npz or
 * safetensors, which is told by its first bytes.
 *
 *   .npy                  one array: (steps, ranks, d), or (steps, d) of one rank; which tensors
 * lie in the d values is told by a layout (tensor_csv.h), else they are one vector .npz,
 * safetensors     an array per tensor, called as the tensor: (steps, ranks, …shape); in the file's
 * order, or in that of a layout, which must name each of them and agree about its size a file per
 * rank       the same without the dimension of ranks: (steps, d), (steps, …shape)
 *
 * A tensor of two or more dimensions is a matrix of shape[0] rows, one of fewer a vector. */
#ifndef TW_WORKLOAD_RECORDING_H
#define TW_WORKLOAD_RECORDING_H

#include "arrays.h"
#include "models.h"

/* A part of a gradient that lies in one piece in a file. */
struct tw_recorded_piece {
    const char *name;      /* "": the whole gradient */
    uint64_t first, count; /* values of the gradient */
};

struct tw_recorded_file; /* opaque: a mapped file and its arrays */

struct tw_recording {
    struct tw_model model; /* the tensors of a gradient */
    uint64_t steps, ranks, dimension;
    struct tw_recorded_piece *pieces; /* owned, like the next */
    int piece_count;
    struct tw_recorded_file *files;
    int file_count;
    int per_rank;
    uint64_t layout_hash;
};

/* layout: "" for none. per_rank: `file` is rank 0's; see tw_recording_rank_file. Values are not
 * looked at. TW_IO, TW_MEMORY, TW_REFUSED; TW_CORRUPT: damaged, or shapes that do not go together
 * (the text names the file and what was expected); TW_INPUT: no 0 in the name. On failure the
 * recording is closed. */
tw_status tw_recording_open(const char *file, const char *layout, int per_rank,
                            struct tw_recording *recording, struct tw_err *err) TW_MUST_CHECK;
void tw_recording_close(struct tw_recording *recording); /* accepts a zeroed one */

/* The name of rank's file: that of rank 0 with its last number, which must be 0, 00, …, replaced,
 * as wide if it fits. Only the part behind the last slash counts. 0: there is no such number, or
 * the name does not fit into size. */
int tw_recording_rank_file(const char *file, uint64_t rank, char *path, size_t size);

/* Values first … first + count − 1 of a piece of the gradient of (step, rank), all of which must
 * exist, exactly. */
void tw_recording_read(const struct tw_recording *recording, uint64_t step, uint64_t rank,
                       int piece, uint64_t first, uint64_t count, double *out);

/* XXH3-64 of all files and the layout. Reads them. */
uint64_t tw_recording_hash(const struct tw_recording *recording);

#endif
