/**
 * Special functions against values computed with 60 digits (Taylor series of erf, Stirling's series at x + 400).
 */

import { describe, expect, test } from 'vitest'
import { digamma, erf, erfc, erfInv, lgamma, nextAfter } from '../../../src/core/special/index.js'

/** [x, erf(x), erfc(x)] */
const erfTable: readonly (readonly [number, number, number])[] = [
  [1e-10, 1.1283791670955126e-10, 0.999999999887162],
  [0.01, 0.011283415555849618, 0.9887165844441503],
  [0.1, 0.1124629160182849, 0.887537083981715],
  [0.3, 0.3286267594591274, 0.6713732405408726],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [0.7, 0.6778011938374184, 0.32219880616258156],
  [0.84, 0.7651427114549945, 0.23485728854500548],
  [0.85, 0.7706680576083526, 0.22933194239164748],
  [1, 0.8427007929497149, 0.15729920705028513],
  [1.2, 0.9103139782296353, 0.08968602177036464],
  [1.24, 0.9205051842990297, 0.07949481570097033],
  [1.26, 0.9252359418101295, 0.07476405818987052],
  [1.5, 0.9661051464753108, 0.033894853524689274],
  [2, 0.9953222650189527, 0.004677734981047266],
  [2.5, 0.999593047982555, 0.0004069520174449589],
  [2.85, 0.9999443437200386, 0.000055656279961398957],
  [2.86, 0.9999475988269556, 0.0000524011730443978],
  [3, 0.9999779095030014, 0.00002209049699858544],
  [4, 0.9999999845827421, 1.541725790028002e-8],
  [5, 0.9999999999984626, 1.537459794428035e-12],
  [5.9, 0.9999999999999999, 7.190409783550478e-17],
  [6.5, 1, 3.8421483271206475e-20],
  [8, 1, 1.1224297172982926e-29],
  [10, 1, 2.088487583762545e-45],
]
const lgammaTable: readonly (readonly [number, number])[] = [
  [1e-8, 18.42068073818021],
  [0.01, 4.599479878042022],
  [0.1, 2.252712651734206],
  [0.2, 1.5240638224307845],
  [0.23, 1.376194459229372],
  [0.24, 1.3311791434660618],
  [0.5, 0.5723649429247001],
  [0.7, 0.26086724653166654],
  [0.73, 0.22551374969268742],
  [0.74, 0.2142675463050807],
  [0.89, 0.07402217395808142],
  [0.91, 0.058922567623832356],
  [1, 0],
  [1.1, -0.049872441259839764],
  [1.23, -0.0934815108295696],
  [1.24, -0.09593721217408394],
  [1.4, -0.1196129141723713],
  [1.46, -0.12148500100400743],
  [1.6, -0.11259176569675577],
  [1.73, -0.08919699514701283],
  [1.74, -0.08683754647884093],
  [1.9, -0.03898427592308336],
  [2, 0],
  [2.1, 0.04543773854448518],
  [2.5, 0.2846828704729192],
  [3, Math.LN2],
  [3.5, 1.2009736023470743],
  [4.2, 2.04855563696059],
  [5.9, 4.617792105493922],
  [7.5, 7.534364236758733],
  [7.99, 8.50501160608848],
  [8, 8.525161361065415],
  [8.1, 8.72738826343204],
  [10, 12.801827480081469],
  [50.5, 146.51925549072064],
  [171, 706.5730622457874],
  [1000, 5905.220423209181],
  [1000000, 12815504.569147611],
]
const digammaTable: readonly (readonly [number, number])[] = [
  [1e-8, -100000000.57721564],
  [0.01, -100.56088545786868],
  [0.1, -10.423754940411076],
  [0.2, -5.289039896592188],
  [0.23, -4.599495517652621],
  [0.24, -4.406160345792603],
  [0.5, -1.9635100260214235],
  [0.7, -1.2200235536979347],
  [0.73, -1.1377860543979574],
  [0.74, -1.111548145216255],
  [0.89, -0.774314080160842],
  [0.91, -0.7358600342522177],
  [1, -0.5772156649015329],
  [1.1, -0.42375494041107664],
  [1.23, -0.25166943069610015],
  [1.24, -0.2394936791259368],
  [1.4, -0.06138454458511624],
  [1.46, -0.0015805619870834522],
  [1.6, 0.12604745277347632],
  [1.73, 0.23207695930067276],
  [1.74, 0.23980320613509645],
  [1.9, 0.35618416116405965],
  [2, 0.42278433509846713],
  [2.1, 0.48533596867983236],
  [2.5, 0.7031566406452432],
  [3, 0.9227843350984671],
  [3.5, 1.103156640645243],
  [4.2, 1.3113388912865995],
  [5.9, 1.6878194259079582],
  [7.5, 1.9467574842460869],
  [7.99, 2.014309222046224],
  [8, 2.01564147795561],
  [8.1, 2.0288674570805814],
  [10, 2.251752589066721],
  [50.5, 3.912039670928392],
  [171, 5.138736730024483],
  [1000, 6.907255195648812],
  [1000000, 13.815510057964191],
]

