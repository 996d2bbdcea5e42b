import { random, nn } from 'cotangent'
import { noisyLine, leastSquares, loss } from '../examples/models/linearRegression.js'
for (const n of [1000, 2000, 4000]) {
const r: number[] = []
for (let s = 0; s < 100; s++) { const { x, y } = noisyLine(random.key(s), n); r.push(await loss(leastSquares(x, y), x, y).itemAsync()) }
const m = r.reduce((a, b) => a + b) / 100
console.log(n, m, Math.sqrt(r.reduce((a, b) => a + (b - m) ** 2, 0) / 100), Math.max(...r), r[0], r.filter((v) => v > 0.09).length)
}
process.exit()
