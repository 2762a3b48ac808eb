// The JSON-Schema-Test-Suite through both engines: every required test of 2020-12 whose schema is taken has the right
// verdict, and the engines leave the same slab for it. The corpus lies beside the checkout; without it there is a notice.
import { expect, test } from 'vitest'
import { recordStatus } from '../../src/kernel/abi.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { compareRecords, openPairs, type Tally } from './compare.ts'
import { isHere, notHere, subjectsOf, suites, type Taken } from './corpus.ts'

async function wrongVerdicts(taken: readonly Taken[]): Promise<string[]> {
  const compiled = taken.map((subject) => subject.compiled)
  const pairs = openPairs(await loadKernel('shared'), taken, compiled)
  const wrong: string[] = []
  for (const [index, { name, tests }] of taken.entries()) {
    for (const { description, data, valid } of tests) {
      const tally: Tally = new Map()
      compareRecords(pairs[index]!, [Buffer.from(JSON.stringify(data))], tally, `${name}: ${description}`)
      if (!tally.has(valid ? recordStatus.ENCODED : recordStatus.SCHEMA_INVALID)) wrong.push(`${name}: ${description}`)
    }
  }
  return wrong
}

if (!isHere) console.warn(notHere)

test.skipIf(!isHere).each(suites)('$name have the right verdict in both engines', async (kind) => {
  const { taken, testCount } = subjectsOf(kind.files(), kind.assertFormat)
  const takenCount = taken.reduce((sum, { tests }) => sum + tests.length, 0)
  console.log(`${takenCount} of ${testCount} ${kind.name} have a schema that is taken`)
  expect(takenCount / testCount).toBeGreaterThan(0.97)
  expect(await wrongVerdicts(taken)).toEqual([])
})