/** The error relative to the expected value, absolute below 0.4 (log Γ has zeros at 1 and 2). */
const off = (actual: number, expected: number): number =>
  Math.abs(actual - expected) / Math.max(Math.abs(expected), 0.4)

describe('erf and erfc', () => {
  test.each(erfTable)('at %d', (x, value, complement) => {
    expect(off(erf(x), value)).toBeLessThanOrEqual(1e-15)
    expect(off(erf(-x), -value)).toBeLessThanOrEqual(1e-15)
    expect(Math.abs(erfc(x) - complement)).toBeLessThanOrEqual(1e-15 * complement)
    expect(off(erfc(-x), 1 + value)).toBeLessThanOrEqual(1e-15)
  })
  test('at the ends', () => {
    expect([erf(Infinity), erf(-Infinity), erf(NaN), erf(-0)]).toEqual([1, -1, NaN, -0])
    expect([erfc(Infinity), erfc(-Infinity), erfc(NaN), erfc(0)]).toEqual([0, 2, NaN, 1])
  })
})

describe('erfInv', () => {
  test.each([1e-300, 1e-5, 0.1, 0.5, 0.84, 0.86, 0.99, 1 - 1e-7, 1 - 1e-12])('undoes erf at %d', (y) => {
    expect(off(erf(erfInv(y)), y)).toBeLessThanOrEqual(1e-15)
    expect(erfInv(-y)).toBe(-erfInv(y))
  })
  test.each(erfTable.filter(([x]) => x < 2))('is undone at erf(%d)', (x, value) => {
    // The derivative of erfInv grows as exp(x²): one rounding of `value` is that much in x.
    expect(Math.abs(erfInv(value) - x)).toBeLessThanOrEqual(1e-15 * x + 2e-16 * Math.exp(x * x))
  })
  test('at the ends', () => {
    expect([erfInv(1), erfInv(-1), erfInv(1.5), erfInv(NaN), erfInv(0)]).toEqual([
      Infinity,
      -Infinity,
      NaN,
      NaN,
      0,
    ])
  })
})

describe('lgamma', () => {
  test.each(lgammaTable)('at %d', (x, value) => expect(off(lgamma(x), value)).toBeLessThanOrEqual(1e-15))
  test('of whole numbers is the log of a factorial', () => {
    let logFactorial = 0
    for (let n = 1; n < 60; n++) {
      expect(off(lgamma(n), logFactorial)).toBeLessThanOrEqual(4e-15)
      logFactorial += Math.log(n)
    }
  })
  test('of negative numbers, by Γ(x) = Γ(x + 1) / x', () => {
    for (const x of [-0.5, -1.25, -2.5, -7.75, -20.3])
      expect(off(lgamma(x), lgamma(x + 1) - Math.log(-x))).toBeLessThanOrEqual(4e-15)
    expect(off(lgamma(-0.5), 1.2655121234846454)).toBeLessThanOrEqual(1e-15)
  })
  test('at the ends', () => {
    expect([0, -0, -1, -7, Infinity, -Infinity, NaN].map(lgamma)).toEqual([
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      Infinity,
      NaN,
    ])
  })
})

describe('digamma', () => {
  test.each(digammaTable)('at %d', (x, value) => {
    expect(Math.abs(digamma(x) - value)).toBeLessThanOrEqual(1e-15 * Math.abs(value))
  })
  test('of negative numbers, by ψ(x + 1) = ψ(x) + 1/x', () => {
    for (const x of [-0.5, -1.25, -2.5, -7.75])
      expect(off(digamma(x), digamma(x + 1) - 1 / x)).toBeLessThanOrEqual(1e-14)
  })
  test('at the ends', () => {
    expect([0, -0, -1, NaN, Infinity].map(digamma)).toEqual([-Infinity, Infinity, NaN, NaN, Infinity])
  })
})

describe('nextAfter', () => {
  test('steps by one unit in the last place of the dtype', () => {
    expect(nextAfter('float64', 1, 2)).toBe(1 + 2 ** -52)
    expect(nextAfter('float64', 1, 0)).toBe(1 - 2 ** -53)
    expect(nextAfter('float32', 1, 2)).toBe(1 + 2 ** -23)
    expect(nextAfter('float32', -1, 0)).toBe(-1 + 2 ** -24)
    expect(nextAfter('bfloat16', 1, 2)).toBe(1 + 2 ** -7)
    expect(nextAfter('float16', 1, 2)).toBe(1 + 2 ** -10)
    expect(nextAfter('float16', 1, 0)).toBe(1 - 2 ** -11)
  })
  test('crosses zero, and ends at infinity', () => {
    expect(nextAfter('float32', 0, -1)).toBe(-(2 ** -149))
    expect(nextAfter('float16', 2 ** -24, 0)).toBe(0)
    expect(nextAfter('float16', 65504, Infinity)).toBe(Infinity)
    expect(nextAfter('float32', Infinity, 0)).toBe((2 - 2 ** -23) * 2 ** 127)
    expect(nextAfter('float64', 3, 3)).toBe(3)
    expect(nextAfter('float32', NaN, 1)).toBeNaN()
  })
})
