# PNG files of every kind, written by Pillow and by hand where Pillow cannot, with the pixels that are in them, in
# png.npz beside this file: python generate.py. Needs numpy and Pillow.

import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image

HERE = pathlib.Path(__file__).parent
rng = np.random.default_rng(0)
H, W = 5, 7
files, pixels = {}, {}


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def scanlines(samples, depth):
    """Rows of [height, width, channels], each with another filter."""
    out = b""
    if 0 in samples.shape:
        return out
    bpp = max(1, samples.shape[2] * depth // 8)
    before = None
    for y, row in enumerate(samples):
        flat = row.reshape(-1)
        if depth == 16:
            raw = flat.astype(">u2").tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in flat)
            raw = bytes(int(bits[i : i + 8].ljust(8, "0"), 2) for i in range(0, len(bits), 8))
        before = before or bytes(len(raw))
        kind = y % 5
        line = []
        for i, x in enumerate(raw):
            a = raw[i - bpp] if i >= bpp else 0
            b = before[i]
            c = before[i - bpp] if i >= bpp else 0
            line.append((x - [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) & 255)
        out += bytes([kind]) + bytes(line)
        before = raw
    return out


def by_hand(samples, depth, color, extra=b"", interlaced=False):
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    parts = [samples[y::dy, x::dx] for x, y, dx, dy in passes] if interlaced else [samples]
    raw = zlib.compress(b"".join(scanlines(part, depth) for part in parts))
    header = struct.pack(">IIBBBBB", W, H, depth, color, 0, 0, int(interlaced))
    data = chunk(b"IDAT", raw[:20]) + chunk(b"IDAT", raw[20:])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + data + chunk(b"IEND", b"")


def add(name, content, expected):
    expected = np.asarray(expected)
    files[name] = np.frombuffer(content, np.uint8)
    pixels[name] = expected.reshape(H, W, -1)


def pillow(name, image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "PNG", **options)
    add(name, buffer.getvalue(), np.asarray(image))


for mode, channels in [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4)]:
    shape = (H, W) if channels == 1 else (H, W, channels)
    pillow(f"pillow {mode}", Image.fromarray(rng.integers(0, 256, shape, np.uint8), mode))
bilevel = rng.integers(0, 2, (H, W)).astype(bool)
buffer = io.BytesIO()
Image.fromarray(bilevel).save(buffer, "PNG")
add("pillow 1", buffer.getvalue(), bilevel.astype(np.uint8) * 255)
pillow("pillow I;16", Image.fromarray(rng.integers(0, 65536, (H, W), np.uint16)))
for bits in [1, 2, 4, 8]:
    indices = rng.integers(0, 2**bits, (H, W), np.uint8)
    palette = rng.integers(0, 256, (2**bits, 3), np.uint8)
    image = Image.fromarray(indices, "P")
    image.putpalette(palette.tobytes())
    buffer = io.BytesIO()
    image.save(buffer, "PNG", bits=bits)
    add(f"pillow P {bits}", buffer.getvalue(), palette[indices])
    buffer = io.BytesIO()
    alpha = bytes(range(0, 2))
    image.save(buffer, "PNG", bits=bits, transparency=alpha)
    add(f"pillow P {bits} tRNS", buffer.getvalue(), Image.open(io.BytesIO(buffer.getvalue())).convert("RGBA"))

for color, channels in [(0, 1), (2, 3), (4, 2), (6, 4)]:
    for depth in [8, 16]:
        for interlaced in [False, True]:
            samples = rng.integers(0, 2**depth, (H, W, channels))
            kind = np.uint8 if depth == 8 else np.int32
            name = f"color {color} depth {depth}{' interlaced' if interlaced else ''}"
            add(name, by_hand(samples, depth, color, interlaced=interlaced), samples.astype(kind))
for depth in [1, 2, 4]:
    samples = rng.integers(0, 2**depth, (H, W, 1))
    add(f"grey {depth}", by_hand(samples, depth, 0), (samples * (255 // (2**depth - 1))).astype(np.uint8))
samples = rng.integers(0, 4, (H, W, 1))
grey = np.concatenate([samples * 85, np.where(samples == 2, 0, 255)], 2)
add("grey 2 key", by_hand(samples, 2, 0, chunk(b"tRNS", struct.pack(">H", 2))), grey.astype(np.uint8))
samples = rng.integers(0, 2, (H, W, 3))
rgb = np.concatenate([samples, np.where((samples == [1, 0, 1]).all(2, keepdims=True), 0, 65535)], 2)
add("RGB 16 key", by_hand(samples, 16, 2, chunk(b"tRNS", struct.pack(">HHH", 1, 0, 1))), rgb.astype(np.int32))

np.savez_compressed(
    HERE / "png.npz",
    **{f"file {name}": content for name, content in files.items()},
    **{f"pixels {name}": value for name, value in pixels.items()},
)
print(len(files), "files")
