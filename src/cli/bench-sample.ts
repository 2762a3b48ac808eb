// The first records of a file, for measuring with: as many as fit a bound, however long the file is.
// It does not judge records. What always holds: no more than the bound and one batch of the file is ever in memory.
import { SluiceError } from '../errors.ts'
import { type FileRecord, openRecords, type Unreadable } from './records.ts'

export type Sample = {
  readonly records: readonly FileRecord[]
  readonly unreadable: readonly Unreadable[]
  /** Of all records together. */
  readonly bytes: number
  readonly placeName: 'line' | 'element'
  /** The file went on. */
  readonly isCut: boolean
}

/** @throws SluiceError NOT_FOUND when there is no such file or no record in it. */
export async function readSample(name: string, bytesMax: number): Promise<Sample> {
  const file = openRecords(name)
  const records: FileRecord[] = []
  const unreadable: Unreadable[] = []
  let bytes = 0
  let isCut = false
  for await (const batch of file.batches) {
    unreadable.push(...batch.unreadable)
    for (const record of batch.records) {
      isCut = records.length > 0 && bytes + record.bytes.length > bytesMax
      if (isCut) break
      records.push(record)
      bytes += record.bytes.length
    }
    if (isCut) break
  }
  if (records.length === 0) throw new SluiceError('NOT_FOUND', `there is no record in ${name}`)
  return { records, unreadable, bytes, placeName: file.placeName, isCut }
}
