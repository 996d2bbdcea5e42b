import { data } from 'cotangent'
import { colourShapes, colourShapeNames } from '../examples/support/colourShapes.js'
import { imageGrid } from '../examples/support/picture/imageGrid.js'
import { writeFileSync } from 'node:fs'
const t0 = performance.now()
const ds = colourShapes(0, 40)
console.log(performance.now() - t0)
writeFileSync('scratch/cs.png', imageGrid(ds.tensors.x, { columns: 10, scale: 2, title: 'Colour shapes', labels: Array.from(ds.tensors.y.data, (l) => colourShapeNames[l] ?? '') }))
