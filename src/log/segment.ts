// Segment files of a stream: their names, and what is kept of each in memory. A segment is named after the offset of its
// first record, so the names alone say which segment holds an offset; beside them stand spare files of zeros, files being
// filled, and copies of torn tails, which no reader takes for segments.
import { join } from 'node:path'
import type { Disk } from './disk.ts'
import { makePlaces, type Places } from './places.ts'

export type Segment = {
  readonly path: string
  readonly baseOffset: number
  /** The offset behind its last committed record. */
  endOffset: number
  /** Bytes of committed batches: where the next batch goes. */
  bytes: number
  /** Committed bytes of all segments before it since the start: a coordinate that only grows. */
  readonly bytesBefore: number
  readonly places: Places
}

export function makeSegment(directory: string, baseOffset: number, bytesBefore: number): Segment {
  const path = join(directory, segmentName(baseOffset))
  return { path, baseOffset, endOffset: baseOffset, bytes: 0, bytesBefore, places: makePlaces() }
}

/** Where the segments of a stream are. */
export function streamDirectory(dataDir: string, stream: string): string {
  return join(dataDir, 'log', stream)
}

/** Kafka's name for a segment. */
export function segmentName(baseOffset: number): string {
  return `${String(baseOffset).padStart(20, '0')}.log`
}

/** A segment file as a directory shows it. */
export type SegmentFile = { readonly path: string; readonly baseOffset: number }

/** The segments among the names in a directory, oldest first. */
export function segmentFiles(directory: string, names: readonly string[]): SegmentFile[] {
  return names
    .filter((name) => /^\d{20}\.log$/.test(name))
    .map((name) => ({ path: join(directory, name), baseOffset: Number(name.slice(0, 20)) }))
    .sort((one, other) => one.baseOffset - other.baseOffset)
}

/** The segment that would hold `offset`: the last one that does not start behind it, or undefined. */
export function segmentAt<T extends SegmentFile>(segments: readonly T[], offset: number): T | undefined {
  return segments.findLast((segment) => segment.baseOffset <= offset)
}

/** A spare file: zeros, or a retired segment. */
export function sparePath(directory: string, number: number): string {
  return join(directory, `spare-${number}`)
}

export function isSpare(name: string): boolean {
  return /^spare-\d+$/.test(name)
}

/** The number in the name of a spare, finished or not. */
export function spareNumber(name: string): number {
  return Number.parseInt(name.slice('spare-'.length), 10)
}

/** A file on its way to become a spare; worthless after a crash. */
export function fillingPath(directory: string, number: number): string {
  return join(directory, `spare-${number}.filling`)
}

export function isFilling(name: string): boolean {
  return /^spare-\d+\.filling$/.test(name)
}

/** A name for the copy of a torn tail that is not taken. */
export function tornPath(disk: Disk, directory: string, baseOffset: number): string {
  const taken = new Set(disk.list(directory))
  let number = 1
  while (taken.has(`${segmentName(baseOffset)}.torn-${number}`)) number++
  return join(directory, `${segmentName(baseOffset)}.torn-${number}`)
}
