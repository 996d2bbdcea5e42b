/**
 * Augmentation of images [batch, height, width, channels]: pure functions of a key and a batch, each example changed
 * for itself. They are made of array functions alone, so they run on any device, inside `jit` and under `vmap`.
 */

import { isFloat } from '../core/dtype.js'
import { fail } from '../core/errors.js'
import type { NDArray } from '../core/ndarray.js'
import { dynamicSlice } from '../lax/index.js'
import * as np from '../numpy/index.js'
import * as random from '../random/index.js'
import { vmap } from '../transforms/index.js'

function checkImages(operation: string, x: NDArray): readonly [n: number, h: number, w: number, c: number] {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape
  if (x.ndim !== 4)
    fail('shape', {
      operation,
      shapes: [x.shape],
      expected: 'images [batch, height, width, channels]',
      fix: 'np.expandDims adds the axis that is missing.',
    })
  return [n, h, w, c]
}

function checkFloats(operation: string, x: NDArray): void {
  if (!isFloat(x.dtype))
    fail('dtype', {
      operation,
      dtypes: [x.dtype],
      expected: 'float images',
      fix: 'Convert them with astype.',
    })
}

function checkSize(operation: string, argument: string, received: number, most: number): void {
  if (Number.isInteger(received) && received >= 0 && received <= most) return
  fail('argument', {
    operation,
    argument,
    received: String(received),
    expected: `a whole number from 0 to ${most}`,
  })
}

export interface FlipOptions {
  /** Which way: 'horizontal' (the default) exchanges left and right, 'vertical' top and bottom. */
  readonly direction?: 'horizontal' | 'vertical'
  /** The probability of a flip; default 0.5. */
  readonly probability?: number
}

/**
 * Each image flipped with a probability: [batch, height, width, channels] → the same.
 *
 * @example
 * ```ts
 * import { data, numpy as np, random } from 'cotangent'
 * const images = np.arange(4).reshape([1, 1, 4, 1])
 * console.log(data.randomFlip(random.key(0), images, { probability: 1 }).ravel().js()) // [3, 2, 1, 0]
 * ```
 */
export function randomFlip(
  key: random.Key,
  images: NDArray,
  { direction = 'horizontal', probability = 0.5 }: FlipOptions = {},
): NDArray {
  const [n] = checkImages('data.randomFlip', images)
  const isFlipped = random.bernoulli(key, probability, [n, 1, 1, 1])
  return np.where(isFlipped, np.flip(images, direction === 'horizontal' ? 2 : 1), images)
}

/** A window of `size` of each image, whose corners are chosen with equal chance. */
function crop(key: random.Key, images: NDArray, [height, width]: readonly [number, number]): NDArray {
  const [n = 0, h = 0, w = 0, c = 0] = images.shape
  const corner = (i: number, most: number): NDArray =>
    random.randint(random.foldIn(key, i), { minval: 0, maxval: most + 1, shape: [n] })
  const window = (image: NDArray, y: NDArray, x: NDArray): NDArray =>
    dynamicSlice(image, [y, x, 0], [height, width, c])
  return vmap(window)(images, corner(0, h - height), corner(1, w - width))
}

/**
 * Each image shifted by up to `pixels` in each direction, with `fill` where nothing is (a random crop of the padded
 * image, as for CIFAR-10): [batch, height, width, channels] → the same.
 *
 * @example
 * ```ts
 * import { data, numpy as np, random } from 'cotangent'
 * const shifted = data.randomShift(random.key(0), np.ones([8, 28, 28, 1]), 2)
 * console.log(shifted.shape) // [8, 28, 28, 1]
 * ```
 */
export function randomShift(
  key: random.Key,
  images: NDArray,
  pixels: number,
  { fill = 0 }: { readonly fill?: number } = {},
): NDArray {
  const [, h, w] = checkImages('data.randomShift', images)
  checkSize('data.randomShift', 'pixels', pixels, Math.max(h, w))
  const margin = [pixels, pixels] as const
  const padded = np.pad(images, [[0, 0], margin, margin, [0, 0]], 'constant', { constantValues: fill })
  return crop(key, padded, [h, w])
}

