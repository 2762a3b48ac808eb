// Lines of NDJSON: ends are found wherever they fall in the 64 bytes looked at at once, and never past the end.
import { beforeAll, expect, test } from 'vitest'
import { openProbe, type Probe } from '../fixtures/probe.ts'

type Exports = { lineEnd(start: number, end: number): number; isBlank(start: number, end: number): number }

const at = 65_536
let probe: Probe<Exports>
beforeAll(async () => {
  probe = await openProbe<Exports>('encode')
})

test('the first LF is found at every distance, or the end when it comes first', () => {
  for (let distance = 0; distance < 200; distance++) {
    probe.bytes.fill(0x61, at, at + 400)
    probe.bytes[at + distance] = 0x0a
    probe.bytes[at + distance + 3] = 0x0a
    for (const shift of [0, 1, 17]) {
      if (shift > distance) continue
      expect(probe.exports.lineEnd(at + shift, at + 300), `at ${distance}`).toBe(at + distance)
      expect(probe.exports.lineEnd(at + shift, at + distance), `ends at ${distance}`).toBe(at + distance)
    }
  }
})

test('an empty range ends where it starts', () => {
  probe.bytes[at] = 0x0a
  expect(probe.exports.lineEnd(at, at)).toBe(at)
})

test('only space, tab and CR make a line blank', () => {
  const blank = (text: string) => {
    probe.bytes.set(Buffer.from(text), at)
    return probe.exports.isBlank(at, at + text.length) !== 0
  }
  for (const text of ['', ' ', '\t', '\r', ' \t\r ']) expect(blank(text), JSON.stringify(text)).toBe(true)
  for (const text of ['1', ' 1', '\r{', '\v', '\f', '\0', '\u0001', ' \t\r x']) {
    expect(blank(text), JSON.stringify(text)).toBe(false)
  }
})
