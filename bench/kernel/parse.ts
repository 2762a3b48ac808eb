// JSON to a form that programs can use, and nothing else. The kernel makes canonical MessagePack and has then checked UTF-8
// and duplicate keys; `JSON.parse` makes objects, keeps the last of two equal keys and rounds integers beyond 2^53.
// One call a document on both sides. It refuses to compare what is not the same: of the first documents the kernel's
// MessagePack must be that of the JavaScript engine.

import { parseExact } from '../../src/kernel/reference/exact.ts'
import { packExact } from '../../src/kernel/reference/pack-exact.ts'
import { depthMax } from '../../src/limits.ts'
import { makeRandom } from '../../src/measure/random.ts'
import { type DocumentKind, makeDocument } from '../documents.ts'
import type { Comparison } from './comparison.ts'
import { type Probe, placeAll } from './probe.ts'

const seed = 20_260_102
const atLeast = 2.5
const comparedCount = 32
const outputBytes = 1_048_512

type Case = { readonly name: string; readonly kind: DocumentKind; readonly indent: number }

const cases: readonly Case[] = [
  { name: 'posts pretty', kind: 'posts', indent: 2 },
  { name: 'posts', kind: 'posts', indent: 0 },
  { name: 'coordinates', kind: 'coordinates', indent: 0 },
  { name: 'series', kind: 'series', indent: 0 },
]
export const parseNames: readonly string[] = cases.map(({ name }) => name)

/** The comparisons among `names`. Items are documents. */
export function parseComparisons(probe: Probe, names: readonly string[], itemCount: number): Comparison[] {
  return cases.filter(({ name }) => names.includes(name)).map((one) => compare(probe, one, itemCount))
}

function compare(probe: Probe, { name, kind, indent }: Case, itemCount: number): Comparison {
  const random = makeRandom(seed)
  const texts = Array.from({ length: itemCount }, (_, serial) =>
    JSON.stringify(makeDocument(random, kind, serial), null, indent),
  )
  const documents = texts.map((text) => Buffer.from(text))
  const places = placeAll(probe, documents)
  const isAscii = documents.every((document, index) => document.length === texts[index]!.length)
  const parse = parserOf(probe)
  for (const [index, document] of documents.slice(0, comparedCount).entries()) {
    parse(places[index]!.start, places[index]!.end)
    if (!packed(probe).equals(packedByReference(document))) throw new Error(`the parsers disagree on document ${index}`)
  }
  // Of ASCII both make the same string; Latin-1 is the shorter way.
  const encoding = isAscii ? 'latin1' : 'utf8'
  return {
    stage: 'parse',
    name,
    itemCount,
    itemBytes: documents.reduce((sum, { length }) => sum + length, 0) / itemCount,
    ours: { name: 'kernel', run: () => each(places, ({ start, end }) => parse(start, end)) },
    others: [
      {
        name: 'JSON.parse of the bytes',
        run: () => each(documents, (one) => JSON.parse(one.toString(encoding))),
        atLeast,
      },
      { name: 'JSON.parse of a string', run: () => each(texts, (text) => JSON.parse(text)) },
    ],
  }
}

function each<Item>(items: readonly Item[], use: (item: Item) => void): void {
  for (const item of items) use(item)
}

function parserOf({ exports, scratch }: Probe): (start: number, end: number) => void {
  return (start, end) => {
    const status = exports.parse(start, end, scratch, scratch + outputBytes, scratch, depthMax)
    if (status !== 0) throw new Error(`the kernel refuses a document with status ${status}`)
  }
}

/** The MessagePack of the document parsed last. */
function packed({ exports, scratch, memory }: Probe): Buffer {
  return memory.subarray(scratch, exports.getParsedEnd())
}

function packedByReference(document: Buffer): Buffer {
  const { root } = parseExact(document, 0, document.length, depthMax)
  if (root === undefined) throw new Error('the JavaScript engine refuses a document')
  const bytes = new Uint8Array(4 * document.length)
  return Buffer.from(bytes.subarray(0, packExact(bytes, 0, root)))
}
