// Numbers on their way from one thread to another through shared memory, and a bell by which the one that hears them is
// woken. One thread puts, one takes. It refuses more than it has room for; whoever has at most `ringLength` different
// things to send, each in one place at a time, never comes there.
// What always holds: numbers are taken in the order in which they were put, each once; a bell that rings after it was
// looked at ends the sleep that follows, however late the sleep begins.
import { assert } from '../assert.ts'
import { slabCountMax } from '../limits.ts'

// 32-bit words. Each of the first three has a cache line of its own, since they have different writers or readers.
//    0  put     how many numbers were ever put in; the sender's
//   16  taken   how many were ever taken; the receiver's
//   32  bell    how often it rang; the sender's
//   48  numbers, a ring: the n-th is at n modulo its length
// Counts wrap around: only differences of them mean something, and ring lengths divide 2³².
const word = { put: 0, taken: 16, bell: 32, numbers: 48 } as const
const ringLength = 256
assert(slabCountMax <= ringLength, 'a mailbox holds all slabs')

/** One thread's end of a mailbox. */
export type Mailbox = {
  readonly words: Int32Array<SharedArrayBuffer>
  /** The sender's: numbers put. */
  put: number
  /** The receiver's: numbers taken. */
  taken: number
}

/** The memory of an empty mailbox, for both ends. `firstCount`: where its counts begin. */
export function makeMailbox(firstCount = 0): SharedArrayBuffer {
  const shared = new SharedArrayBuffer((word.numbers + ringLength) * Int32Array.BYTES_PER_ELEMENT)
  const words = new Int32Array(shared)
  for (const at of [word.put, word.taken, word.bell]) words[at] = firstCount
  return shared
}

export function openMailbox(shared: SharedArrayBuffer): Mailbox {
  const words = new Int32Array(shared)
  return { words, put: Atomics.load(words, word.put), taken: Atomics.load(words, word.taken) }
}

/** Puts a number in, for a receiver that is awake. One that sleeps hears of it when the bell rings. */
export function put(box: Mailbox, number: number): void {
  const { words } = box
  assert(((box.put - Atomics.load(words, word.taken)) | 0) < ringLength, 'a mailbox never overflows')
  words[word.numbers + (box.put & (ringLength - 1))] = number
  box.put = (box.put + 1) | 0
  Atomics.store(words, word.put, box.put)
}

/** Wakes a receiver that sleeps; also for what comes to it by another way. */
export function ring({ words }: Mailbox): void {
  Atomics.add(words, word.bell, 1)
  Atomics.notify(words, word.bell)
}

/** The next number, or −1. */
export function take(box: Mailbox): number {
  const { words } = box
  if (Atomics.load(words, word.put) === box.taken) return -1
  const number = words[word.numbers + (box.taken & (ringLength - 1))]!
  box.taken = (box.taken + 1) | 0
  Atomics.store(words, word.taken, box.taken)
  return number
}

/** How often the bell rang. Read this first, then look for what there is, then sleep. */
export function readBell({ words }: Mailbox): number {
  return Atomics.load(words, word.bell)
}

/** Holds this thread until the bell has rung since it was read as `heard`, and for `timeoutMs` at most. */
export function sleepUntilBell({ words }: Mailbox, heard: number, timeoutMs: number): void {
  Atomics.wait(words, word.bell, heard, timeoutMs)
}
