/* Rows and files of a run: columns, CSV, keys, the store that survives interruption, the manifest.
 */
#ifndef TW_RESULTS_H
#define TW_RESULTS_H

#include <stdint.h>
#include <stdio.h>
#include <jansson.h>
#include "base/err.h"

/* Raised by hand whenever results change for the same scenario; part of every key. */
#define TW_MODEL_VERSION 3

/* points.csv: name, kind (T text, R real, I integer), unit, what it is. Order is the contract. */
#define TW_POINT_COLUMNS(X)                                                                        \
    X(key, T, "", "XXH3-128 of the resolved point")                                                \
    X(scenario, T, "", "id of the scenario")                                                       \
    X(method, T, "", "id of the method")                                                           \
    X(compressor, T, "", "member of compressors/")                                                 \
    X(feedback, T, "", "error-feedback rule")                                                      \
    X(collective, T, "", "operation=algorithm of every kind of request made, joined by ;")         \
    X(network, T, "", "executor:model")                                                            \
    X(nodes, I, "", "nodes of the cluster")                                                        \
    X(ranks, I, "", "ranks that train")                                                            \
    X(island, I, "ranks", "ranks that reduce densely before compression")                          \
    X(bandwidth_Bps, R, "B/s",                                                                     \
      "of each node's up link and of its down link; β = 1 ÷ bandwidth_Bps")                        \
    X(latency_s, R, "s", "of each of those links; a message pays α = 2 · latency_s")               \
    X(ratio, R, "", "share kept, as the method's ratio option says; empty without one")            \
    X(dimension, I, "values", "length of the gradient")                                            \
    X(rep, I, "", "repetition, from 0")                                                            \
    X(seed, I, "", "seed of the random streams")                                                   \
    X(status, T, "",                                                                               \
      "ok; diverged: the loss is no number; failed_link, failed_host: a <failure> ended the run")  \
    X(status_step, I, "step", "step at which the status was met; empty for ok")                    \
    X(compute_source, T, "", "model, measured or mpi")                                             \
    X(data_source, T, "", "real, recorded, synthetic, sampled:N or sizes")                         \
    X(steps, I, "", "steps done")                                                                  \
    X(step_time_s, R, "s", "last rank's end of a step − that of the step before; mean over steps") \
    X(step_time_sd_s, R, "s", "standard deviation of that over steps (n−1); 0 for one step")       \
    X(compute_s, R, "s",                                                                           \
      "forward, backward and optimizer; mean over ranks and steps, as the next four")              \
    X(compress_s, R, "s",                                                                          \
      "feedback, compression and decoding; compute_s + compress_s + exposed_s + "                  \
      "wait_s = step_time_s")                                                                      \
    X(transfer_s, R, "s", "from the last rank's posting of an exchange to its end, hidden or not") \
    X(exposed_s, R, "s", "the part of transfer_s during which the rank does nothing else")         \
    X(wait_s, R, "s",                                                                              \
      "from posting an exchange until the last rank has, plus idle at the step's end")             \
    X(sent_B_per_rank, R, "B",                                                                     \
      "payload a rank sends in a step, all phases and hops, inside islands too; mean over ranks "  \
      "and steps")                                                                                 \
    X(messages_per_rank, R, "", "messages a rank sends in a step; mean over ranks and steps")      \
    X(wire_ratio, R, "",                                                                           \
      "sent_B_per_rank ÷ (2 · (ranks − 1) ÷ ranks · 4 · dimension), the dense fp32 "        \
      "ring; empty for one rank")                                                                  \
    X(memory_B_per_rank, R, "B",                                                                   \
      "weights, gradient, the vector to compress (a copy, also without compression; EF14 "         \
      "adds in its memory), feedback, optimizer, compressor; of an island's its share 1 ÷ "       \
      "island")                                                                                    \
    X(final_loss, R, "", "loss at the last evaluated step; empty when diverged")                   \
    X(final_accuracy, R, "", "accuracy at the last evaluated step; empty when diverged")           \
    X(final_distance, R, "",                                                                       \
      "‖w − w*‖ at the last evaluated step, where w* is known; empty when diverged")               \
    X(target_loss, R, "", "the target asked for")                                                  \
    X(steps_to_target, I, "steps", "first evaluated step at or below the target")                  \
    X(time_to_target_s, R, "s", "simulated time of that step's end")                               \
    X(total_time_s, R, "s", "simulated time of the last step's end; step_time_s · steps")

