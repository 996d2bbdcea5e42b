/**
 * Functions that shaders are given where WGSL's own operators do not promise what lowering/expr.ts does:
 * NaN and signed zeros, saturating casts, integer division, rounding to the half types.
 * A helper is WGSL text; what it calls in turn is found in the text.
 */

const helpers = {
  // A call is never a constant expression, so the result may be infinite or NaN.
  fromBits: `fn fromBits(bits: u32) -> f32 {
  return bitcast<f32>(bits);
}`,
  isNan: `fn isNan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}`,
  // Without branches. Equal operands differ at most in the sign of zero: min takes the set sign bit, max the clear one.
  minFloat: `fn minFloat(a: f32, b: f32) -> f32 {
  let smaller = select(b, a, isNan(a) | ((a < b) & !isNan(b)));
  return select(smaller, bitcast<f32>(bitcast<u32>(a) | bitcast<u32>(b)), a == b);
}`,
  maxFloat: `fn maxFloat(a: f32, b: f32) -> f32 {
  let larger = select(b, a, isNan(a) | ((a > b) & !isNan(b)));
  return select(larger, bitcast<f32>(bitcast<u32>(a) & bitcast<u32>(b)), a == b);
}`,
  // Exact: long division of the mantissas, 8 bits a step; the result has the sign of the dividend.
  remFloat: `fn remFloat(x: f32, y: f32) -> f32 {
  let xBits = bitcast<u32>(x) & 0x7fffffffu;
  let yBits = bitcast<u32>(y) & 0x7fffffffu;
  let sign = bitcast<u32>(x) & 0x80000000u;
  if (xBits >= 0x7f800000u || yBits > 0x7f800000u || yBits == 0u) { return fromBits(0x7fc00000u); }
  if (xBits < yBits) { return x; }
  let xExponent = max(i32(xBits >> 23u), 1);
  let yExponent = max(i32(yBits >> 23u), 1);
  let divisor = select(yBits & 0x7fffffu, (yBits & 0x7fffffu) | 0x800000u, yBits >= 0x800000u);
  var rest = select(xBits & 0x7fffffu, (xBits & 0x7fffffu) | 0x800000u, xBits >= 0x800000u) % divisor;
  for (var left = xExponent - yExponent; left > 0; left -= 8) {
    rest = (rest << u32(min(left, 8))) % divisor;
  }
  if (rest == 0u) { return bitcast<f32>(sign); }
  let shift = i32(countLeadingZeros(rest)) - 8;
  let exponent = yExponent - shift;
  if (exponent >= 1) {
    return bitcast<f32>(sign | (u32(exponent) << 23u) | ((rest << u32(shift)) & 0x7fffffu));
  }
  return bitcast<f32>(sign | (rest << u32(yExponent - 1)));
}`,
  divInt: `fn divInt(a: i32, b: i32) -> i32 {
  if (b == 0) { return -1; }
  if (b == -1) { return -a; }
  return a / b;
}`,
  remInt: `fn remInt(a: i32, b: i32) -> i32 {
  if (b == 0) { return a; }
  if (b == -1) { return 0; }
  return a % b;
}`,
  divUint: `fn divUint(a: u32, b: u32) -> u32 {
  if (b == 0u) { return 0xffffffffu; }
  return a / b;
}`,
  remUint: `fn remUint(a: u32, b: u32) -> u32 {
  if (b == 0u) { return a; }
  return a % b;
}`,
  toInt: `fn toInt(x: f32) -> i32 {
  let whole = select(i32(clamp(x, -2147483648f, 2147483520f)), 2147483647, x >= 2147483648f);
  return select(whole, 0, isNan(x));
}`,
  toUint: `fn toUint(x: f32) -> u32 {
  if (!(x > 0f)) { return 0u; }
  if (x >= 4294967296f) { return 0xffffffffu; }
  return u32(x);
}`,
  // To nearest even at the 13 (16) low bits; below 2^-14 float16 has the fixed spacing 2^-24.
  roundFloat16: `fn roundFloat16(x: f32) -> f32 {
  let sign = bitcast<u32>(x) & 0x80000000u;
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  if (bits >= 0x7f800000u) { return x; }
  if (bits < 0x38800000u) {
    let shift = min(126u - (bits >> 23u), 31u);
    let mantissa = (bits & 0x7fffffu) | 0x800000u;
    let rounded = (mantissa + (1u << (shift - 1u)) - 1u + ((mantissa >> shift) & 1u)) >> shift;
    return bitcast<f32>(sign | bitcast<u32>(f32(rounded) * 5.9604645e-8f));
  }
  let rounded = (bits + 0xfffu + ((bits >> 13u) & 1u)) & 0xffffe000u;
  return fromBits(sign | select(rounded, 0x7f800000u, rounded >= 0x47800000u));
}`,
  roundBfloat16: `fn roundBfloat16(x: f32) -> f32 {
  let bits = bitcast<u32>(x);
  if ((bits & 0x7f800000u) == 0x7f800000u) { return x; }
  return fromBits((bits + 0x7fffu + ((bits >> 16u) & 1u)) & 0xffff0000u);
}`,
  // Sort keys: unsigned order equals the order of the numbers, -0 equals 0, NaN comes last.
  keyFloat: `fn keyFloat(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  if (isNan(x)) { return 0xffffffffu; }
  if ((bits & 0x7fffffffu) == 0u) { return 0x80000000u; }
  return select(bits | 0x80000000u, ~bits, bits >= 0x80000000u);
}`,
  keyInt: `fn keyInt(x: i32) -> u32 {
  return bitcast<u32>(x) ^ 0x80000000u;
}`,
} as const

export type HelperName = keyof typeof helpers
const names = Object.keys(helpers) as HelperName[]

const calls = (text: string, name: string): boolean => text.includes(`${name}(`)

/** The helpers that `text` calls, and those they call, as WGSL. */
export function helpersFor(text: string): string[] {
  const wanted = new Set<HelperName>()
  const visit = (source: string): void => {
    for (const name of names) {
      if (wanted.has(name) || !calls(source, name)) continue
      visit(helpers[name].slice(helpers[name].indexOf('{')))
      wanted.add(name)
    }
  }
  visit(text)
  return [...wanted].map((name) => helpers[name])
}
