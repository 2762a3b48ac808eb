// The key as it goes into an answer: the short way says what JSON.stringify says between its quotes, or nothing at all.
import { expect, test } from 'vitest'
import { recordKey } from '../../src/kernel/descriptors.ts'
import { plainKey } from '../../src/kernel/key-text.ts'
import { openReference } from '../../src/kernel/reference.ts'
import { keyBytesMax } from '../../src/limits.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'
import { runRounds, stageFor } from '../fixtures/slab.ts'

const stage = stageFor(true)
const engine = openReference(stage)

/** What the two ways make of the keys, which come beside their records. */
function keysOf(keys: readonly (string | undefined)[]): { plain: string | undefined; key: string }[] {
  runRounds(
    engine,
    stage,
    keys.map((key) => ({ kind: 'record', bytes: '{}', ...(key === undefined ? {} : { key }) })),
  )
  return keys.map((_, index) => ({ plain: plainKey(stage.slab, index), key: recordKey(stage.slab, index) }))
}

test('plain keys come as they are, also the longest', () => {
  const keys = ['k', 'order-17', 'x'.repeat(63), 'x'.repeat(64), ' ~'.repeat(keyBytesMax / 2)]
  expect(keysOf(keys)).toEqual(keys.map((key) => ({ plain: key, key })))
})

test('a key that JSON escapes, or that is not ASCII, is not plain', () => {
  const keys = ['"', 'a\\b', 'line\n', '\u0000', '\u007f', 'ü', '\u2028', '😀', `${'x'.repeat(80)}é`]
  expect(keysOf(keys)).toEqual(keys.map((key) => ({ plain: undefined, key })))
})

test('a record without a key has an empty one', () => {
  expect(keysOf([undefined])).toEqual([{ plain: '', key: '' }])
})

test('whatever the key, the plain one is what JSON.stringify makes of it', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const letters = [...'abcXYZ019 -_/.~', '"', '\\', '\t', '\u007f', 'é', '\u2028', '漢', '😀']
  const keys = Array.from({ length: 2000 }, () =>
    Array.from(
      { length: 1 + random.below(40) },
      () => letters[random.below(random.below(10) === 0 ? letters.length : 15)],
    ).join(''),
  )
  for (const [index, { plain, key }] of keysOf(keys).entries()) {
    expect(key, `seed ${seed}`).toBe(keys[index])
    if (plain !== undefined) expect(JSON.stringify(key), `seed ${seed}`).toBe(`"${plain}"`)
    else expect(/[^ !#-[\]-~]/.test(key), `seed ${seed}: ${key}`).toBe(true)
  }
})