#define TW_STEP_COLUMNS(X)                                                                 \
    X(key, T, "", "of the point")                                                          \
    X(step, I, "", "steps done when this was evaluated; 0 is the start")                   \
    X(time_s, R, "s", "simulated time")                                                    \
    X(step_time_s, R, "s", "of the step just done; empty at 0")                            \
    X(loss, R, "", "mean of the ranks' full losses")                                       \
    X(accuracy, R, "", "share of the held-out set that is classified rightly")             \
    X(distance, R, "", "‖w − w*‖ to the known optimum w*")                                 \
    X(gradient_norm2, R, "",                                                               \
      "squared norm of the mean gradient at these weights, noise of its batches included") \
    X(sent_B_per_rank, R, "B", "payload a rank has sent so far, all steps; mean over ranks")

#define TW_COST_COLUMNS(X)                                                   \
    X(key, T, "", "of the point")                                            \
    X(data_key, T, "", "of its data-plane run")                              \
    X(data_wall_s, R, "s", "wall time of the data-plane run; 0 when reused") \
    X(data_reused, I, "", "1: the trace came from cache/")                   \
    X(time_wall_s, R, "s", "wall time of pricing")                           \
    X(peak_rss_B, R, "B", "largest resident memory of the child")

#define TW_LINK_COLUMNS(X)                                                                    \
    X(key, T, "", "of the point")                                                             \
    X(link, T, "", "SimGrid's name of a link; of a split one, _UP or _DOWN is the direction") \
    X(bandwidth_Bps, R, "B/s", "nominal")                                                     \
    X(carried_B, R, "B", "payload of all steps that went over it")                            \
    X(utilisation, R, "", "carried_B ÷ (bandwidth_Bps · total_time_s); empty where no time passes")

#define TW_ENERGY_COLUMNS(X)                                                            \
    X(key, T, "", "of the point")                                                       \
    X(host, T, "", "SimGrid's name of a host that takes part")                          \
    X(idle_W, R, "W", "what it draws when nothing works")                               \
    X(busy_W, R, "W", "when all of its cores work")                                     \
    X(cores, I, "", "of the host; a rank's work keeps one busy")                        \
    X(busy_s, R, "s", "seconds that its cores work in all steps, all cores together")   \
    X(busy_share, R, "", "busy_s ÷ (cores · total_time_s); empty where no time passes") \
    X(joules, R, "J", "idle_W · total_time_s + what its work draws beyond that")

/* XXH3-128 of text as 32 hex digits. */
void tw_key_of(const char *text, size_t size, char key[33]);

/* One field: RFC 4180 quoting, %.17g, NaN and infinities become empty. NULL text is empty.
 * LC_NUMERIC must be "C", which it is as long as nobody calls setlocale. */
void tw_csv_text(FILE *to, const char *text);
void tw_csv_real(FILE *to, double value);

/* ---- the store: DIR/rows-I-of-N.jsonl, one JSON line per finished or failed point ---- */
struct tw_store; /* opaque */

/* Opens (makes) DIR and takes in every rows-*.jsonl in it; a last line without newline is ignored,
 * any other line that is no row is TW_CORRUPT with file:line. fresh: start over: with one shard
 * every rows file and failed.jsonl are emptied (TW_REFUSED when another writer holds one), with
 * several only the own file is, and the others are not taken in. An flock on the own shard's file
 * keeps a second writer out (TW_REFUSED). A forked child shares that lock. */
tw_status tw_store_open(const char *directory, int shard, int shards, int fresh,
                        struct tw_store **store, struct tw_err *err) TW_MUST_CHECK;
void tw_store_close(struct tw_store *store);
/* In a child that was forked while the store is open: lets go of the file, so that the lock ends
 * with the parent even when that is killed. The child must not use the store otherwise. */
void tw_store_leave(struct tw_store *store);
/* The finished row of a key ({"key","point":{…},"steps":[{…}],"cost":{…}}, where asked for
 * "links":[{…}] and "energy":[{…}], and what else the writer put in), borrowed, or NULL. Two rows
 * of one key that differ in more than "cost" are TW_CORRUPT at open; what only one of them has of
 * the latter stands for both. */
