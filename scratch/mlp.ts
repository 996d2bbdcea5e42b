import { model, linear, spiral } from '../examples/models/mlp.js'
import { fit, acc } from './fit.js'
const held = spiral(1001, 5000)
for (const seed of [0, 1, 2]) {
const ds = spiral(seed, 5000)
const r = await fit(model, ds, held, { epochs: 20, lr: 3e-3, seed, quiet: true })
console.log('mlp', await acc(model, r, held), r.seconds)
const l = await fit(linear, ds, held, { epochs: 20, lr: 3e-2, seed, quiet: true })
console.log('linear', await acc(linear, l, held))
}
process.exit()
