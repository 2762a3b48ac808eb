// The key as it goes into an answer: the short way says what JSON.stringify says between its quotes, or nothing at all.
import { expect, test } from 'vitest'
import { recordKey } from '../../src/kernel/descriptors.ts'
import { copyPlainKey, plainKey } from '../../src/kernel/key-text.ts'
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
  return keys.map((_, index) => {
    const plain = plainKey(stage.slab, index)
    expect(copied(index, keyBytesMax)).toBe(plain)
    return { plain, key: recordKey(stage.slab, index) }
  })
}

const marks = '#'.repeat(3)

/** The key as it is copied among marks, which it leaves as they are; undefined when it is not. */
function copied(index: number, bytesMax: number): string | undefined {
  const into = Buffer.alloc(keyBytesMax + 2 * marks.length, '#')
  const length = copyPlainKey(stage.slab, index, into, marks.length, bytesMax)
  expect(into.toString('latin1', 0, marks.length)).toBe(marks)
  if (length < 0) return undefined
  expect(into.toString('latin1', marks.length + length, 2 * marks.length + length)).toBe(marks)
  return into.toString('latin1', marks.length, marks.length + length)
}

test('a key that is longer than what it may fill is not copied', () => {
  keysOf(['x'.repeat(63), 'x'.repeat(64), 'x'.repeat(65)])
  expect([0, 1, 2].map((index) => copied(index, 64)?.length)).toEqual([63, 64, undefined])
  expect(copied(2, 64)).toBeUndefined()
})

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
