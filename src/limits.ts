// Every bound of Sluice, with its unit in its name, and the relations that must hold between them.
// A bound that users may set is the default here and a field of the configuration.
import { assert } from './assert.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

// Records and slabs. The layout of a slab follows from these (docs/formats.md).
export const recordBytesMax = 256 * KIB
export const keyBytesMax = 1024
export const depthMax = 128
export const pointerBytesMax = 1024
// Errors of one record that are listed where all of them are asked for; the first is the bound, the second what is meant
// when none is given.
export const recordErrorsMax = 1_000
export const recordErrorsListed = 32
export const slabInputBytes = 512 * KIB
export const slabOutputBytes = MIB
export const slabDetailBytes = 64 * KIB
export const slabChunkCountMax = 4096
export const slabRecordCountMax = 16_384
// A slab with no more input than this is run where it was filled: a hop to a worker and back costs more processor time.
export const smallSlabBytesMax = 64 * KIB
// So is one whose requests bring no more than this on average: their answers cost far more.
export const smallChunkBytesMax = KIB
export const slabCount = 24
export const slabCountMax = 256
// A thread fills one slab while another is on its way.
export const slabsPerThreadMin = 2

// Requests.
export const bodyBytesMax = 4 * GIB
export const headerBytesMax = 16 * KIB
export const bodyStallMs = 30_000
export const headMs = 10_000
export const handshakeMs = 10_000
export const keepAliveMs = 60_000
export const errorsListedMax = 100
export const queueWaitMs = 2_000
// Requests that come soon after a commit wait this long for those it answered to come back, when it answered this many.
export const gatherMs = 1
export const gatherCountMin = 8
export const retryAfterSecondsMax = 600
export const connectionsMax = 20_000
export const connectionsPerAddressMax = 20_000
// The fast lane: what it reads at once, the longest head it takes, and how many requests of a connection it answers at the
// same time; beyond that, and beyond this much unread by the client, it stops reading.
export const laneReadBytes = 64 * KIB
export const laneHeadBytesMax = 8 * KIB
export const lanePipelineMax = 64
export const laneHeldBytesMax = 64 * KIB
// What answers of the plain form have of their own, until they are written: some 1400 at 46 bytes. Others are strings.
export const laneNotesBytes = 64 * KIB
export const laneNoteKeyBytesMax = 160
// A body stands still when it brings less than this in `bodyStallMs`: one byte now and then is no progress.
export const bodyProgressBytes = KIB
// Parts of records that all requests together may hold until their rest arrives.
export const heldBytesMax = 256 * MIB
// Of a body of many tiny records so many are cut at a time; the rest of the chunk waits until they are put.
export const bulkPieceCountMax = 1024
// A gzip body may grow this much; only looked at once it made `inflatedFreeBytes`.
export const inflateRatioMax = 200
export const inflatedFreeBytes = MIB
// After an early answer this much of the rest is read and dropped, so that the client gets to see the answer; a body not
// longer than the small one is read to its end, and the connection kept.
export const smallRestBytes = 64 * KIB
export const lingerBytesMax = MIB
export const lingerMs = 2_000
// `?wait=stored` answers with what is known by then.
export const storedWaitMs = 30_000
export const rateLimitAddressesMax = 65_536

// Log.
export const segmentBytes = 128 * MIB
export const segmentBytesMin = 4 * MIB
export const commitBatchCountMax = 64
export const backlogBytesMax = 16 * GIB
export const dedupeKeyCountMax = 2_000_000

// Drain.
export const drainBatchBytesMax = MIB
// Bounds a transaction's objects and the time it holds the sink, however small the records.
export const drainBatchRecordCountMax = 16_384
export const drainPollMs = 100
export const shutdownMs = 10_000

// Kernel: a round takes milliseconds; a worker that needs longer than this is ended.
export const kernelTaskMs = 10_000

// The longest encoding of a record: −0 takes nine bytes for the three of `-0,`; key, framing and
// batch header come on top.
export const encodedRecordBytesMax = recordBytesMax * 3 + keyBytesMax + 64
assert(recordBytesMax + keyBytesMax <= slabInputBytes, 'a slab must take the longest record')
assert(encodedRecordBytesMax + 61 <= slabOutputBytes, 'a slab must take the longest encoded record')
assert(laneHeadBytesMax <= headerBytesMax, 'who is handed a head must take it')
assert(pointerBytesMax <= slabDetailBytes, 'a slab must take the longest pointer')
assert(slabOutputBytes <= segmentBytesMin / 2, 'a segment must take the longest batch')
assert(segmentBytesMin <= segmentBytes, 'a segment is at least as long as the shortest')
