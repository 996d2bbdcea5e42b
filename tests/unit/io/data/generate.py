# Files that Python's safetensors writes, beside this file: python generate.py
# Needs numpy, ml_dtypes, safetensors.

import pathlib

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).parent

bits16 = np.array([0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x3C00, 0xC500, 0x7BFF, 0x7C00, 0xFC00, 0x7E01], np.uint16)
every = {
    "bool": np.array([True, False, True]),
    "u8": np.array([[0, 255]], np.uint8),
    "i8": np.array([-128, 127], np.int8),
    "u16": np.array([0, 65535], np.uint16),
    "i16": np.array([-32768, 32767], np.int16),
    "f16": bits16.view(np.float16),
    "bf16": bits16.view(ml_dtypes.bfloat16),
    "u32": np.array([0, 2**32 - 1], np.uint32),
    "i32": np.array([-(2**31), 2**31 - 1], np.int32),
    "f32": np.array([[1.5, -np.inf, 3e-45]], np.float32),
    "u64": np.array([0, 2**32 - 1], np.uint64),
    "i64": np.array([-(2**31), 2**31 - 1], np.int64),
    "f64": np.array(np.pi),
    "empty": np.zeros((0, 3), np.float32),
}
save_file(every, HERE / "python.safetensors", metadata={"made": "by Python"})

# The dtypes of the library, whose file ours must equal byte for byte.
ours = {
    name: every[name]
    for name in ["bool", "u8", "i8", "f16", "bf16", "u32", "i32", "f32", "f64", "empty"]
}
ours["ünï\n\"code\""] = np.arange(6, dtype=np.float32).reshape(2, 3)
ours["10"] = np.ones(3, np.uint8)
ours["9"] = np.ones((), np.int32)
save_file(ours, HERE / "both.safetensors", metadata={"format": "np"})

# .npy of every dtype, in both orders, and archives of them.
arrays = {name: value for name, value in every.items() if name != "bf16"}
arrays["big"] = np.array([1.5, -2], ">f4")
arrays["big16"] = np.array([1, -2], ">i2")
arrays["fortran"] = np.asfortranarray(np.arange(24, dtype=np.float32).reshape(2, 3, 4))
arrays["fortran2"] = np.asfortranarray(np.arange(6, dtype=np.int64).reshape(2, 3))
np.savez(HERE / "stored.npz", **arrays)
np.savez_compressed(HERE / "deflated.npz", **arrays, zeros=np.zeros((100, 100)))

# Every rank has a header of its own; ours must equal them byte for byte.
for rank, array in enumerate([np.float32(2.5), np.arange(3, dtype=np.int32), np.ones((2, 3), np.bool_), np.zeros((1, 1, 10**3), np.uint8)]):
    np.save(HERE / f"rank{rank}.npy", array)
# A shape whose header is exactly as long as leaves no room for a padding of less than 64 bytes.
np.save(HERE / "wide.npy", np.zeros((1,) * 11, np.float16))
