"""Reads the event file beside it with TensorBoard (2.21), strictly, and prints what it finds: run it after a change of
the fixture. The fixture is what src/train/tensorBoard/events.ts encodes for the events in tensorBoard.test.ts; the
test compares the bytes, this script shows that TensorBoard understands them.

    pip install tensorboard && python tests/unit/train/data/readEvents.py
"""

import math
import pathlib

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

path = pathlib.Path(__file__).parent / "events.out.tfevents.0000000001.cotangent"
raw = list(EventFileLoader(str(path)).Load())
assert [event.WhichOneof("what") for event in raw] == ["file_version", "session_log", "summary", "summary", "summary"]
assert raw[0].file_version == "brain.Event:2" and raw[0].wall_time == 1.5
assert raw[1].session_log.status == 1 and raw[1].step == 3

board = EventAccumulator(str(path))
board.Reload()
scalars = {tag: [(e.wall_time, e.step, e.value) for e in board.Scalars(tag)] for tag in board.Tags()["scalars"]}
for tag, points in scalars.items():
    print(tag, points)
assert set(scalars) == {"loss", "accuracy", "batch/loss", "präzision"}
assert scalars["accuracy"] == [(2.25, 3, 0.75)]
assert scalars["batch/loss"] == [(3.0, 300, -math.inf)]
assert scalars["präzision"] == [(4.0, 2**40, 1.0)]
assert scalars["loss"][0] == (2.25, 3, 0.5) and abs(scalars["loss"][1][2] - 1e-8) < 1e-15
assert math.isnan(scalars["loss"][2][2]) and scalars["loss"][2][1] == 2**40
