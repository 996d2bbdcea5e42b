import { data, jit, nn, optim, random, valueAndGrad, type NDArray } from 'cotangent'
export async function fit(model: nn.Layer<any, any>, ds: any, held: any, { epochs, lr, batchSize = 128, seed = 0, loss = nn.losses.softmaxCrossEntropy as any, augment, quiet = false }: any) {
  let { params, state: ms } = model.init(random.key(seed), ds.tensors.x.shape.slice(1))
  const steps = epochs * Math.floor(ds.length / batchSize)
  const opt = optim.adam(typeof lr === 'number' ? lr : lr(steps))
  let os = opt.init(params)
  const step = jit((p: any, s: any, o: any, x: NDArray, y: NDArray, key: random.Key) => {
    if (augment) x = augment(x, key)
    const [[v, s2], g] = (valueAndGrad as any)((p: any) => { const [out, s2] = model.apply({ params: p, state: s }, x, { training: true, key }); return [loss(out, y), s2] }, { hasAux: true })(p)
    const [u, o2] = opt.update(g, o, p)
    return [optim.applyUpdates(p, u), s2, o2, v] as any
  }, { donateArgnums: [0, 1, 2] } as any)
  const t0 = performance.now()
  let v: any, i = 0
  for (let e = 0; e < epochs; e++) {
    for (const { x, y } of data.batches(data.shuffle(ds, seed, e), batchSize, { dropRemainder: true }) as any) {
      ;[params, ms, os, v] = step(params, ms, os, x, y, random.foldIn(random.key(seed), i++))
    }
    if (!quiet) console.log(e, await v.itemAsync(), await acc(model, { params, state: ms }, held), ((performance.now() - t0) / 1000).toFixed(1))
  }
  await v.itemAsync()
  return { params, state: ms, seconds: (performance.now() - t0) / 1000 }
}
export async function acc(model: any, vars: any, held: any) {
  const f = jit((p: any, s: any, x: NDArray) => model.apply({ params: p, state: s }, x)[0])
  const m = nn.metrics.accuracy(); let st = m.init()
  for (const { x, y } of data.batches(held, 1000) as any) st = m.update(st, f(vars.params, vars.state, x), y)
  return await m.compute(st).itemAsync()
}
