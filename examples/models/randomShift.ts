// A layer that moves images about in training, so that a network sees more of them than there are.

import { lax, numpy as np, random, vmap, type NDArray, type nn } from 'cotangent'

/**
 * Each image [height, width, channels] of a batch moved by up to `most` pixels in every direction, zeros where it came
 * from; outside training images stay.
 */
export const randomShift = (most: number): nn.Layer<null, null> => ({
  name: 'randomShift',
  init: () => ({ params: null, state: null }),
  apply(_variables, x, { training = false, key } = {}) {
    if (!training || key === undefined) return [x, null]
    const [batch = 0, ...image] = x.shape
    const offsets = random.randint(key, { minval: 0, maxval: 2 * most + 1, shape: [batch, 2] })
    const padded = np.pad(x, [
      [0, 0],
      [most, most],
      [most, most],
      [0, 0],
    ])
    const cut = (one: NDArray, offset: NDArray): NDArray =>
      lax.dynamicSlice(one, [offset.slice(0), offset.slice(1), 0], image)
    return [vmap(cut)(padded, offsets), null]
  },
})
