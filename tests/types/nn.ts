// What layers, metrics and partitions say about types. Compiled by `npm run check types`, never run.

import { expectTypeOf } from 'vitest'
import { grad, nn, random, type NDArray } from '../../src/index.js'

declare const x: NDArray
const key = random.key(0)

// The parameter tree follows the model, through all combinators.
const block = nn.residual(nn.sequential(nn.conv(8, 3, { useBias: false }), nn.batchNorm()))
const model = nn.sequential(
  nn.conv(8, [3, 3], { strides: 2, padding: 'SAME' }),
  nn.maxPool([2, 2]),
  nn.repeat(block, 3),
  nn.parallel([nn.dense(2), nn.dropout(0.1)]),
)
const { params, state } = model.init(key, [32, 32, 3])
expectTypeOf(params[0]).toEqualTypeOf<nn.ConvParams>()
expectTypeOf(params[1]).toEqualTypeOf<null>()
expectTypeOf(params[2][0]).toEqualTypeOf<Omit<nn.ConvParams, 'bias'>>()
expectTypeOf(params[2][1]).toEqualTypeOf<nn.AffineParams>()
expectTypeOf(params[3]).toEqualTypeOf<readonly [nn.DenseParams, null]>()
expectTypeOf(state[2][1]).toEqualTypeOf<nn.BatchNormState>()
expectTypeOf(model.apply({ params, state }, x, { training: true, key })).toEqualTypeOf<
  [NDArray, typeof state]
>()

// A shortcut has parameters of its own.
const wide = nn.residual(nn.dense(4), nn.dense(4, { useBias: false }))
expectTypeOf<nn.ParamsOf<typeof wide>['shortcut']>().toEqualTypeOf<Omit<nn.DenseParams, 'bias'>>()

// Recurrent layers have one or two directions, attention has biases or none.
expectTypeOf(nn.lstm(8)).toEqualTypeOf<nn.RecurrentLayer<nn.LstmParams, nn.LstmCarry>>()
expectTypeOf(nn.rnn(8, { bidirectional: true })).toEqualTypeOf<
  nn.RecurrentLayer<nn.Bidirectional<nn.RnnParams>, nn.Bidirectional<nn.RnnCarry>>
>()
expectTypeOf(nn.multiHeadAttention({ heads: 2 })).toEqualTypeOf<nn.Layer<nn.MultiHeadAttentionParams, null>>()
expectTypeOf<nn.ParamsOf<ReturnType<typeof nn.transformerBlock>>>().toEqualTypeOf<nn.TransformerBlockParams>()

// Parts of parameters have null where the other part has arrays; gradients are like them.
const [trained, frozen] = nn.partition(params, (path) => path.startsWith('[3]'))
expectTypeOf(trained[0].kernel).toEqualTypeOf<NDArray | null>()
expectTypeOf(nn.combine(trained, frozen)[0].kernel).toEqualTypeOf<NDArray>()
const loss = (part: typeof trained): NDArray =>
  model.apply({ params: nn.combine(part, frozen), state }, x)[0].sum()
expectTypeOf(grad(loss)(trained)).toEqualTypeOf<typeof trained>()

// Metrics take batches with a mask or without.
const accuracy = nn.metrics.accuracy()
expectTypeOf(accuracy.update(accuracy.init(), x, x, x)).toEqualTypeOf<nn.metrics.ShareState>()
expectTypeOf(accuracy.compute(accuracy.init())).toEqualTypeOf<NDArray>()

// Mistakes that the compiler finds.
// @ts-expect-error this convolution has no bias
void params[2][0].bias
// @ts-expect-error paddings are SAME, VALID or lists of pairs
nn.conv(8, 3, { padding: 'same' })
// @ts-expect-error the number of heads is not optional
nn.multiHeadAttention({ causal: true })
// @ts-expect-error accuracy needs labels
accuracy.update(accuracy.init(), x)
// @ts-expect-error a layer of other parameters
nn.dense(2).apply({ params: { weights: x }, state: null }, x)