const json_t *tw_store_find(const struct tw_store *store, const char *key);
/* Appends one row with a single write(), all of it or nothing. Members of "point", of each step and
 * of "cost" are columns of the tables above, null or absent for empty; an integer column takes an
 * integer or a text of digits (seeds beyond 2^63); anything else is TW_INTERNAL by name. A row
 * whose key is there already is not written again, unless it brings links or energy that the other
 * has not, and is TW_CORRUPT when it differs. */
tw_status tw_store_append(struct tw_store *store, const json_t *row,
                          struct tw_err *err) TW_MUST_CHECK;
/* Takes in the rows that other shards have appended since; as tw_store_open. */
tw_status tw_store_refresh(struct tw_store *store, struct tw_err *err) TW_MUST_CHECK;
/* Appends the rows of every rows-*.jsonl of another folder, which is only read. TW_CORRUPT when one
 * differs from a row of the same key, or is no row. */
tw_status tw_store_import(struct tw_store *store, const char *directory,
                          struct tw_err *err) TW_MUST_CHECK;
/* Appends one object to DIR/failed.jsonl; its "key" says of which point. */
tw_status tw_store_failed(struct tw_store *store, const json_t *failure,
                          struct tw_err *err) TW_MUST_CHECK;

/* The rows of points.csv, in their order, and its further columns. Several rows may have one key
 * (an axis that changes nothing for a method): they differ in the texts of their axes alone. */
struct tw_sheet {
    const char *const *keys; /* key_count */
    int key_count;
    const char *const *axes; /* axis_count names; one that is a column already is skipped */
    int axis_count;
    const char *const *values; /* key_count × axis_count, as written in the scenario */
};

/* Writes points.csv, steps.csv and cost.csv, each to a temporary name and then renamed; the latter
 * two hold each key once. So do links.csv and energy.csv, which are there when some row has them.
 * First takes in what other shards have written meanwhile, and lets no other writer of the
 * directory between. Keys without a row are left out; *missing counts them. failed.jsonl loses the
 * entries of keys that have a row by now, and goes when it is empty. */
tw_status tw_results_write(struct tw_store *store, const char *directory,
                           const struct tw_sheet *sheet, int *missing,
                           struct tw_err *err) TW_MUST_CHECK;

/* manifest.json: what ran, of what, where; no host or user name, no absolute path (in the texts of
 * `resolved` one is cut to …/last-part). Every number called "seed" in `resolved` is in "seeds". */
tw_status tw_manifest_write(const char *directory, const json_t *resolved,
                            struct tw_err *err) TW_MUST_CHECK;

/* Writes text to DIR/name by way of a temporary name, fsync and rename: a reader sees the old file
 * or the new one. TW_IO names the file. */
tw_status tw_file_replace(const char *directory, const char *name, const char *text, size_t size,
                          struct tw_err *err) TW_MUST_CHECK;

/* ---- figures: DIR/plots/TYPE.gp, .svg, .png by gnuplot ---- */
int tw_figure_count(void);
const char *tw_figure_name(int index);
const char *tw_figure_summary(int index); /* one line for `thinwire list` */
/* Draws one type from DIR/points.csv and steps.csv. title: the question asked (NULL or "": the
 * type's own); labels maps method ids to legends ({"id":"label"}, NULL: ids); baseline is the
 * method that ratios are against (NULL or "": types that need one are TW_INPUT). Without gnuplot
 * the script and its CSV stay and TW_OK is returned with *drawn = 0. TW_UNKNOWN: no such type;
 * TW_INPUT: the CSVs lack what it shows; TW_REFUSED: more panels than one picture holds; TW_IO
 * names the file or carries gnuplot's own message. */
/* A figure of some methods only, under a name of its own (files plots/NAME.*). The baseline is kept
 * whether it is listed or not, for ratios need it. */
struct tw_figure_part {
    const char *name;
    const char *const *methods;
    int method_count;
};

/* part may be NULL: all methods, named as the type. TW_UNKNOWN: a method that has no row. */
tw_status tw_figure_draw_part(const char *directory, const char *type,
                              const struct tw_figure_part *part, const char *title,
                              const json_t *labels, const char *baseline, int *drawn,
                              struct tw_err *err) TW_MUST_CHECK;
tw_status tw_figure_draw(const char *directory, const char *type, const char *title,
                         const json_t *labels, const char *baseline, int *drawn,
                         struct tw_err *err) TW_MUST_CHECK;

#endif
