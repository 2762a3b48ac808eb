// How far each stream is: the few numbers that the log and drain threads share without messages.
// Each has one writer. Sixteen 64-bit words a stream, so that two streams never share a cache line.

const wordsPerStream = 16
const word = { committed: 0, drained: 1, start: 2, backlogBytes: 3, generation: 4 } as const
export type ProgressField = keyof typeof word

export function makeProgress(streamCount: number): SharedArrayBuffer {
  return new SharedArrayBuffer(streamCount * wordsPerStream * BigInt64Array.BYTES_PER_ELEMENT)
}

/**
 * `committed`: the next offset not yet durable; `drained`: the next not yet in the sink; `start`: the first still in the
 * log; `backlogBytes`: undrained log; `generation`: moves on when a segment is added, before `committed` reaches into it.
 */
export function readProgress(progress: SharedArrayBuffer, streamIndex: number, field: ProgressField): number {
  return Number(Atomics.load(wordsOf(progress), streamIndex * wordsPerStream + word[field]))
}

let known: SharedArrayBuffer | undefined
let words: BigInt64Array = new BigInt64Array(0)

// A thread knows one progress and asks it for each request: making a view costs as much as reading.
function wordsOf(progress: SharedArrayBuffer): BigInt64Array {
  if (known !== progress) words = new BigInt64Array(progress)
  known = progress
  return words
}

export function publishProgress(
  progress: SharedArrayBuffer,
  streamIndex: number,
  field: ProgressField,
  value: number,
): void {
  const words = wordsOf(progress)
  const at = streamIndex * wordsPerStream + word[field]
  const next = BigInt(value)
  if (Atomics.exchange(words, at, next) !== next) Atomics.notify(words, at)
}

/** Resolves once the published number is not `known` any more, and after `timeoutMs` at the latest. Blocks no thread. */
export async function progressChange(
  progress: SharedArrayBuffer,
  streamIndex: number,
  field: ProgressField,
  known: number,
  timeoutMs: number,
): Promise<void> {
  const at = streamIndex * wordsPerStream + word[field]
  await Atomics.waitAsync(wordsOf(progress), at, BigInt(known), timeoutMs).value
}
