// Answers as bytes: what is noted of a record and laid behind a head that stands ready is, byte for byte, what the answers of
// all other records are made by; and notes end when nobody asks for them any more, however that comes.
import { beforeEach, expect, test } from 'vitest'
import type { IngressStream } from '../../../src/ingress/deps.ts'
import type { Outcome } from '../../../src/ingress/intake.ts'
import { dropOwed, makeConnection, openSlot, shiftSlot } from '../../../src/ingress/lane/connection.ts'
import type { Lane } from '../../../src/ingress/lane/lane-state.ts'
import type { Place } from '../../../src/ingress/lane/paths.ts'
import { makePlain, notNoted, type Plain } from '../../../src/ingress/lane/plain.ts'
import { makeWire, type Wire } from '../../../src/ingress/lane/wire.ts'
import { singleAnswer } from '../../../src/ingress/outcomes.ts'
import { type RecordStatus, recordStatus } from '../../../src/kernel/abi.ts'
import { laneNoteKeyBytesMax, laneNotesBytes } from '../../../src/limits.ts'
import { randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { outcomeWith } from '../fixture.ts'

const { ACCEPTED, DUPLICATE } = recordStatus
const streamWith = (hasKey: boolean) => ({ hasKey, locations: [], keyHeader: undefined }) as unknown as IngressStream

let wire: Wire
let plain: Plain
beforeEach(() => {
  wire = makeWire(5_000)
  plain = makePlain(wire)
})

function responseOf(outcome: Outcome, hasKey: boolean, nowMs: number): string {
  return wire.text(singleAnswer(outcome, streamWith(hasKey)), 'keep', nowMs)
}

test('whatever was taken, the response is that of the other answers', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const offsets = [0, 9, 10, 99, 100, 2 ** 30 - 1, 2 ** 30, 2 ** 31, 2 ** 32 + 1, 10 ** 15, 2 ** 53 - 1]
  let noted = 0
  for (let round = 0; round < 300; round++) {
    const nowMs = 1_700_000_000_000 + random.below(20_000)
    const some = Array.from({ length: 1 + random.below(20) }, () => {
      const status: RecordStatus = random.below(2) === 0 ? ACCEPTED : DUPLICATE
      const offset = random.below(2) === 0 ? offsets[random.below(offsets.length)]! : random.below(1_000_000)
      const key = 'k}'.repeat(100).slice(0, 1 + random.below(laneNoteKeyBytesMax))
      const hasKey = random.below(4) > 0
      const outcome = outcomeWith(status, key, offset)
      return { outcome, hasKey, noteAt: plain.note(outcome, hasKey) }
    })
    for (const { outcome, hasKey, noteAt } of some.sort(() => random.below(3) - 1)) {
      expect(noteAt, `seed ${seed}`).not.toBe(notNoted)
      const { status, bytes } = plain.lay(noteAt, nowMs)
      const text = responseOf(outcome, hasKey, nowMs)
      expect(bytes.toString('latin1'), `seed ${seed}`).toBe(text)
      expect(text, `seed ${seed}`).toMatch(RegExp(`^HTTP/1.1 ${status} `))
      expect(plain.answer(noteAt), `seed ${seed}`).toEqual(singleAnswer(outcome, streamWith(hasKey)))
      noted++
    }
    for (const _ of some) plain.forget()
  }
  expect(noted).toBeGreaterThan(1_000)
  expect(wire.wasAscii()).toBe(true)
})

test.each([
  ['a conflict', outcomeWith(recordStatus.CONFLICT, 'a', 1)],
  ['a record that fits no schema', outcomeWith(recordStatus.SCHEMA_INVALID, '', 0)],
  ['a key that JSON escapes', outcomeWith(ACCEPTED, 'a"b', 1)],
  ['a key beyond ASCII', outcomeWith(ACCEPTED, 'ü', 1)],
  ['a long key', outcomeWith(ACCEPTED, 'k'.repeat(laneNoteKeyBytesMax + 1), 1)],
])('%s is not noted, and takes no room', (_, outcome) => {
  expect(plain.note(outcome, true)).toBe(notNoted)
  expect(plain.note(outcomeWith(ACCEPTED, 'a', 1), true)).toBe(0)
})

test('where no room is left nothing more is noted, until all that was is forgotten', () => {
  const outcome = outcomeWith(ACCEPTED, 'k'.repeat(20), 1)
  const noted: number[] = []
  for (let at = plain.note(outcome, true); at !== notNoted; at = plain.note(outcome, true)) noted.push(at)
  expect(noted.length).toBeGreaterThan(laneNotesBytes / 60)
  for (const at of noted) {
    expect(plain.lay(at, 0).bytes.toString('latin1')).toBe(responseOf(outcome, true, 0))
    expect(plain.note(outcome, true)).toBe(notNoted)
    plain.forget()
  }
  expect(plain.note(outcome, true)).toBe(0)
})

test('what a connection noted is forgotten once it is answered or dropped', () => {
  const counts = { records: () => undefined }
  const ingress = { state: { heldBytes: 0 }, deps: { meter: counts } }
  const lane = { ingress, plain, dirty: [], flush: () => undefined, now: () => 0 } as unknown as Lane
  const place = { stream: streamWith(true), method: 'POST' } as unknown as Place
  const outcome = outcomeWith(ACCEPTED, 'a', 1)
  for (const leave of [shiftSlot, dropOwed]) {
    const connection = makeConnection(lane, {} as never, '')
    const slot = openSlot(connection, place, 0, false)
    slot.record(outcome)
    expect(slot.noteAt).toBe(0)
    slot.done(undefined)
    leave(connection)
    expect(slot.noteAt).toBe(notNoted)
    expect(connection.owedCount).toBe(0)
    expect(plain.note(outcome, true)).toBe(0)
    plain.forget()
  }
})
