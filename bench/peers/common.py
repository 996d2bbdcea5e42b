"""
What the Python peers share: the numbers of the workloads, summaries of results, and the loop that answers commands.
The formats are those of bench/workloads/tensor.ts, bench/session/summary.ts and bench/session/protocol.ts.
"""

import json
import os
import sys
import time

import numpy as np

# Replies have the real standard output to themselves.
replies = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

ADAM = {"rate": 1e-3, "b1": 0.9, "b2": 0.999, "eps": 1e-8}
SMALL, BLOCKS, BROKEN = 4096, 1024, 1e300


def tensor(spec):
    """The numbers of a recipe, as float32."""
    shape = tuple(spec["shape"])
    if spec["oneHot"]:
        data = np.zeros(shape, np.float32)
        rows = np.arange(shape[0])
        data[rows, (rows * 7) % shape[1]] = 1
        return data
    step = np.uint32(0x9E3779B1)
    with np.errstate(over="ignore"):
        h = np.arange(int(np.prod(shape)), dtype=np.uint32) * step + np.uint32(spec["seed"]) * step
        h ^= h >> np.uint32(16)
        h *= np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(13)
        h *= np.uint32(0xC2B2AE35)
        h ^= h >> np.uint32(16)
    unit = h.astype(np.float64) / 2.0**32 * 2 - 1
    return (spec["offset"] + spec["scale"] * unit).astype(np.float32).reshape(shape)


def tensors(specs):
    return {name: tensor(spec) for name, spec in specs.items()}


def summarize(array):
    """All numbers of a small array; first, smallest, largest and mean of blocks of a large one."""
    data = np.asarray(array, np.float64).ravel()
    size = data.size
    if size > SMALL:
        starts = np.arange(BLOCKS) * size // BLOCKS
        counts = np.diff(np.append(starts, size))
        columns = [
            data[starts],
            np.minimum.reduceat(data, starts),
            np.maximum.reduceat(data, starts),
            np.add.reduceat(data, starts) / counts,
        ]
        data = np.stack(columns, axis=1).ravel()
    return {"size": size, "values": np.where(np.isfinite(data), data, BROKEN).tolist()}


def sample(prepared, repeat):
    """Milliseconds a step."""
    start = time.perf_counter()
    for _ in range(repeat):
        prepared.step()
    prepared.finish()
    return (time.perf_counter() - start) * 1000 / repeat


def warm(prepared, first):
    if first > 2000:
        return first
    typical = sample(prepared, 1)
    until = time.perf_counter() + 0.5
    while time.perf_counter() < until:
        typical = sample(prepared, max(1, min(50, round(20 / max(typical, 1e-3)))))
    return typical


def prepare(library, workload):
    if workload["firstCall"]:
        library.trivial()
    prepared = library.prepare(workload, tensors(workload["data"]), tensors(workload["params"]))
    times, outputs = [], []
    for _ in range(workload["checkedSteps"]):
        times.append(sample(prepared, 1))
        outputs += [summarize(x) for x in prepared.output()]
    typical = times[-1] if workload["firstCall"] else warm(prepared, times[-1])
    return prepared, {"outputs": outputs, "first": times[0], "typical": typical}


def serve(open_library):
    """Answers commands, a line each, until there are no more."""
    library = prepared = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            command, result = request["command"], None
            if command == "open":
                library = open_library(request["threads"])
                result = {"version": library.version, "note": library.note}
            elif command == "prepare":
                prepared = None
                prepared, result = prepare(library, request["workload"])
            elif command == "sample":
                result = sample(prepared, request["repeat"])
            elif command == "dispose":
                prepared = None
            reply = {"ok": True, "result": result}
        except Exception as error:  # every failure is the row's, not the program's
            reply = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()
