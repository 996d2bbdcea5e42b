// A small convolutional network that tells sounds apart by their spectrograms, which a layer makes of the waveform.

import { jit, nn, numpy as np, optim, random, type NDArray } from 'cotangent'
import { modelInstance, randomBatch, type Instances } from '../support/instance.js'

/** Values of a sound in a second. */
export const sampleRate = 8000
/** Values of a sound: half a second. */
export const length = 4096

/** How a waveform is cut into frames, in values. */
export interface Framing {
  readonly frame: number
  readonly hop: number
}

const framing: Framing = { frame: 128, hop: 64 }

/**
 * The short-time Fourier transform by matrices: waves [batch, values] → log power, [batch, frames, frame / 2]. Frames
 * overlap and fade in and out (Hann's window); sums with cosines and sines are products with two constant matrices.
 * Frequency k is k / frame of the sample rate.
 */
export function spectrogram(waves: NDArray, { frame, hop }: Framing = framing): NDArray {
  const [, values = 0] = waves.shape
  const frames = Math.floor((values - frame) / hop) + 1
  const int = { dtype: 'int32' } as const
  const starts = np.arange(0, frames * hop, hop, int).reshape([frames, 1])
  const cut = np.take(waves, np.add(starts, np.arange(frame, null, 1, int)), 1)
  const windowed = np.multiply(cut, np.hanning(frame).astype(waves.dtype))
  const time = np.arange(frame, null, 1, { dtype: waves.dtype }).reshape([frame, 1])
  const angles = time.mul(np.arange(frame / 2, null, 1, { dtype: waves.dtype })).mul((2 * Math.PI) / frame)
  const [even, odd] = [np.matmul(windowed, np.cos(angles)), np.matmul(windowed, np.sin(angles))]
  return np.log(np.add(np.square(even), np.square(odd)).add(1e-3))
}

/** The spectrogram as a layer, brought to about 0 ± 1, with an axis of channels. */
const spectrogramLayer = (options: Framing) =>
  nn.activation((waves) => np.expandDims(spectrogram(waves, options).div(4), -1))

/** Waves [batch, values] → logits of the kinds of sounds, [batch, classes]. */
export const model = (classes: number, options: Framing = framing, channels = 8) =>
  nn.sequential(
    spectrogramLayer(options),
    nn.conv(channels, 3, { strides: 2 }),
    nn.activation(nn.relu),
    nn.conv(2 * channels, 3, { strides: 2 }),
    nn.activation(nn.relu),
    nn.conv(4 * channels, 3),
    nn.activation(nn.relu),
    // Neither when nor how high: the largest value anywhere, and the mean.
    nn.parallel([nn.activation((x) => np.max(x, [1, 2])), nn.globalAvgPool()]),
    nn.dense(classes),
  )

export const loss = nn.losses.softmaxCrossEntropy

export const kinds = [
  'tone',
  'chord',
  'rising chirp',
  'falling chirp',
  'vibrato',
  'tremolo',
  'clicks',
  'noise',
] as const

/** All kinds of sounds with the same random quantities, [batch, values] each. */
function allKinds(key: random.Key, n: number, values: number): NDArray[] {
  const draw = (i: number, minval: number, maxval: number): NDArray =>
    random.uniform(random.foldIn(key, i), [n, 1], { minval, maxval })
  const time = np.arange(values, null, 1, { dtype: 'float32' }).div(sampleRate).reshape([1, values])
  const duration = values / sampleRate
  const [low, high] = [draw(0, 200, 1500), draw(1, 1700, 3500)]
  const start = draw(2, 0, 1)
  /** A sine after so many turns. */
  const wave = (turns: NDArray): NDArray => np.sin(turns.add(start).mul(2 * Math.PI))
  const tone = low.mul(time)
  // From `low` to `high` and back the frequency is linear in time, the turns are its integral.
  const rise = np
    .subtract(high, low)
    .mul(np.square(time))
    .div(2 * duration)
  const [slow, angle] = [draw(3, 6, 14), start.mul(2 * Math.PI)]
  const swing = slow
    .mul(time)
    .mul(2 * Math.PI)
    .add(angle)
  // Clicks: the short time in each period in which a cosine is close to 1.
  const beat = np.cos(time.mul(draw(4, 12, 30).mul(2 * Math.PI)).add(angle))
  const noise = random.normal(random.foldIn(key, 5), [n, values])
  return [
    wave(tone),
    np.add(np.add(wave(tone), wave(tone.mul(1.5))), wave(tone.mul(2))).div(2),
    wave(tone.add(rise)),
    wave(high.mul(time).sub(rise)),
    // The frequency swings by 15 %.
    wave(
      tone.sub(
        np
          .cos(swing)
          .mul(low.mul(0.15))
          .div(slow.mul(2 * Math.PI)),
      ),
    ),
    wave(tone).mul(np.sin(swing).mul(0.5).add(0.5)),
    np.where(np.greater(beat, 0.97), noise.mul(1.5), 0),
    noise.mul(0.5),
  ]
}

/**
 * `n` sounds of half a second, x [n, 4096], and their kinds, y [n]; of any loudness, in background noise of any
 * loudness.
 */
export const sounds = jit(
  (key: random.Key, n: number): [x: NDArray, y: NDArray] => {
    const own = (i: number): random.Key => random.foldIn(key, i)
    const all = allKinds(own(0), n, length)
    const y = random.randint(own(1), { minval: 0, maxval: kinds.length, shape: [n] })
    const chosen = all.reduce(
      (sum, sound, kind) => {
        return np.where(np.equal(y, kind).reshape([n, 1]), sound, sum)
      },
      np.zeros([n, length]),
    )
    const loudness = random.uniform(own(2), [n, 1], { minval: 0.3, maxval: 1 })
    const background = random.uniform(own(3), [n, 1], { minval: 0.02, maxval: 0.3 })
    return [chosen.mul(loudness).add(random.normal(own(4), [n, length]).mul(background)), y]
  },
  { staticArgnums: [1] },
)

/** Adam, whose rate falls to zero along a cosine. */
export const optimizer = (steps: number) => optim.adam(optim.cosineDecaySchedule(4e-3, steps))

export const instances: Instances = {
  audioClassification: modelInstance(model(3, { frame: 8, hop: 4 }, 2), loss, randomBatch([2, 32], 3)),
}
