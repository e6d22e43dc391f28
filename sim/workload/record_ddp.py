"""Records the gradients of every rank of a PyTorch DistributedDataParallel run, for Thinwire.

    import record_ddp                       # this file, on PYTHONPATH
    model = DistributedDataParallel(...)
    recorder = record_ddp.record(model, "recording", steps=20)
    ...                                     # train as always; after 20 steps nothing more is written
    recorder.close()                        # or at exit

Every rank writes recording/grad_RANK.npy, (steps, d) in fp32: its own gradients, as they are before
they are averaged, all parameters in the order of model.module.named_parameters() (those that need a
gradient). Rank 0 also writes recording/layout.csv. In a scenario:

    <gradient source="recorded" file="recording/grad_0.npy" per_rank="yes"
              layout="recording/layout.csv"/>

The hook then averages as DistributedDataParallel does without one. One step is one backward pass that
is synchronised. Each rank needs (steps x d x 4) bytes of disk, and one gradient of memory. Tried with
PyTorch 1.13 on CPUs (gloo); nothing else is needed. A parameter of two or more dimensions is a matrix
of shape[0] rows in the layout, one of fewer a vector.
"""

import os
import struct
import sys
from array import array

import torch
import torch.distributed as dist

HEADER_B = 128  # of the .npy file: prefix and dictionary, padded


def _header(steps, values):
    """numpy/lib/format.py, version 1.0: the shape is rewritten when steps are added."""
    text = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (steps, values)
    body = text.encode("latin1").ljust(HEADER_B - 11) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", HEADER_B - 10) + body


def _bytes(tensor):
    """fp32 values of a CPU tensor, little-endian; without NumPy, which torch may lack."""
    values = array("f", tensor.reshape(-1).tolist())  # fp32 -> double -> fp32 is exact
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


class Recorder:
    """One rank's file. Made by record()."""

    def __init__(self, model, directory, steps):
        self.steps, self.done, self.file = steps, 0, None
        self.group = model.process_group
        self.rank = dist.get_rank(self.group)
        self.places, layout, offset = {}, [], 0
        for name, parameter in model.module.named_parameters():
            if not parameter.requires_grad:
                continue
            if "," in name or len(name.encode()) > 63:
                raise ValueError("the layout cannot hold a parameter called %r" % name)
            shape, size = list(parameter.shape), parameter.numel()
            rows = shape[0] if len(shape) > 1 else 1
            self.places[id(parameter)] = (offset, size)
            layout.append("%s,%d,%d,%d,%d" % (name, offset, rows, size // max(rows, 1), len(shape) < 2))
            offset += size
        self.values = offset
        self.current = torch.zeros(offset, dtype=torch.float32)
        self.seen = 0
        os.makedirs(directory, exist_ok=True)
        if self.rank == 0:
            with open(os.path.join(directory, "layout.csv"), "w") as file:
                file.write("\n".join(["name,offset,rows,columns,vector"] + layout) + "\n")
        self.file = open(os.path.join(directory, "grad_%d.npy" % self.rank), "wb")
        self.file.write(_header(0, self.values))

    def take(self, bucket):
        """Copies a bucket; after the last one of a step, writes the step."""
        if self.file is None:
            return
        for parameter, gradient in zip(bucket.parameters(), bucket.gradients()):
            offset, size = self.places[id(parameter)]
            self.current[offset : offset + size] = gradient.detach().reshape(-1).to("cpu", torch.float32)
            self.seen += size
        if self.seen > self.values:
            raise RuntimeError("a parameter came twice in one step")
        if self.seen == self.values:
            self.seen = 0
            self.file.write(_bytes(self.current))
            self.done += 1
            if self.done == self.steps:
                self.close()

    def close(self):
        """Writes how many steps there are. A step that is not whole is cut off."""
        if self.file is None:
            return
        self.file.truncate(HEADER_B + 4 * self.values * self.done)
        self.file.seek(0)
        self.file.write(_header(self.done, self.values))
        self.file.close()
        self.file = None

    __del__ = close


def _hook(recorder, bucket):
    recorder.take(bucket)
    group = recorder.group
    buffer = bucket.buffer()
    buffer.div_(dist.get_world_size(group))
    future = dist.all_reduce(buffer, group=group, async_op=True).get_future()
    return future.then(lambda done: done.value()[0])


def record(model, directory, steps):
    """Hooks into a DistributedDataParallel model that has no communication hook yet; call it on
    every rank before the first step. Returns the Recorder, whose close() ends it early."""
    recorder = Recorder(model, directory, steps)
    model.register_comm_hook(recorder, _hook)
    return recorder
