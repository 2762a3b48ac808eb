// Writes SCALAR items and the sets they name (assembly/schema/program.ts draws both).
import { encodeValue } from '../kernel/encode-value.ts'
import { wantPattern, wantPatterns } from './emit-automaton.ts'
import type { Emitter } from './emitter.ts'
import { formatPatterns } from './formats.ts'
import { bestMultiplier, slotsFor } from './hashing.ts'
import { uLabelPatterns } from './idna.ts'
import { unsupported } from './keywords.ts'
import {
  formatCode,
  multipleLayout,
  op,
  scalarKeywords,
  scalarLayout,
  typesAll,
  valuesLayout,
  wordsLayout,
} from './layout.ts'
import { keywordLocation } from './locations.ts'
import type { SchemaNode } from './node.ts'
import { areWords, onlySet, typeMask } from './shape.ts'
import { addItem, putBytes, putF64, putU32, putU64 } from './writer.ts'

const u32Max = 0xffff_ffff
const i64Min = -(2n ** 63n)
const i64Max = 2n ** 63n - 1n
const u64Max = 2n ** 64n - 1n
const exactMax = 2n ** 53n - 1n
/** 10^22 is the highest power of ten that a double holds exactly. */
const scaleExponentMax = 22

export const boundKeywords = ['maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'] as const

/** The bounds as written; an absent one is an infinity that refuses nothing. */
function boundsOf(node: SchemaNode): number[] {
  return boundKeywords.map(
    (keyword, index) => (node.keywords[keyword] as number | undefined) ?? (index < 2 ? 1 : -1) / 0,
  )
}

/** The double next to a finite one, upwards or downwards. */
function neighbour(value: number, up: boolean): number {
  if (!Number.isFinite(value)) return value
  if (value === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE
  const bits = new DataView(new ArrayBuffer(8))
  bits.setFloat64(0, value)
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 === up ? 1n : -1n))
  return bits.getFloat64(0)
}

/** Inclusive bounds of the integers that the four bounds leave, unlimited where infinite. */
function integerBounds([max, exclusiveMax, min, exclusiveMin]: number[]): [bigint, bigint] {
  const lowest = [Math.ceil(min as number), Math.floor(exclusiveMin as number)]
  const highest = [Math.floor(max as number), Math.ceil(exclusiveMax as number)]
  let low = i64Min
  let high = u64Max
  for (const [index, bound] of lowest.entries()) {
    if (bound > -Infinity && BigInt(bound) + BigInt(index) > low) low = BigInt(bound) + BigInt(index)
  }
  for (const [index, bound] of highest.entries()) {
    if (bound < Infinity && BigInt(bound) - BigInt(index) < high) high = BigInt(bound) - BigInt(index)
  }
  return [low, high]
}

function clamped(low: bigint, high: bigint, least: bigint, most: bigint): [bigint, bigint] {
  const from = low > least ? low : least
  const to = high < most ? high : most
  // No integer of this kind is left: a range that holds none.
  return from > to ? [1n, 0n] : [from, to]
}

function putBounds({ writer }: Emitter, item: number, node: SchemaNode): void {
  const bounds = boundsOf(node)
  const [max, exclusiveMax, min, exclusiveMin] = bounds as [number, number, number, number]
  const [low, high] = integerBounds(bounds)
  const [intMin, intMax] = clamped(low, high, i64Min, i64Max)
  const [bigMin, bigMax] = clamped(low, high, i64Max + 1n, u64Max)
  putU64(writer, item + scalarLayout.INT_MIN, intMin)
  putU64(writer, item + scalarLayout.INT_MAX, intMax)
  putU64(writer, item + scalarLayout.BIG_MIN, bigMin)
  putU64(writer, item + scalarLayout.BIG_MAX, bigMax)
  putF64(writer, item + scalarLayout.DOUBLE_MIN, Math.max(min, neighbour(exclusiveMin, true)))
  putF64(writer, item + scalarLayout.DOUBLE_MAX, Math.min(max, neighbour(exclusiveMax, false)))
  for (const [index, bound] of bounds.entries()) putF64(writer, item + scalarLayout.BOUNDS + index * 8, bound)
}

/** A bound on a count as the program holds it: no value has more of anything than fits 32 bits. */
export function countBound(node: SchemaNode, keyword: string, absent: number): number {
  return Math.min((node.keywords[keyword] as number | undefined) ?? absent, u32Max)
}

/** n bytes are n/4 … n code points: the byte lengths for which that settles both bounds. */
function putLengths({ writer }: Emitter, item: number, node: SchemaNode): void {
  const least = countBound(node, 'minLength', 0)
  const most = countBound(node, 'maxLength', u32Max)
  const quickMin = least === 0 ? 0 : 4 * least - 3
  const settles = quickMin <= most
  putU32(writer, item + scalarLayout.QUICK_MIN, settles ? quickMin : u32Max)
  putU32(writer, item + scalarLayout.QUICK_SPAN, settles ? most - quickMin : 0)
  putU32(writer, item + scalarLayout.LENGTH_MIN, least)
  putU32(writer, item + scalarLayout.LENGTH_MAX, most)
}

function putLocations({ writer, locations }: Emitter, item: number, node: SchemaNode, typed: boolean): void {
  for (const [index, keyword] of scalarKeywords.entries()) {
    const absent = !(keyword in node.keywords) || (keyword === 'type' && !typed)
    const location = absent ? u32Max : keywordLocation(locations, node, keyword, node.keywords[keyword])
    putU32(writer, item + scalarLayout.LOCATIONS + index * 4, location)
  }
}

