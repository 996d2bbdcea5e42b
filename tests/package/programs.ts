// One program for each public entry, importing nothing but that entry, and what it prints as JSON.

interface Program {
  readonly code: string
  readonly prints: unknown
}

export const programs: Readonly<Record<string, Program>> = {
  '.': {
    code: `
      import { grad, jit, numpy as np } from 'cotangent'
      console.log(JSON.stringify(jit(grad((x) => np.sum(np.multiply(x, x))))(np.array([1, 2, 3])).js()))`,
    prints: [2, 4, 6],
  },
}