/**
 * A random window of each image: [batch, height, width, channels] → [batch, size[0], size[1], channels].
 *
 * @example
 * ```ts
 * import { data, numpy as np, random } from 'cotangent'
 * console.log(data.randomCrop(random.key(0), np.ones([8, 32, 32, 3]), [24, 24]).shape) // [8, 24, 24, 3]
 * ```
 */
export function randomCrop(
  key: random.Key,
  images: NDArray,
  size: readonly [height: number, width: number],
): NDArray {
  const [, h, w] = checkImages('data.randomCrop', images)
  checkSize('data.randomCrop', 'the height', size[0], h)
  checkSize('data.randomCrop', 'the width', size[1], w)
  return crop(key, images, size)
}

/** One number for each image, from −amount to amount. */
const change = (key: random.Key, images: NDArray, amount: number): NDArray =>
  random
    .uniform(key, [images.shape[0] ?? 0, 1, 1, 1], { dtype: 'float32', minval: -amount, maxval: amount })
    .astype(images.dtype)

/**
 * Each image made lighter or darker: a number from −amount to amount is added to all its values. Float images, which are
 * not cut off.
 *
 * @example
 * ```ts
 * import { data, numpy as np, random } from 'cotangent'
 * const images = data.randomBrightness(random.key(0), np.full([4, 8, 8, 3], 0.5), 0.2)
 * console.log(images.min().item() >= 0.3, images.max().item() <= 0.7) // true true
 * ```
 */
export function randomBrightness(key: random.Key, images: NDArray, amount: number): NDArray {
  checkImages('data.randomBrightness', images)
  checkFloats('data.randomBrightness', images)
  return np.add(images, change(key, images, amount))
}

/**
 * Each image with more or less contrast: the distance of values to the mean of the image (over all its channels) times a
 * number from 1 − amount to 1 + amount. Float images, which are not cut off.
 *
 * @example
 * ```ts
 * import { data, numpy as np, random } from 'cotangent'
 * const images = np.arange(12).astype('float32').reshape([1, 2, 2, 3])
 * console.log(data.randomContrast(random.key(0), images, 0.5).mean().item()) // 5.5
 * ```
 */
export function randomContrast(key: random.Key, images: NDArray, amount: number): NDArray {
  checkImages('data.randomContrast', images)
  checkFloats('data.randomContrast', images)
  const mean = np.mean(images, [1, 2, 3], { keepdims: true })
  return np.add(mean, np.multiply(np.subtract(images, mean), np.add(change(key, images, amount), 1)))
}

/**
 * A square of `size` pixels of each image set to `fill`, its centre anywhere in the image, so that part of it may lie
 * outside. Source: DeVries & Taylor (2017), Cutout.
 *
 * @example
 * ```ts
 * import { data, numpy as np, random } from 'cotangent'
 * const images = data.cutout(random.key(0), np.ones([1, 8, 8, 1]), 3)
 * console.log(images.sum().item() < 64) // true
 * ```
 */
export function cutout(
  key: random.Key,
  images: NDArray,
  size: number,
  { fill = 0 }: { readonly fill?: number } = {},
): NDArray {
  const [n, h, w] = checkImages('data.cutout', images)
  checkSize('data.cutout', 'size', size, Math.max(h, w))
  /** Whether each row, or column, is in the square. */
  const inside = (i: number, length: number, shape: readonly number[]): NDArray => {
    const center = random.randint(random.foldIn(key, i), { minval: 0, maxval: length, shape: [n, 1] })
    const first = np.subtract(center, Math.floor(size / 2))
    const at = np.arange(length)
    const within = np.logicalAnd(np.greaterEqual(at, first), np.less(at, np.add(first, size)))
    return np.reshape(within, shape)
  }
  const square = np.logicalAnd(inside(0, h, [n, h, 1, 1]), inside(1, w, [n, 1, w, 1]))
  return np.where(square, np.astype(np.array(fill), images.dtype), images)
}
