// Colours for numbers. A share of 0 to 1 in → bytes of red, green and blue out.

type Rgb = readonly [red: number, green: number, blue: number]

const mixed = (stops: readonly [Rgb, ...Rgb[]], share: number): Rgb => {
  const position = Math.min(1, Math.max(0, share)) * (stops.length - 1)
  const from = stops[Math.floor(position)] ?? stops[0]
  const to = stops[Math.min(stops.length - 1, Math.floor(position) + 1)] ?? from
  const at = (i: 0 | 1 | 2): number => Math.round(from[i] + (to[i] - from[i]) * (position % 1))
  return [at(0), at(1), at(2)]
}

/** White to dark blue over teal. */
export const cool = (share: number): Rgb =>
  mixed(
    [
      [255, 255, 255],
      [170, 220, 215],
      [40, 140, 170],
      [20, 40, 100],
    ],
    share,
  )

/** Black over purple and orange to pale yellow, as matplotlib's inferno. */
export const fire = (share: number): Rgb =>
  mixed(
    [
      [0, 0, 4],
      [66, 10, 104],
      [147, 38, 103],
      [221, 81, 58],
      [252, 165, 10],
      [252, 255, 164],
    ],
    share,
  )

/** As CSS writes it. */
export const css = (rgb: Rgb): string => `#${rgb.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
