/** Workspace of kernels lies where the arena is not in use, and apart from what else the kernel takes. */

import { describe, expect, it } from 'vitest'
import type { Program } from '../../../src/lowering/kernel.js'
import { Workspace } from '../../../src/lowering/wasm/workspace.js'

const programOf = (plan: Partial<Program['plan']>, times?: Program['times']): Program => ({
  buffers: [],
  inputs: [],
  outputs: [],
  kernels: [],
  plan: { places: [], arenaBytes: 1024, slotBytes: [], lowerBoundBytes: 1024, ...plan },
  ...(times === undefined ? {} : { times }),
})

const occupied = [
  { offset: 0, end: 512, first: 0, last: 1 },
  { offset: 512, end: 1024, first: 1, last: 3 },
]
const at = (first: number, last = first): { first: number; last: number } => ({ first, last })

describe('workspace', () => {
  it('lies in what is free while the kernel runs', () => {
    const workspace = new Workspace(programOf({ occupied }, [at(0), at(1), at(2)]))
    workspace.start(false)
    expect([workspace.take(256), workspace.take(256)]).toEqual([512, 768])
    workspace.start(false)
    expect(workspace.take(64)).toBe(1024)
    workspace.start(false)
    expect([workspace.take(500), workspace.take(64)]).toEqual([0, 1024])
    expect(workspace.bytes).toBe(1088)
  })
  it('of kernels in one loop is not shared, nor of use while the loop runs', () => {
    const loop = at(2, 3)
    const workspace = new Workspace(programOf({ occupied }, [loop, loop, at(4)]))
    workspace.start(true)
    expect(workspace.take(64)).toBe(0)
    workspace.start(true)
    expect(workspace.take(64)).toBe(64)
    workspace.start(false)
    expect(workspace.take(64)).toBe(0)
  })
  it('comes after an arena of which nothing is known', () => {
    const workspace = new Workspace(programOf({}))
    workspace.start(false)
    expect(workspace.take(1)).toBe(1024)
    workspace.start(false)
    expect(workspace.take(1)).toBe(1024)
  })
})