function addWords({ writer }: Emitter, values: readonly string[]): number {
  const words = [...new Set(values)].map((value) => {
    const encoded = encodeValue(value)
    return encoded.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n)
  })
  const slotCount = slotsFor(words.length, 0.4)
  const { multiplier, shift } = bestMultiplier(words, slotCount)
  const item = addItem(writer, op.WORDS, wordsLayout.SLOTS + slotCount * 8)
  putU32(writer, item + wordsLayout.HASH_SHIFT, shift)
  putU64(writer, item + wordsLayout.HASH_MULTIPLIER, multiplier)
  putU32(writer, item + wordsLayout.HASH_MASK, slotCount - 1)
  const taken = new Set<number>()
  for (const word of words) {
    let slot = Number(((word * multiplier) & u64Max) >> BigInt(shift)) & (slotCount - 1)
    while (taken.has(slot)) slot = (slot + 1) & (slotCount - 1)
    taken.add(slot)
    putU64(writer, item + wordsLayout.SLOTS + slot * 8, word)
  }
  return item
}

function addValues({ writer }: Emitter, values: readonly unknown[]): number {
  const encoded = values.map(encodeValue)
  const bytes = encoded.reduce((sum, value) => sum + value.length, 0)
  const item = addItem(writer, op.VALUES, valuesLayout.FIRST + bytes)
  putU32(writer, item + valuesLayout.COUNT, values.length)
  putU32(writer, item + valuesLayout.BYTES, bytes)
  let at = item + valuesLayout.FIRST
  for (const value of encoded) {
    putBytes(writer, at, value)
    at += value.length
  }
  return item
}

/** Leaves the set of `enum` or `const` as a task, and writes its distance from the SCALAR when it stands. */
function putSet(emitter: Emitter, item: number, field: number, values: readonly unknown[]): void {
  emitter.tasks.push(() => {
    const set = areWords(values) ? addWords(emitter, values as string[]) : addValues(emitter, values)
    putU32(emitter.writer, item + field, set - item)
  })
}

/** Appends a SCALAR for the node; `typed`: with its `type`. Returns the offset. */
export function addScalar(emitter: Emitter, node: SchemaNode, typed: boolean): number {
  const { writer, options } = emitter
  const { keywords } = node
  const item = addItem(writer, op.SCALAR, scalarLayout.BYTES)
  putU32(writer, item + scalarLayout.TYPES, typed ? typeMask(node) : typesAll)
  putBounds(emitter, item, node)
  putLengths(emitter, item, node)
  putLocations(emitter, item, node, typed)
  const only = onlySet(node)
  if (only !== undefined) putSet(emitter, item, scalarLayout.ENUM, only)
  else if (keywords.enum !== undefined) {
    putSet(emitter, item, scalarLayout.ENUM, keywords.enum as unknown[])
    putSet(emitter, item, scalarLayout.CONST, [keywords.const])
  }
  if ('const' in keywords && only !== undefined) moveConstLocation(emitter, item)
  if (keywords.pattern !== undefined) wantPattern(emitter, node, keywords.pattern as string, item, scalarLayout.PATTERN)
  if (keywords.multipleOf !== undefined) {
    emitter.tasks.push(() => putU32(writer, item + scalarLayout.MULTIPLE, addMultiple(emitter, node) - item))
  }
  if (keywords.format !== undefined && options.assertFormat) putFormat(emitter, item, node)
  return item
}

function putFormat(emitter: Emitter, item: number, node: SchemaNode): void {
  const format = node.keywords.format as string
  if (Object.hasOwn(formatCode, format)) {
    putU32(emitter.writer, item + scalarLayout.FORMAT, formatCode[format as keyof typeof formatCode])
    if (format === 'hostname') wantPatterns(emitter, 'U-labels', uLabelPatterns, item, scalarLayout.FORMAT_DFA)
  } else if (Object.hasOwn(formatPatterns, format)) {
    const pattern = formatPatterns[format as keyof typeof formatPatterns]
    wantPattern(emitter, node, pattern, item, scalarLayout.FORMAT_DFA)
  } else throw unsupported(`${node.pointer}/format`, 'format', `the format "${format}" is not known`)
}

/** A divisor as m × 10^−k (docs/schema.md, "multipleOf"). */
function addMultiple({ writer }: Emitter, node: SchemaNode): number {
  const divisor = node.keywords.multipleOf as number
  const [digits, exponent] = divisor.toExponential().split('e') as [string, string]
  const [whole, fraction = ''] = digits.split('.') as [string, string?]
  const power = Number(exponent) - fraction.length
  const k = Math.max(0, -power)
  const mantissa = BigInt(whole + fraction) * 10n ** BigInt(Math.max(0, power))
  if (mantissa > exactMax)
    throw unsupported(`${node.pointer}/multipleOf`, 'multipleOf', 'expected at most 2^53 as a decimal')
  const item = addItem(writer, op.MULTIPLE, multipleLayout.BYTES)
  putU64(writer, item + multipleLayout.REDUCED, mantissa / gcd(mantissa, 10n ** BigInt(k)))
  putF64(writer, item + multipleLayout.DIVISOR, divisor)
  putF64(writer, item + multipleLayout.MANTISSA, Number(mantissa))
  putF64(writer, item + multipleLayout.SCALE, k <= scaleExponentMax ? Number(`1e${k}`) : 0)
  return item
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b)
}

/** A lone `const` is a set of one in the place of `enum`, and reports as itself. */
function moveConstLocation({ writer }: Emitter, item: number): void {
  const at = (keyword: (typeof scalarKeywords)[number]) =>
    item + scalarLayout.LOCATIONS + scalarKeywords.indexOf(keyword) * 4
  putU32(writer, at('enum'), writer.view.getUint32(at('const'), true))
}
