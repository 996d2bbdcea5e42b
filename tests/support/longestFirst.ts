// The order of the files of tests: those that take longest come first, so that no worker is left with one of them when
// the others are done. A new clone has no durations of earlier runs, by which vitest would order them.

import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files of five seconds and more, the longest first. */
const long = [
  'conformance/webgpu',
  'unit/examples/networks',
  'unit/examples/sequences',
  'conformance/wasm',
  'package/package',
  'unit/wasm/reduceParts',
  'docs/snippets',
  'property/webgpu',
  'unit/examples/examples',
  'unit/wasm/threads',
  'unit/math/accuracy',
  'property/wasm',
  'property/threads',
  'conformance/reference',
  'property/derivatives',
  'unit/runtime/flatMemory',
  'unit/examples/models',
  'browser/training',
]

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = long.findIndex((name) => moduleId.endsWith(`/tests/${name}.test.ts`))
      return at === -1 ? long.length : at
    }
    return (await super.sort(files)).sort((a, b) => place(a) - place(b))
  }
}
