/**
 * The WebAssembly instructions that generated code uses: name → encoding, by the shape of their operands.
 * Codes of the SIMD, saturating and atomic instructions carry their prefix byte (0xfd, 0xfc, 0xfe) above the
 * sub-opcode. Source: the WebAssembly core specification 2.0, and the proposals for relaxed SIMD and threads.
 */

const simd = (code: number): number => 0xfd_0000 + code
const extended = (code: number): number => 0xfc_0000 + code
const atomic = (code: number): number => 0xfe_0000 + code

/** No operands. */
export const nullary = { unreachable: 0x00 } as const

/** One operand, one result. */
export const unary = {
  'i32.eqz': 0x45,
  'i32.clz': 0x67,
  'i32.ctz': 0x68,
  'i32.popcnt': 0x69,
  'f32.abs': 0x8b,
  'f32.neg': 0x8c,
  'f32.ceil': 0x8d,
  'f32.floor': 0x8e,
  'f32.trunc': 0x8f,
  'f32.nearest': 0x90,
  'f32.sqrt': 0x91,
  'f64.abs': 0x99,
  'f64.neg': 0x9a,
  'f64.ceil': 0x9b,
  'f64.floor': 0x9c,
  'f64.trunc': 0x9d,
  'f64.nearest': 0x9e,
  'f64.sqrt': 0x9f,
  'f32.convert_i32_s': 0xb2,
  'f32.convert_i32_u': 0xb3,
  'f32.demote_f64': 0xb6,
  'f64.convert_i32_s': 0xb7,
  'f64.convert_i32_u': 0xb8,
  'f64.promote_f32': 0xbb,
  'i32.reinterpret_f32': 0xbc,
  'f32.reinterpret_i32': 0xbe,
  'i32.trunc_sat_f32_s': extended(0),
  'i32.trunc_sat_f32_u': extended(1),
  'i32.trunc_sat_f64_s': extended(2),
  'i32.trunc_sat_f64_u': extended(3),
  'i32x4.splat': simd(0x11),
  'f32x4.splat': simd(0x13),
  'v128.not': simd(0x4d),
  'v128.any_true': simd(0x53),
  'i8x16.popcnt': simd(0x62),
  'i16x8.extadd_pairwise_i8x16_u': simd(0x7d),
  'i32x4.extadd_pairwise_i16x8_u': simd(0x7f),
  'f32x4.ceil': simd(0x67),
  'f32x4.floor': simd(0x68),
  'f32x4.trunc': simd(0x69),
  'f32x4.nearest': simd(0x6a),
  'i32x4.abs': simd(0xa0),
  'i32x4.neg': simd(0xa1),
  'i32x4.all_true': simd(0xa3),
  'i32x4.bitmask': simd(0xa4),
  'f32x4.abs': simd(0xe0),
  'f32x4.neg': simd(0xe1),
  'f32x4.sqrt': simd(0xe3),
  'i32x4.trunc_sat_f32x4_s': simd(0xf8),
  'i32x4.trunc_sat_f32x4_u': simd(0xf9),
  'f32x4.convert_i32x4_s': simd(0xfa),
  'f32x4.convert_i32x4_u': simd(0xfb),
} as const

/** Two operands, one result. */
export const binary = {
  'i32.eq': 0x46,
  'i32.ne': 0x47,
  'i32.lt_s': 0x48,
  'i32.lt_u': 0x49,
  'i32.gt_s': 0x4a,
  'i32.gt_u': 0x4b,
  'i32.le_s': 0x4c,
  'i32.le_u': 0x4d,
  'i32.ge_s': 0x4e,
  'i32.ge_u': 0x4f,
  'f32.eq': 0x5b,
  'f32.ne': 0x5c,
  'f32.lt': 0x5d,
  'f32.gt': 0x5e,
  'f32.le': 0x5f,
  'f32.ge': 0x60,
  'f64.eq': 0x61,
  'f64.ne': 0x62,
  'f64.lt': 0x63,
  'f64.gt': 0x64,
  'f64.le': 0x65,
  'f64.ge': 0x66,
  'i32.add': 0x6a,
  'i32.sub': 0x6b,
  'i32.mul': 0x6c,
  'i32.div_s': 0x6d,
  'i32.div_u': 0x6e,
  'i32.rem_s': 0x6f,
  'i32.rem_u': 0x70,
  'i32.and': 0x71,
  'i32.or': 0x72,
  'i32.xor': 0x73,
  'i32.shl': 0x74,
  'i32.shr_s': 0x75,
  'i32.shr_u': 0x76,
  'f32.add': 0x92,
  'f32.sub': 0x93,
  'f32.mul': 0x94,
  'f32.div': 0x95,
  'f32.min': 0x96,
  'f32.max': 0x97,
  'f64.add': 0xa0,
  'f64.sub': 0xa1,
  'f64.mul': 0xa2,
  'f64.div': 0xa3,
  'f64.min': 0xa4,
  'f64.max': 0xa5,
  'f64.copysign': 0xa6,
  'i32x4.eq': simd(0x37),
  'i32x4.ne': simd(0x38),
  'i32x4.lt_s': simd(0x39),
  'i32x4.lt_u': simd(0x3a),
  'i32x4.gt_s': simd(0x3b),
  'i32x4.gt_u': simd(0x3c),
  'i32x4.le_s': simd(0x3d),
  'i32x4.le_u': simd(0x3e),
  'i32x4.ge_s': simd(0x3f),
  'i32x4.ge_u': simd(0x40),
  'f32x4.eq': simd(0x41),
  'f32x4.ne': simd(0x42),
  'f32x4.lt': simd(0x43),
  'f32x4.gt': simd(0x44),
  'f32x4.le': simd(0x45),
  'f32x4.ge': simd(0x46),
  'v128.and': simd(0x4e),
  'v128.andnot': simd(0x4f),
  'v128.or': simd(0x50),
  'v128.xor': simd(0x51),
  'i32x4.shl': simd(0xab),
  'i32x4.shr_s': simd(0xac),
  'i32x4.shr_u': simd(0xad),
  'i32x4.add': simd(0xae),
  'i32x4.sub': simd(0xb1),
  'i32x4.mul': simd(0xb5),
  'i32x4.min_s': simd(0xb6),
  'i32x4.min_u': simd(0xb7),
  'i32x4.max_s': simd(0xb8),
  'i32x4.max_u': simd(0xb9),
  'f32x4.add': simd(0xe4),
  'f32x4.sub': simd(0xe5),
  'f32x4.mul': simd(0xe6),
  'f32x4.div': simd(0xe7),
  'f32x4.min': simd(0xe8),
  'f32x4.max': simd(0xe9),
  'f32x4.pmin': simd(0xea),
  'f32x4.pmax': simd(0xeb),
} as const

