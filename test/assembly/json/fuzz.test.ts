// Texts drawn from a grammar, spoiled, and cut, through the kernel's parser and through the exact parser of the JavaScript
// engine, which shares no line with it. Invariants: the same status, the same offset, the same MessagePack; nothing written
// outside of what the parser was given; whatever stands behind a text makes no difference.
// SLUICE_FUZZ_TEXTS sets how many texts (60,000 by default), SLUICE_SEED which.
import { beforeAll, expect, test } from 'vitest'
import { parseExact } from '../../../src/kernel/reference/exact.ts'
import { packExact } from '../../../src/kernel/reference/pack-exact.ts'
import { type Random, randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { documentText } from '../../fuzz/documents.ts'
import { mutateBytes } from '../../fuzz/mutate.ts'
import { openParser, type Parser, statusNames } from './parser.ts'

let parser: Parser
beforeAll(async () => {
  parser = await openParser()
})

const textCount = Number(process.env.SLUICE_FUZZ_TEXTS ?? 60_000)
const packed = Buffer.alloc(1_048_576)

/** Throws when the two parsers differ on a text. */
function compare(text: Uint8Array, behind: Uint8Array, note: string): void {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  const exact = parseExact(bytes, 0, bytes.length, 128)
  const own = parser.parse(text, { behind })
  const say = (what: string) =>
    new Error(`${what}: ${JSON.stringify(bytes.toString('latin1').slice(0, 2000))}, ${note}`)
  if (own.status !== exact.status || (exact.status !== 0 && own.errorOffset !== exact.errorOffset)) {
    const spell = (status: number, offset: number) => `${statusNames.get(status)} at ${offset}`
    throw say(`${spell(own.status, own.errorOffset)} for ${spell(exact.status, exact.errorOffset)}`)
  }
  if (exact.status !== 0 || exact.root === undefined) return
  const end = packExact(packed, 0, exact.root)
  if (Buffer.compare(own.value, packed.subarray(0, end)) !== 0) throw say('another value')
  if (Buffer.compare(own.text, bytes.subarray(exact.valueStart, exact.valueEnd)) !== 0) throw say('another extent')
}

/** What may stand behind a text: what would go on with it, another text, or anything. */
function behindText(random: Random, rest: Uint8Array): Uint8Array {
  if (random.below(2) === 0) return rest.subarray(0, 64)
  return Buffer.from(
    random.pick(['', '"', '0', '}', ']', ',"a":1}', '    ', '\\', 'e5', ':1', '\xff', '{{{{', '[[[[', '\x00']),
    'latin1',
  )
}

test('grammar-made texts and spoiled ones come out of both parsers alike', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  for (let count = 0; count < textCount; count += 3) {
    const text = Buffer.from(documentText(random, 5))
    const note = `seed ${seed}, text ${count}`
    compare(text, behindText(random, text), note)
    const spoiled = mutateBytes(random, text)
    compare(spoiled, behindText(random, text), note)
    const cut = random.below(text.length + 1)
    compare(text.subarray(0, cut), behindText(random, text.subarray(cut)), note)
  }
})

const samples: readonly string[] = [
  '{"orderId":"ord-00010000000000001","userId":1234567,"currency":"EUR","total":1234.56,"items":[{"sku":"SKU-00001-XL","qty":3,"price":19.99},{"sku":"SKU-00002-S","qty":12,"price":0.5}],"note":"please leave it at the back door, thank you","createdAt":"2025-01-02T03:04:05.678Z"}',
  '{\n  "a long key that takes two loads": [true, false, null, -1.5e-7, 1E+2, 0, -0],\n\t"é\\u00e9": "日本語 \\ud83d\\ude00 😀 \\n\\"\\\\"\r\n}',
  '[[],{},[[[{"a":{"b":[]}}]]],"",18446744073709551615,-9223372036854775808,123456789012345678901234567890.5e-20]',
  ' [ "0123456789abcdef0123456789abcde" , "0123456789abcdef0123456789abcdef" , 12345678 , 1234567.8 , 99999999.9 ] ',
]

test('every beginning of a text is refused where it ends, whatever stands behind it', () => {
  for (const sample of samples) {
    const text = Buffer.from(sample)
    for (let cut = 0; cut <= text.length; cut++) {
      for (const behind of [
        text.subarray(cut, cut + 64),
        Buffer.from('"}]'),
        Buffer.alloc(64, 0x20),
        Buffer.alloc(64, 0x30),
      ]) {
        compare(text.subarray(0, cut), behind, `cut at ${cut}`)
      }
    }
  }
})

test('every byte of a text exchanged for any other is judged alike', () => {
  for (const sample of samples) {
    const text = Buffer.from(sample)
    for (let at = 0; at < text.length; at++) {
      const original = text[at]!
      for (let byte = 0; byte < 256; byte++) {
        text[at] = byte
        compare(text, Buffer.from('"}]'), `byte ${at} is ${byte}`)
      }
      text[at] = original
    }
  }
})

test('containers around the counts where a header grows hold what they should, however deep they are nested', () => {
  const list = (count: number) => `[${Array.from({ length: count }, (_, index) => index % 128)}]`
  const map = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":${list(index % 3)}`)}}`
  const texts = [15, 16, 17, 255, 256].flatMap((count) => [list(count), map(count), `[${map(count)},${list(count)}]`])
  texts.push(list(65_535), list(65_536), `[${list(65_536)}${',0'.repeat(20)}]`)
  let nested = list(20)
  for (let depth = 0; depth < 126; depth++) nested = `[${nested}${`,${depth}`.repeat(depth % 20)}]`
  for (const text of [...texts, nested]) compare(Buffer.from(text), Buffer.from(',1]'), text.slice(0, 40))
})

test('strings around the lengths where a header grows are copied whole', () => {
  for (const length of [
    0, 1, 14, 15, 16, 17, 30, 31, 32, 33, 47, 48, 255, 256, 257, 271, 272, 65_535, 65_536, 65_537, 200_000,
  ]) {
    for (const body of [
      'x'.repeat(length),
      `${'x'.repeat(length)}\\n`,
      `\\u00e9${'x'.repeat(length)}`,
      'é'.repeat(length / 2),
    ]) {
      compare(Buffer.from(`"${body}"`), Buffer.from('"'), `a string of ${length}`)
      compare(Buffer.from(`["${body}",1]`), Buffer.from('"'), `a string of ${length} in an array`)
      compare(Buffer.from(`{"${body}":1}`), Buffer.from('"'), `a key of ${length}`)
    }
  }
})

test('a path leads to the value it names', () => {
  const text = Buffer.from(' {"a": [1, "x,]}", {"b\\"": null}], "c": {"d": -1.5 , "e": [[], [2]]}} ')
  expect(parser.parse(text).status).toBe(0)
  const at = (path: readonly number[]) => text.subarray(parser.locate(path)).toString()
  expect(parser.locate([])).toBe(1)
  expect(at([0])).toMatch(/^\[1, /)
  expect(at([0, 1])).toMatch(/^"x,]}"/)
  expect(at([0, 2, 0])).toMatch(/^null}/)
  expect(at([1, 0])).toMatch(/^-1.5 ,/)
  expect(at([1, 1, 1, 0])).toMatch(/^2]]/)
  expect(parser.locate([5, 5])).toBe(text.length)
})
