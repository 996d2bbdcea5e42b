/**
 * How a matrix product is cut: sizes → blocks of rows and columns (the units of work), blocks of depth (what the caches
 * hold), and parts of the depth (where the result is small and the depth long).
 */

/** A tile of the result: so many accumulators, two vectors to a row, fit the registers that V8 has. */
export const tileRows = 4
export const tileColumns = 8
/** Bytes of a tile's accumulators in memory. */
export const tileBytes = 4 * tileRows * tileColumns

export interface ProductSizes {
  readonly batch: number
  readonly m: number
  readonly n: number
  readonly k: number
}

export interface Blocking {
  /** Rows and columns of a block, multiples of a tile's; a unit of work is one block of one part of one batch. */
  readonly rows: number
  readonly rowBlocks: number
  readonly columns: number
  readonly columnBlocks: number
  /** Depth that is worked through at once; tiles are kept in memory between blocks of depth. */
  readonly depth: number
  /** Parts of the depth that are summed apart, and the depth of a part. They depend on sizes alone, as rounding does. */
  readonly parts: number
  readonly partDepth: number
}

/** Deeper than this, the rows and the columns of a tile push each other out of the first-level cache. */
const deepest = 640
const usualDepth = 512
/** A result of fewer tiles is cut along its depth, if that is long. */
const fewTiles = 256
const partLength = 2048
const mostParts = 16

const upTo = (value: number, step: number): number => Math.ceil(value / step) * step

function cutDepth({ batch, m, n, k }: ProductSizes): Pick<Blocking, 'depth' | 'parts' | 'partDepth'> {
  const tiles = batch * Math.ceil(m / tileRows) * Math.ceil(n / tileColumns)
  const wanted = tiles < fewTiles ? Math.min(mostParts, Math.floor(k / partLength)) : 1
  const partDepth = wanted > 1 ? upTo(k / wanted, 16) : k
  const parts = Math.ceil(k / partDepth)
  const depth = partDepth <= deepest ? partDepth : upTo(partDepth / Math.ceil(partDepth / usualDepth), 16)
  return { depth, parts, partDepth }
}

/** What a block of so many rows costs for each of its rows, and a block of columns beside its columns. */
const rowChoices: readonly (readonly [number, number])[] = [
  [64, 1],
  [48, 1.01],
  [32, 1.03],
  [16, 1.08],
]
const columnsLost = 24

/** The blocks of at most `widest` columns whose work is spread most evenly over the threads. */
export function blockingOf(sizes: ProductSizes, threads: number, widest: number): Blocking {
  const { batch, m, n } = sizes
  const cut = cutDepth(sizes)
  const wholeRows = m - (m % tileRows)
  const panels = Math.ceil(n / tileColumns)
  const fewest = Math.max(1, Math.ceil((panels * tileColumns) / widest))
  let best: Blocking | null = null
  let least = Infinity
  for (const [rows, price] of rowChoices) {
    const rowBlocks = Math.max(1, Math.ceil(wholeRows / rows))
    const taken = Math.min(rows, upTo(m, tileRows))
    for (let split = fewest; split <= Math.min(fewest + threads - 1, panels); split++) {
      const columns = Math.ceil(panels / split) * tileColumns
      const columnBlocks = Math.ceil((panels * tileColumns) / columns)
      const rounds = Math.ceil((batch * rowBlocks * columnBlocks * cut.parts) / threads)
      const cost = rounds * taken * price * (columns + (split > fewest ? columnsLost : 0))
      if (cost >= least) continue
      least = cost
      best = { rows, rowBlocks, columns, columnBlocks, ...cut }
    }
  }
  return best as Blocking
}
