// Letters for rasters: text in → a raster, white ground and black letters 5 pixels wide and 7 high.
// The usual letters of character displays; five columns each, the lowest bit on top.

import { blank, draw, type Raster } from './png.js'

const firstCharacter = 32
const columns =
  '0000000000' +
  '00005f0000' +
  '0007000700' +
  '147f147f14' +
  '242a7f2a12' +
  '2313086462' +
  '3649562050' + // !"#$%&
  '0008070300' +
  '001c224100' +
  '0041221c00' +
  '2a1c7f1c2a' +
  '08083e0808' +
  '0080703000' +
  '0808080808' + // '()*+,-
  '0000606000' +
  '2010080402' +
  '3e5149453e' +
  '00427f4000' +
  '7249494946' +
  '2141494d33' +
  '1814127f10' + // ./01234
  '2745454539' +
  '3c4a494931' +
  '4121110907' +
  '3649494936' +
  '464949291e' +
  '0000140000' +
  '0040340000' + // 56789:;
  '0008142241' +
  '1414141414' +
  '0041221408' +
  '0201590906' +
  '3e415d594e' +
  '7c1211127c' +
  '7f49494936' + // <=>?@AB
  '3e41414122' +
  '7f4141413e' +
  '7f49494941' +
  '7f09090901' +
  '3e41415173' +
  '7f0808087f' +
  '00417f4100' + // CDEFGHI
  '2040413f01' +
  '7f08142241' +
  '7f40404040' +
  '7f021c027f' +
  '7f0408107f' +
  '3e4141413e' +
  '7f09090906' + // JKLMNOP
  '3e4151215e' +
  '7f09192946' +
  '2649494932' +
  '03017f0103' +
  '3f4040403f' +
  '1f2040201f' +
  '3f4038403f' + // QRSTUVW
  '6314081463' +
  '0304780403' +
  '6159494d43' +
  '007f414141' +
  '0204081020' +
  '004141417f' +
  '0402010204' + // XYZ[\]^
  '4040404040' +
  '0003070800' +
  '2054547840' +
  '7f28444438' +
  '3844444428' +
  '384444287f' +
  '3854545418' + // _`abcde
  '00087e0902' +
  '18a4a49c78' +
  '7f08040478' +
  '00447d4000' +
  '2040403d00' +
  '7f10284400' +
  '00417f4000' + // fghijkl
  '7c04780478' +
  '7c08040478' +
  '3844444438' +
  'fc18242418' +
  '18242418fc' +
  '7c08040408' +
  '4854545424' + // mnopqrs
  '04043f4424' +
  '3c4040207c' +
  '1c2040201c' +
  '3c4030403c' +
  '4428102844' +
  '4c9090907c' +
  '4464544c44' // tuvwxyz

const width = 5
const height = 8

/** The columns of a character; those of a question mark for one that is not there. */
function columnsOf(character: string): number[] {
  const at = character.charCodeAt(0) - firstCharacter
  const start =
    2 * width * (at >= 0 && 2 * width * at < columns.length ? at : '?'.charCodeAt(0) - firstCharacter)
  return Array.from({ length: width }, (_, i) =>
    parseInt(columns.slice(start + 2 * i, start + 2 * i + 2), 16),
  )
}

/** One line of text (ASCII), each pixel `scale` by `scale`. */
export function textRaster(text: string, scale = 1): Raster {
  const line = blank(Math.max(1, text.length * (width + 1) - 1), height, 1, 255)
  Array.from(text).forEach((character, i) => {
    columnsOf(character).forEach((bits, column) => {
      for (let row = 0; row < height; row++) {
        if ((bits >> row) & 1) line.data[row * line.width + i * (width + 1) + column] = 0
      }
    })
  })
  const scaled = blank(line.width * scale, height * scale, 1, 255)
  draw(scaled, line, 0, 0, scale)
  return scaled
}
