// Wrong input in a page: what each mistake throws, on every device that a page has.

import {
  CotangentError,
  defaultDevice,
  init,
  jit,
  lax,
  nn,
  numpy as np,
  random,
  type NDArray,
} from '../../../src/index.js'

const mistakes: Readonly<Record<string, () => unknown>> = {
  shapes: () => np.matmul(np.ones([2, 3]), np.ones([4, 5])),
  window: () => lax.reduceWindowMax(np.ones([4, 4]), [2], [2]),
  unroll: () => lax.scan((c: NDArray, x: NDArray) => [c, x], np.zeros([]), np.ones([3]), { unroll: 0 }),
  layer: () => nn.conv(8, [3, 3]).init(random.key(0), [28]),
  donated: () => {
    const x = np.arange(4).mul(2)
    jit((y: NDArray) => y.add(1), { donateArgnums: 0 })(x)
    return x.jsAsync()
  },
}

async function codeOf(mistake: () => unknown): Promise<string> {
  try {
    await mistake()
    return 'none'
  } catch (error) {
    return error instanceof CotangentError ? error.code : String(error)
  }
}

export async function run() {
  await init('webgpu')
  const codes: Record<string, Record<string, string>> = {}
  for (const device of ['wasm', 'webgpu'] as const) {
    defaultDevice(device)
    const own: Record<string, string> = {}
    for (const [name, mistake] of Object.entries(mistakes)) own[name] = await codeOf(mistake)
    codes[device] = own
  }
  return { codes, threads: await codeOf(() => init('wasm', { threads: 0 })) }
}
