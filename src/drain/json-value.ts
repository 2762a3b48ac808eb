// Records of a stream with `value: 'json'` stand in the log as they came. Sinks take MessagePack: here they become that,
// with the exact parser, so 64-bit integers, −0 and the order of members are as in any other stream.
// It refuses nothing: the kernel accepted the bytes before they were logged, so a parse error is a broken invariant.
import { parseExact } from '../kernel/reference/exact.ts'
import { packExact } from '../kernel/reference/pack-exact.ts'
import { depthMax } from '../limits.ts'

// A double takes nine bytes for the four of `0.5,`; no other value grows as much.
const growthMax = 2.25
const slackBytes = 9

/** Returns the canonical MessagePack of JSON text that the kernel has accepted. */
export function packJson(text: Buffer): Buffer {
  const { root, status, errorOffset } = parseExact(text, 0, text.length, depthMax)
  if (root === undefined) throw new RangeError(`logged JSON has status ${status} at byte ${errorOffset}`)
  const packed = Buffer.allocUnsafe(Math.ceil(text.length * growthMax) + slackBytes)
  return packed.subarray(0, packExact(packed, 0, root))
}
