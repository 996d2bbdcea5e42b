// What --explain prints: the stages of a compiled function, from the traced program to the code of the device.

import { data, jit, optim, random, valueAndGrad, type NDArray, type nn } from 'cotangent'

/** Prints every stage under its name, and ends the program. */
export function explainAndExit(stages: Readonly<Record<string, string>>): never {
  for (const [name, text] of Object.entries(stages)) {
    console.log(`── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}\n${text.trimEnd()}\n`)
  }
  process.exit(0)
}

type Tensor = data.HostTensor | NDArray
type Rows = Readonly<Record<'x' | 'y', Tensor>>

/** What `train.fit` is given, as far as its step goes. */
export interface Setup<P, S> {
  readonly model: nn.Layer<P, S>
  readonly loss: (prediction: NDArray, target: NDArray) => NDArray
  readonly optimizer: optim.GradientTransformation
  readonly data: data.Dataset<Rows & { readonly mask?: Tensor }>
  readonly batchSize: number
}

/** Prints the stages of a training step: the gradient of the loss and the update of the parameters. */
export function explainModelAndExit<P, S>(setup: Setup<P, S>): never {
  const { model, loss, optimizer } = setup
  const [first] = data.batches(setup.data, setup.batchSize)
  if (first === undefined) return process.exit(0)
  const { params, state } = model.init(random.key(0), first.x.shape.slice(1))
  const step = jit((trained: unknown, memory: optim.OptimizerState, x: NDArray, y: NDArray) => {
    const lossOf = (p: unknown): NDArray =>
      loss(model.apply({ params: p as P, state }, x, { training: true, key: random.key(0) })[0], y)
    // The types of valueAndGrad cannot see that parameters are arrays.
    const differentiated = valueAndGrad(lossOf) as (p: unknown) => [NDArray, unknown]
    const [value, gradient] = differentiated(trained)
    const [updates, next] = optimizer.update(gradient, memory, trained)
    return [optim.applyUpdates(trained, updates), next, value] as const
  })
  return explainAndExit(step.lower(params, optimizer.init(params), first.x, first.y))
}
