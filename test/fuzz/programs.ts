// Hostile programs: compiled schemas with words exchanged and the checksum made to fit, and values to run those on that the
// loader takes all the same.
import { orderSchema } from '../../src/config/orders.ts'
import { encodeValue } from '../../src/kernel/messagepack.ts'
import { crc32c } from '../../src/kernel/reference/crc32c.ts'
import type { JsonSchema } from '../../src/schema/compile.ts'
import { header } from '../../src/schema/layout.ts'
import type { Random } from '../fixtures/random.ts'

const tree = {
  properties: { a: { $ref: '#' }, b: { items: { $ref: '#' } }, c: { type: ['null', 'string'], pattern: '^x' } },
}
/** Schemas of every instruction. */
export const hostileSchemas: readonly JsonSchema[] = [
  orderSchema,
  tree,
  {
    anyOf: [{ $ref: '#/$defs/a' }, { oneOf: [{ type: 'null' }, { not: { required: ['b'] } }] }],
    $defs: { a: { required: ['a', 'b'] } },
  },
  {
    prefixItems: [{ enum: ['a', 'b'] }, { const: { a: [1, 2] } }],
    items: { multipleOf: 0.5 },
    uniqueItems: true,
    contains: { minimum: 2 },
  },
  {
    patternProperties: { '^a': tree, b$: false },
    propertyNames: { maxLength: 3 },
    additionalProperties: { format: 'uuid' },
  },
  {
    $ref: '#/$defs/a',
    unevaluatedProperties: false,
    $defs: { a: { anyOf: [{ properties: { a: true } }, { properties: { b: true } }] } },
  },
  {
    if: { contains: { type: 'string' } },
    // biome-ignore lint/suspicious/noThenProperty: it is the keyword's name.
    then: { unevaluatedItems: { type: 'string' } },
    else: { dependentSchemas: { a: tree } },
  },
  {
    dependentRequired: { a: ['b'] },
    properties: { a: { format: 'date-time' }, b: { format: 'ipv6' } },
    minProperties: 1,
  },
]

export const hostileValues = [
  { a: { b: [{ c: 'x' }, { c: null }], a: {} }, b: [] },
  ['a', { a: [1, 2] }, 1.5, 2, 'x'],
  { a: '2024-01-01T00:00:00Z', b: '::1', abc: 'x', xb: 1 },
  { orderId: 'a', userId: 7, currency: 'EUR', total: 1.5, items: [{ sku: 'x', qty: 1, price: 2.5 }], note: 'n' },
  [[], {}, [[1]], 'aé', -1, 2n ** 63n, 1e300, true, null],
  'xn--9n2bp8q',
  -0,
].map(encodeValue)

/** Makes the checksum fit. */
export function sealProgram(program: Uint8Array): Uint8Array {
  const view = new DataView(program.buffer)
  view.setUint32(header.CHECKSUM, crc32c(program, view, 16, program.length - 16), true)
  return program
}

/** Exchanges a few words or bytes, mostly for such as could pass: offsets, kinds, small numbers. */
export function spoilProgram(random: Random, program: Uint8Array): Uint8Array {
  const spoilt = program.slice()
  const view = new DataView(spoilt.buffer)
  for (let count = 1 + random.below(3); count > 0; count--) {
    const word = random.below(program.length / 4) * 4
    const interesting = [
      0,
      1,
      random.below(30),
      random.below(program.length / 8) * 8,
      0xffff_ffff,
      0x7fff_ffff,
      0x1_0000,
    ]
    const nearby = view.getUint32(random.below(program.length / 4) * 4, true)
    const change = random.below(4)
    if (change === 0) spoilt[random.below(program.length)] = random.below(256)
    else if (change === 1) view.setUint32(word, nearby, true)
    else if (change === 2) view.setUint32(word, random.pick(interesting), true)
    else view.setUint32(word, view.getUint32(word, true) + random.pick([1, -1, 8, -8, 256]), true)
  }
  return sealProgram(spoilt)
}
