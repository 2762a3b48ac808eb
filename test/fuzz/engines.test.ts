// The two engines agree on everything: for the same bytes they leave the same slab, to the byte, and all around their regions
// as it was. Checked over texts from a grammar, samples of each schema cut at every byte, samples varied and spoiled. A failure
// names the seed: SLUICE_SEED=… runs it again. SLUICE_FUZZ_RECORDS sets how many records each kind of text gets; the default
// takes some seconds.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { recordStatus } from '../../src/kernel/abi.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { compareRecords, openPairs, type Pair, type Tally } from './compare.ts'
import { documentText } from './documents.ts'
import { mutateBytes, vary } from './mutate.ts'
import { subjects } from './subjects.ts'

const seed = seedFromEnv()
const about = `SLUICE_SEED=${seed}`
const recordCount = Number(process.env.SLUICE_FUZZ_RECORDS ?? 8_000)
const recordsAtOnce = 500

let pairs: readonly Pair[]
let executions = 0

beforeAll(async () => {
  pairs = openPairs(await loadKernel('shared'), subjects)
})

afterAll(() => {
  if (process.env.SLUICE_FUZZ_RECORDS !== undefined) console.log(`${executions} records in JSON, ${about}`)
})

/** Has both engines do `recordCount` records of a kind; returns how many had which status. */
function fuzz(pair: Pair, random: Random, make: (sample: string) => Uint8Array): Tally {
  const tally: Tally = new Map()
  for (let done = 0; done < recordCount; done += recordsAtOnce) {
    const records = Array.from({ length: recordsAtOnce }, () => make(random.pick(pair.subject.samples)))
    compareRecords(pair, records, tally, about)
    executions += recordsAtOnce
  }
  return tally
}

describe.each(subjects.map(({ name }, index) => ({ name, index })))('schema: $name', ({ index }) => {
  test('every sample is accepted by both', () => {
    const tally: Tally = new Map()
    const { subject } = pairs[index]!
    compareRecords(
      pairs[index]!,
      subject.samples.map((sample) => Buffer.from(sample)),
      tally,
      about,
    )
    expect(tally).toEqual(new Map([[recordStatus.ENCODED, subject.samples.length]]))
  })

  test('every sample cut at every byte', () => {
    const pair = pairs[index]!
    for (const sample of pair.subject.samples) {
      const bytes = Buffer.from(sample)
      const cuts = Array.from(bytes, (_, cut) => bytes.subarray(0, cut))
      compareRecords(pair, cuts, new Map(), about)
    }
  })

  test('documents of the grammar', () => {
    const random = randomFrom(seed + index)
    const tally = fuzz(pairs[index]!, random, () => Buffer.from(documentText(random, 1 + random.below(5))))
    expect(tally.size, about).toBeGreaterThan(4)
  })

  test('samples with a value exchanged', () => {
    const random = randomFrom(seed + 1000 + index)
    const tally = fuzz(pairs[index]!, random, (sample) => Buffer.from(vary(random, sample)))
    expect(tally.get(recordStatus.ENCODED), about).toBeGreaterThan(0)
  })

  test('samples with bytes spoiled', () => {
    const random = randomFrom(seed + 2000 + index)
    const tally = fuzz(pairs[index]!, random, (sample) => mutateBytes(random, Buffer.from(sample)))
    expect(tally.size, about).toBeGreaterThan(6)
  })
})