/** Three operands, one result. */
export const ternary = {
  select: 0x1b,
  'v128.bitselect': simd(0x52),
  'f32x4.relaxed_madd': simd(0x105),
  'f32x4.relaxed_nmadd': simd(0x106),
  'i32x4.relaxed_laneselect': simd(0x10b),
} as const

/** [encoding, log2 of the bytes]: an address, one result. */
export const loads = {
  'i32.load': [0x28, 2],
  'f32.load': [0x2a, 2],
  'f64.load': [0x2b, 3],
  'v128.load': [simd(0x00), 4],
  'v128.load32_splat': [simd(0x09), 2],
  'v128.load32_zero': [simd(0x5c), 2],
} as const

/** [encoding, log2 of the bytes]: an address and a value, no result. */
export const stores = {
  'i32.store': [0x36, 2],
  'f32.store': [0x38, 2],
  'f64.store': [0x39, 3],
  'v128.store': [simd(0x0b), 4],
} as const

/** [encoding, operands]: a word of shared memory, its operations in one order for all threads; an address, then values. */
export const atomics = {
  /** Wakes up to so many threads; the result is how many. */
  'memory.atomic.notify': [atomic(0x00), 2],
  /** Sleeps where the word is as expected: for so many nanoseconds (an i64), or until it is notified. */
  'memory.atomic.wait32': [atomic(0x01), 3],
  'i32.atomic.load': [atomic(0x10), 1],
  'i32.atomic.store': [atomic(0x17), 2],
  'i32.atomic.rmw.add': [atomic(0x1e), 2],
} as const

/** [encoding, log2 of the bytes]: an address and a vector; the load gives the vector with one lane replaced. */
export const laneMemory = {
  'v128.load32_lane': [simd(0x56), 2],
  'v128.store32_lane': [simd(0x5a), 2],
  'v128.store64_lane': [simd(0x5b), 3],
} as const

/** A lane number; extraction has one operand, replacement two. */
export const lanes = {
  'i32x4.extract_lane': [simd(0x1b), 1],
  'i32x4.replace_lane': [simd(0x1c), 2],
  'f32x4.extract_lane': [simd(0x1f), 1],
  'f32x4.replace_lane': [simd(0x20), 2],
} as const

/** Sixteen lane numbers, two operands. */
export const shuffle = simd(0x0d)

export type Nullary = keyof typeof nullary
export type Unary = keyof typeof unary
export type Binary = keyof typeof binary
export type Ternary = keyof typeof ternary
export type Plain = Nullary | Unary | Binary | Ternary
export type LoadName = keyof typeof loads
export type StoreName = keyof typeof stores
export type AtomicName = keyof typeof atomics
export type LaneMemoryName = keyof typeof laneMemory
export type LaneName = keyof typeof lanes

const plain: Readonly<Record<Plain, number>> = { ...nullary, ...unary, ...binary, ...ternary }
export const plainCode = (name: Plain): number => plain[name]
const arities = new Map<string, number>([
  ...Object.keys(unary).map((name) => [name, 1] as const),
  ...Object.keys(binary).map((name) => [name, 2] as const),
  ...Object.keys(ternary).map((name) => [name, 3] as const),
])
export const arityOf = (name: Plain): number => arities.get(name) ?? 0
