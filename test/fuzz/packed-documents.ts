// MessagePack for fuzzing, drawn from a grammar that likes the corners: heads longer than need be, single precision, integers
// at the edges of every width, ill-formed UTF-8, the same key twice, and now and then what JSON has no word for. Nearly all is
// well-formed; the exceptions are meant.
import type { Random } from '../fixtures/random.ts'

const texts = [
  '',
  'a',
  'b',
  'id',
  'key',
  '__proto__',
  'toString',
  '0',
  'é',
  '😀',
  'k'.repeat(31),
  'k'.repeat(32),
  'y'.repeat(300),
]
const badTexts = ['c080', 'eda080', 'f4908080', 'e282', 'ff'].map((hex) => Buffer.from(hex, 'hex'))
const strangers = ['c1', 'c40161', 'd40000', 'c7010061', 'd80000000000000000000000000000000000'].map((hex) =>
  Buffer.from(hex, 'hex'),
)
const notFinite = ['cb7ff0000000000000', 'cbfff0000000000000', 'cb7ff8000000000000', 'ca7fc00000', 'caff800000'].map(
  (hex) => Buffer.from(hex, 'hex'),
)
const integers = [
  0,
  1,
  -1,
  -32,
  -33,
  127,
  128,
  255,
  256,
  -128,
  -129,
  65_535,
  65_536,
  -32_769,
  2 ** 31,
  2 ** 32,
  -(2 ** 31) - 1,
]
const bigints = [2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 53n) - 1n]

/** A document of at most `depth` levels. */
export function drawPacked(random: Random, depth: number): Buffer {
  switch (random.below(depth > 0 ? 8 : 5)) {
    case 0:
      return Buffer.of(random.pick([0xc0, 0xc2, 0xc3]))
    case 1:
      return integer(random)
    case 2:
      return double(random)
    case 3:
      return text(random)
    case 4:
      return random.below(60) === 0 ? random.pick(random.below(2) === 0 ? strangers : notFinite) : text(random)
    case 5:
    case 6:
      return array(random, depth)
    default:
      return map(random, depth)
  }
}

/** A head of the least width there is for `count`, or a longer one. `fix` is the type byte that holds `fixMax` and less. */
function head(random: Random, count: number, fix: number, fixMax: number, wide: readonly number[]): Buffer {
  const widths = [fixMax, wide.length === 3 ? 0xff : -1, 0xffff, 0xffff_ffff]
  const least = widths.findIndex((most) => count <= most)
  const width = random.below(3) === 0 ? least + random.below(4 - least) : least
  if (width === 0) return Buffer.of(fix | count)
  const bytes = Buffer.alloc(5)
  bytes.writeUInt32BE(count, 1)
  const lengthBytes = width === 1 ? 1 : width === 2 ? 2 : 4
  return Buffer.concat([
    Buffer.of(wide[wide.length === 3 ? width - 1 : Math.max(width, 2) - 2]!),
    bytes.subarray(5 - lengthBytes),
  ])
}

function text(random: Random): Buffer {
  const body = random.below(100) === 0 ? random.pick(badTexts) : Buffer.from(random.pick(texts))
  return Buffer.concat([head(random, body.length, 0xa0, 31, [0xd9, 0xda, 0xdb]), body])
}

function integer(random: Random): Buffer {
  const bytes = Buffer.alloc(9)
  if (random.below(4) === 0) {
    bytes.writeBigInt64BE(random.pick(bigints), 1)
    bytes[0] = random.pick([0xcf, 0xd3])
    return bytes
  }
  const value = random.below(2) === 0 ? random.pick(integers) : random.below(300) - 100
  if (value >= -32 && value < 128 && random.below(2) === 0) return Buffer.of(value & 0xff)
  bytes.writeBigInt64BE(BigInt(value), 1)
  const width = random.pick(
    [1, 2, 4, 8].filter((width) => value >= -(2 ** (8 * width - 1)) && value < 2 ** (8 * width - 1)),
  )
  const type = (value < 0 || random.below(2) === 0 ? 0xd0 : 0xcc) + Math.log2(width)
  return Buffer.concat([Buffer.of(type), bytes.subarray(9 - width)])
}

function double(random: Random): Buffer {
  const bytes = Buffer.alloc(9)
  const value = random.pick([
    0.1,
    -0,
    1e300,
    5e-324,
    2 ** 53,
    -(2 ** 53),
    2 ** 53 + 2,
    1.5,
    100,
    (random.fraction() - 0.5) * 1e6,
  ])
  if (random.below(3) === 0) {
    bytes[0] = 0xca
    bytes.writeFloatBE(Math.abs(value) < 1e38 ? value : 1, 1)
    return bytes.subarray(0, 5)
  }
  bytes[0] = 0xcb
  bytes.writeDoubleBE(value, 1)
  return bytes
}

function someCount(random: Random): number {
  return random.below(50) === 0 ? 14 + random.below(5) : random.below(5)
}

function array(random: Random, depth: number): Buffer {
  const count = someCount(random)
  const elements = Array.from({ length: count }, () => drawPacked(random, depth - 1))
  return Buffer.concat([head(random, count, 0x90, 15, [0xdc, 0xdd]), ...elements])
}

function map(random: Random, depth: number): Buffer {
  const count = someCount(random)
  const members = Array.from({ length: count }, (_, index) => {
    const key =
      random.below(count > 5 ? 1 : 8) === 0
        ? Buffer.from(`\xa2${String.fromCharCode(97 + index)}${index % 10}`, 'latin1')
        : text(random)
    return [random.below(300) === 0 ? integer(random) : key, drawPacked(random, depth - 1)]
  })
  return Buffer.concat([head(random, count, 0x80, 15, [0xde, 0xdf]), ...members.flat()])
}
