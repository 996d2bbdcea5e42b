// SVG as text: elements from names, attributes and content.

type Attributes = Readonly<Record<string, string | number | undefined>>

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character] ?? character)

/** Numbers with at most two digits after the point: files stay small and alike on every machine. */
const format = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(value * 100) / 100) : escape(value)

/** One element around elements that are already text. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter((entry): entry is [string, string | number] => entry[1] !== undefined)
    .map(([key, value]) => ` ${key}="${format(value)}"`)
    .join('')
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join('')}</${name}>`
}

/** A line of text. */
export const textAt = (x: number, y: number, content: string, attributes: Attributes = {}): string =>
  element('text', { x, y, ...attributes }, escape(content))

/** A whole picture on white ground. */
export const document = (width: number, height: number, ...children: readonly string[]): string =>
  `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      'font-family': 'system-ui, Helvetica, Arial, sans-serif',
      'font-size': 13,
      fill: '#222',
    },
    element('rect', { width, height, fill: 'white' }),
    ...children,
  )}\n`

/** Colours that are told apart by most people, in the order of use. Source: Okabe & Ito (2008), Tol (2012). */
export const palette = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#882255',
  '#999933',
  '#44aa99',
  '#666666',
] as const
