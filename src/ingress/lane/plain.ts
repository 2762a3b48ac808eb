// The answer that nearly every request has, as bytes, without a string or an object on its way: its record was taken, the key
// is plain, the connection goes on. What is the record's own is noted while the slab is, in a buffer that all connections
// share, and goes behind a head that stands ready: it changes with the length of the body and with the second only.
// What always holds: the bytes are those that wire.ts makes of the same answer, the head being its work; once nothing is noted
// the buffer is empty again. What does not fit is the caller's to answer in the other way.
import { recordStatus } from '../../kernel/abi.ts'
import { laneNoteKeyBytesMax, laneNotesBytes } from '../../limits.ts'
import type { Outcome } from '../intake.ts'
import { takenBehindKey, takenStart } from '../outcomes.ts'
import { type Answer, jsonHeaders } from '../replies.ts'
import type { Wire } from './wire.ts'

/** In place of where a note is. */
export const notNoted = -1

/** A response of which the end is written anew for every answer. */
export type Page = { readonly status: number; readonly bytes: Buffer; dateSecond: number }

export type Plain = {
  /** Notes what the record's answer says of it. Returns where, `notNoted` when the answer is another or there is no room. */
  note(outcome: Outcome, hasKey: boolean): number
  /** The whole response to what was noted, valid until the next call. Date is that of `nowMs`, Unix time. */
  lay(noteAt: number, nowMs: number): Page
  /** What was noted, as the answer it is. */
  answer(noteAt: number): Answer
  /** To be called once for each note, when nobody asks for it any more. */
  forget(): void
}

// A note: its form, how long its text is, and the text: what is behind the start of the form.
const headBytes = 2
const textBytesMax = laneNoteKeyBytesMax + takenBehindKey.length + 16 + 1
const lengthCount = textBytesMax + 1

const behindKey = Buffer.from(takenBehindKey)
const brace = 0x7d
const zero = 0x30

/** By the number in the note: accepted, duplicate, and both without a key. */
const forms = [true, false].flatMap((hasKey) =>
  ([recordStatus.ACCEPTED, recordStatus.DUPLICATE] as const).map((each) => {
    return { status: each === recordStatus.ACCEPTED ? 202 : 200, start: `{${takenStart(each, hasKey)}` }
  }),
)

export function makePlain(wire: Wire): Plain {
  const notes = Buffer.alloc(laneNotesBytes)
  const pages: (Page | undefined)[] = Array(forms.length * lengthCount).fill(undefined)
  let end = 0
  let count = 0

  function formAt(noteAt: number): (typeof forms)[number] {
    return forms[notes[noteAt]!]!
  }

  function pageOf(noteAt: number, nowMs: number): Page {
    const index = notes[noteAt]! * lengthCount + notes[noteAt + 1]!
    const dateSecond = Math.floor(nowMs / 1000)
    const known = pages[index]
    if (known?.dateSecond === dateSecond) return known
    const { status, start } = formAt(noteAt)
    const body = start.padEnd(start.length + notes[noteAt + 1]!)
    const text = wire.text({ status, headers: jsonHeaders, body, bodyBytes: body.length }, 'keep', nowMs)
    const page = known ?? { status, bytes: Buffer.alloc(text.length), dateSecond }
    page.bytes.write(text, 'latin1')
    page.dateSecond = dateSecond
    pages[index] = page
    return page
  }

  return {
    note(outcome, hasKey) {
      const { status, offset } = outcome
      if (status !== recordStatus.ACCEPTED && status !== recordStatus.DUPLICATE) return notNoted
      if (end + headBytes + textBytesMax > notes.length) return notNoted
      let at = end + headBytes
      if (hasKey) {
        const keyBytes = outcome.copyPlainKey(notes, at, laneNoteKeyBytesMax)
        if (keyBytes < 0) return notNoted
        at = putText(notes, at + keyBytes, behindKey)
      }
      at = putNumber(notes, at, offset)
      notes[at++] = brace
      const noteAt = end
      notes[noteAt] = (hasKey ? 0 : 2) + (status === recordStatus.ACCEPTED ? 0 : 1)
      notes[noteAt + 1] = at - noteAt - headBytes
      end = at
      count++
      return noteAt
    },
    lay(noteAt, nowMs) {
      const page = pageOf(noteAt, nowMs)
      const { bytes } = page
      const textBytes = notes[noteAt + 1]!
      const from = noteAt + headBytes
      const to = bytes.length - textBytes
      for (let at = 0; at < textBytes; at++) bytes[to + at] = notes[from + at]!
      return page
    },
    answer(noteAt) {
      const { status, start } = formAt(noteAt)
      const from = noteAt + headBytes
      const body = start + notes.toString('latin1', from, from + notes[noteAt + 1]!)
      return { status, headers: jsonHeaders, body, bodyBytes: body.length }
    },
    forget() {
      if (--count === 0) end = 0
    },
  }
}

function putText(into: Uint8Array, at: number, text: Uint8Array): number {
  for (let index = 0; index < text.length; index++) into[at + index] = text[index]!
  return at + text.length
}

// What fits an integer of the machine is divided as one: of numbers with a fraction a remainder costs twenty times as much.
function putNumber(into: Uint8Array, at: number, value: number): number {
  let end = at + 1
  for (let bound = 10; value >= bound; bound *= 10) end++
  let to = end
  let left = value
  for (; left > 0x3fff_ffff; left = Math.floor(left / 10)) into[--to] = zero + (left % 10)
  for (let small = left | 0; to > at; small = (small / 10) | 0) into[--to] = zero + (small % 10)
  return end
}
