#!/usr/bin/env python3
"""A plug-in and a built-in compressor driven from Python, two ranks, the exchange done here.

    python3 example_ctypes.py libthinwire-compressors.so stride.so

The plug-in's table gives its ops, tw_compressor_find those of a built-in one; both go through
one_rank.h. Only what this example needs of the structures is spelled out."""
import ctypes as c
import sys

RANKS, D = 2, 8
SUM, GATHER = 0, 1  # enum tw_request_kind
SIZES = [4, 8, 2, 4, 8, 1]  # bytes by enum tw_element


class Err(c.Structure):
    _fields_ = [("status", c.c_int), ("file", c.c_char * 256), ("line", c.c_long),
                ("text", c.c_char * 768), ("hint", c.c_char * 512)]


class Request(c.Structure):
    _fields_ = [("kind", c.c_int), ("element", c.c_int), ("combine", c.c_int),
                ("count", c.c_uint64), ("data", c.c_void_p), ("root", c.c_int),
                ("counts", c.c_void_p), ("room", c.c_uint64)]


class Answer(c.Structure):
    _fields_ = [("kind", c.c_int), ("element", c.c_int), ("ranks", c.c_int),
                ("count", c.c_uint64), ("data", c.c_void_p), ("starts", c.c_void_p)]


class Plugin(c.Structure):
    _fields_ = [("version", c.c_uint32), ("size_B", c.c_uint32 * 10), ("f32", c.c_void_p),
                ("f64", c.c_void_p)]


# RTLD_GLOBAL: a plug-in takes from the library what it calls of it.
library = c.CDLL(sys.argv[1], mode=c.RTLD_GLOBAL)
library.tw_compressor_find.restype = c.c_void_p
library.tw_one_rank_open.restype = c.c_void_p
library.tw_one_rank_open.argtypes = [c.c_void_p, c.c_char_p, c.c_uint64, c.c_uint64, c.c_int,
                                     c.c_int, c.c_uint64, c.c_void_p]
for name in ("close", "phases", "begin", "local", "digest", "mean", "own"):
    function = getattr(library, "tw_one_rank_" + name)
    function.restype = c.c_int if name in ("phases", "local", "digest") else None
    function.argtypes = {"close": [c.c_void_p], "phases": [c.c_void_p],
                         "begin": [c.c_void_p, c.c_uint32],
                         "local": [c.c_void_p, c.c_int] + [c.c_void_p] * 3,
                         "digest": [c.c_void_p, c.c_int, c.c_void_p],
                         "mean": [c.c_void_p, c.c_void_p],
                         "own": [c.c_void_p, c.c_double, c.c_void_p]}[name]


def done(status):
    if status != 0:
        raise RuntimeError("status %d" % status)


def exchange(requests):
    """The answer to SUM of f32 and to GATHER, and the buffers that it borrows."""
    first = requests[0]
    sent = [c.string_at(r.data, r.count * SIZES[r.element]) for r in requests]
    if first.kind == SUM:
        rows = [(c.c_float * first.count).from_buffer_copy(s) for s in sent]
        data = (c.c_float * first.count)(*map(sum, zip(*rows)))
        starts, count = None, first.count
    elif first.kind == GATHER:
        counts = [r.count for r in requests]
        starts = (c.c_uint64 * (RANKS + 1))(*[sum(counts[:r]) for r in range(RANKS + 1)])
        data, count = c.create_string_buffer(b"".join(sent)), sum(counts)
    else:
        raise RuntimeError("request kind %d is not answered here" % first.kind)
    return Answer(first.kind, first.element, RANKS, count, c.cast(data, c.c_void_p),
                  c.cast(starts, c.c_void_p)), (data, starts)


def step(ops, options, vectors, number):
    """Bytes of every rank, the mean, and what rank 0 sent of its own."""
    err, ranks = Err(), []
    for rank in range(RANKS):
        ranks.append(library.tw_one_rank_open(ops, options, 1, D, RANKS, rank, 20260101,
                                              c.byref(err)))
        if not ranks[-1]:
            raise ValueError((err.text + b"; " + err.hint).decode())
    x = [(c.c_float * D)(*v) for v in vectors]
    out, own, sent = (c.c_float * D)(), (c.c_float * D)(), [0] * RANKS
    for rank in ranks:
        library.tw_one_rank_begin(rank, number)
    for phase in range(library.tw_one_rank_phases(ranks[0])):
        requests = [Request() for _ in ranks]
        for r, rank in enumerate(ranks):
            done(library.tw_one_rank_local(rank, phase, x[r], None, c.byref(requests[r])))
            sent[r] += requests[r].count * SIZES[requests[r].element]
        answer, kept = exchange(requests)
        for rank in ranks:
            done(library.tw_one_rank_digest(rank, phase, c.byref(answer)))
    library.tw_one_rank_mean(ranks[0], out)
    library.tw_one_rank_own(ranks[0], 1.0, own)
    for rank in ranks:
        library.tw_one_rank_close(rank)
    del kept  # borrowed until here
    return sent, list(out), list(own)


plugin = c.CDLL(sys.argv[2])
table = Plugin.in_dll(plugin, "tw_plugin_table")
err = Err()
if library.tw_plugin_check(c.byref(table), c.byref(err)) != 0:
    sys.exit(err.text.decode())
vectors = [[1, 2, 3, 4, 5, 6, 7, 8], [3, 0, -3, 0, 5, 0, 1, 0]]
print("stride", *step(table.f32, b"stride=4", vectors, 1))
print("topk", *step(library.tw_compressor_find(b"topk", 0), b"ratio=0.25", vectors, 0))
try:
    step(table.f32, b"stride=0", vectors, 0)
except ValueError as refused:
    print("refused:", refused)
