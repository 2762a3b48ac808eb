// Ways to spoil a record, in JSON or MessagePack: bytes changed, cut, doubled, swapped or put in, and whole values exchanged.
import type { Random } from '../fixtures/random.ts'
import { documentText, numberText, stringText } from './documents.ts'

const tokens = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '-',
  '0',
  '1e9',
  'null',
  ' ',
  '\t',
  '\ud83d',
  '\\u',
  '.',
  'e',
  '""',
]
const rawBytes = [
  0x00, 0x1f, 0x22, 0x5c, 0x7f, 0x80, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xa0, 0xef, 0xbb, 0xf0, 0xf4, 0xf5, 0xff,
]

/** Ill-formed UTF-8: overlong, surrogates, beyond U+10FFFF, cut. And what is just well-formed beside them. */
const sequences =
  'c080 c1bf e09fbf e0a080 eda080 ed9fbf edbfbf ee8080 f08fbfbf f0908080 f48fbfbf f4908080 f5808080 e282 f09f98'
    .split(' ')
    .map((text) => Buffer.from(text, 'hex'))

/** Spoils the bytes once or a few times. */
export function mutateBytes(random: Random, original: Uint8Array): Uint8Array {
  let bytes = original
  for (let count = 1 + random.below(3); count > 0; count--) bytes = mutateOnce(random, bytes)
  return bytes
}

function mutateOnce(random: Random, bytes: Uint8Array): Uint8Array {
  const at = random.below(bytes.length + 1)
  const span = Math.min(1 + random.below(6), bytes.length - at)
  switch (random.below(8)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + span)])
    case 2:
      return Buffer.concat([bytes.subarray(0, at + span), bytes.subarray(at)])
    case 3:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(tokens)), bytes.subarray(at)])
    case 4:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([random.pick(rawBytes)]), bytes.subarray(at)])
    case 5:
      return Buffer.concat([bytes.subarray(0, at), random.pick(sequences), bytes.subarray(at)])
    case 6:
      return withByte(bytes, at, random.pick(rawBytes))
    default:
      return withByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.below(8)))
  }
}

function withByte(bytes: Uint8Array, at: number, byte: number): Uint8Array {
  const changed = Uint8Array.from(bytes)
  changed[at] = byte
  return changed
}

/** One to three bytes of MessagePack changed, put in or taken out; type bytes are likelier than others. */
export function mutatePacked(random: Random, whole: Uint8Array): Uint8Array {
  let record = Buffer.from(whole)
  for (let left = 1 + random.below(3); left > 0; left--) {
    const at = random.below(record.length + 1)
    const byte = random.below(2) === 0 ? 0xc0 + random.below(0x20) : random.below(0x100)
    const drop = random.below(3) > 0 ? 1 : 0
    const add = random.below(10) < 7 ? [byte] : []
    record = Buffer.concat([record.subarray(0, at), Buffer.from(add), record.subarray(at + drop)])
  }
  return record
}

/** Exchanges one value or member of a well-formed text for another; the text stays well-formed nearly always. */
export function vary(random: Random, text: string): string {
  const root: { value: unknown } = { value: JSON.parse(text) }
  const places = placesIn(root)
  const { parent, key } = random.pick(places)
  const value = parent[key]
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1)
      else if (parent !== root) delete parent[key]
      break
    case 1:
      if (typeof value === 'number') parent[key] = value + random.pick([-1, 1, 0.5, -value, 1e6, -1e6])
      else if (typeof value === 'string') parent[key] = random.pick([value.slice(1), `${value}x`, '', value + value])
      break
    case 2:
      if (Array.isArray(value)) value.push(...(value as unknown[]))
      else if (typeof value === 'object' && value !== null)
        Object.assign(value, { [random.pick(['zz', 'a', 'id'])]: 1 })
      break
    default:
      return JSON.stringify(root.value).replace(JSON.stringify(value) ?? 'null', () => otherText(random))
  }
  return JSON.stringify(root.value)
}

function otherText(random: Random): string {
  return random.pick([numberText, stringText, (source: Random) => documentText(source, 2)])(random)
}

type Place = { readonly parent: Record<string, unknown>; readonly key: string }

function placesIn(root: object): Place[] {
  return Object.entries(root).flatMap(([key, value]: [string, unknown]) => {
    const own = { parent: root as Record<string, unknown>, key }
    return typeof value === 'object' && value !== null ? [own, ...placesIn(value)] : [own]
  })
}
