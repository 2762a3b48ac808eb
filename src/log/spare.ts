// Makes the next segment's file ahead, beside other work: zeros, in pieces that follow what is committed, so that the disk
// is never asked for much at once and the file is ready a little before it is needed. A quiet log makes none. In a flood
// the file gets its length and no zeros: they halve what a small commit's sync costs and double what a flood writes.
// What always holds: a file is a spare only once its length, and what zeros it has, are on disk; a disk without room for
// one is no reason to refuse records, because a small file may still fit.
import { ceilBlock, openBlocks } from './blocks.ts'
import { errorCode } from './disk.ts'
import { discard } from './roll.ts'
import { fillingPath, sparePath } from './segment.ts'
import type { StreamLog } from './stream.ts'

/** Files kept ready: one for the next roll and one for a file that fails. */
export const spareCountMax = 2

/** A file on its way to become a spare. */
export type Draft = {
  readonly file: number
  readonly number: number
  readonly path: string
  /** Bytes that are zeros on disk. */
  bytes: number
}

const pieceBytesMin = 1_048_576
const pieceBytesMax = 8 * pieceBytesMin
/** How much faster the draft grows than the active file fills. */
const lead = 1.25
const retryMs = 30_000
/** Mean bytes of a commit from which on it is a flood: its sync costs more than the bookkeeping of new blocks. */
const floodCommitBytes = 262_144

/** Adds the piece that is due, if there is one and none is under way. Called after every commit. */
export function tendSpare(log: StreamLog, nowMs: number): void {
  if (log.active === undefined || log.filling !== undefined || log.spares.length > 0 || nowMs < log.spareAtMs) return
  const bytes = dueBytes(log)
  if (bytes === 0) return
  if (log.commitBytesMean >= floodCommitBytes) {
    if (!lengthenDraft(log)) log.spareAtMs = nowMs + retryMs
    return
  }
  log.filling = addPiece(log, bytes).then((added) => {
    log.filling = undefined
    if (!added) log.spareAtMs = nowMs + retryMs
  })
}

/** Bytes to add now: whole pieces, or the last one. Always whole blocks. */
function dueBytes({ active, draft, settings }: StreamLog): number {
  if (active === undefined) return 0
  const { segmentBytes } = settings
  const done = draft === undefined ? 0 : draft.bytes
  const due = Math.min(segmentBytes, (active.segment.bytes / active.capacityBytes) * lead * segmentBytes) - done
  const isEnough = due > 0 && due >= Math.min(pieceBytesMin, segmentBytes / 4, segmentBytes - done)
  return isEnough ? Math.min(ceilBlock(due), pieceBytesMax, segmentBytes - done) : 0
}

async function addPiece(log: StreamLog, bytes: number): Promise<boolean> {
  const { disk, settings } = log
  try {
    log.draft ??= openDraft(log)
    const { draft } = log
    await disk.extend(draft.file, draft.bytes, bytes)
    draft.bytes += bytes
    if (draft.bytes === settings.segmentBytes) finishDraft(log, draft)
    return true
  } catch (error) {
    log.notices.push(`no spare segment could be made ahead: ${errorCode(error)}`)
    dropDraft(log)
    return false
  }
}

/** Gives the draft its whole length at once, without blocks on disk. */
function lengthenDraft(log: StreamLog): boolean {
  const { disk, settings } = log
  try {
    log.draft ??= openDraft(log)
    disk.truncate(log.draft.file, settings.segmentBytes)
    disk.sync(log.draft.file)
    finishDraft(log, log.draft)
    return true
  } catch (error) {
    log.notices.push(`no spare segment could be made ahead: ${errorCode(error)}`)
    dropDraft(log)
    return false
  }
}

function openDraft(log: StreamLog): Draft {
  const number = log.spareNumber++
  const path = fillingPath(log.settings.directory, number)
  log.disk.close(log.disk.open(path, 'create'))
  // Whether the file system takes direct writes is known: there is a file that commits go to.
  return { file: openBlocks(log, path, () => undefined), number, path, bytes: 0 }
}

function finishDraft(log: StreamLog, draft: Draft): void {
  const spare = sparePath(log.settings.directory, draft.number)
  log.disk.close(draft.file)
  log.draft = undefined
  log.disk.rename(draft.path, spare)
  log.spares.push(spare)
}

/** Gives up the file that is being made. */
export function dropDraft(log: StreamLog): void {
  const { draft } = log
  if (draft === undefined) return
  log.draft = undefined
  log.disk.close(draft.file)
  discard(log, draft.path)
}
