// A disk in memory that behaves as badly as a disk may: it loses or keeps any sector that was written and not synced, loses
// names that were not synced, takes writes in part, runs full, fails, and is cut off before any operation.
// A file that is open as `direct` refuses what O_DIRECT refuses: whatever is not whole blocks from aligned memory.
// A failed sync is Linux's: the sectors are clean afterwards, and a second sync says nothing about them.
import { blockBytes, type Disk } from '../../src/log/disk.ts'
import type { Random } from '../fixtures/random.ts'

const sectorBytes = 512

type Inode = {
  /** What a program reads: the system's memory. */
  seen: Uint8Array
  seenBytes: number
  /** What a power cut leaves. */
  kept: Uint8Array
  keptBytes: number
  readonly dirty: Set<number>
}

export type Fault = 'EIO' | 'ENOSPC' | 'power' | 'kill'

/** Thrown where the machine or the process ends. */
export class Cut extends Error {}

export type SimDisk = Disk & {
  /** Called before every operation that changes something; what it returns happens instead. */
  fault: (operation: string, count: number) => Fault | undefined
  /** Where direct reads and writes are refused as a file system without them does. */
  refusesDirect: 'never' | 'open' | 'access'
  /** Direct reads and writes that were not whole blocks from aligned memory: none may ever be. */
  misaligned(): readonly string[]
  /** Operations that changed something, or tried to. */
  operationCount(): number
  /** Whether a fault of `power` or `kill` has come: everything fails then, whatever catches it. */
  isCut(): boolean
  /** Power is back: what was not synced is there or not, sector by sector and name by name. */
  losePower(): void
  /** The process is new: what it had open is closed, nothing is lost. */
  endProcess(): void
  /** Changes bytes that are on the disk. */
  corrupt(path: string, position: number, change: (byte: number) => number): void
  bytesOf(path: string): Uint8Array
  names(): string[]
  openFiles(): number
}

export function makeSimDisk(random: Random): SimDisk {
  let names = new Map<string, Inode>()
  const keptNames = new Map<string, Inode>()
  let nameChanges: { directory: string; apply: (target: Map<string, Inode>) => void }[] = []
  const files = new Map<number, Inode>()
  const direct = new Set<number>()
  const misaligned: string[] = []
  let nextFile = 3
  let operations = 0
  let cut: Fault | undefined

  function act(operation: string, whenFailed: () => void = () => undefined): void {
    stopIfCut()
    const fault = disk.fault(operation, operations++)
    if (fault === undefined) return
    whenFailed()
    if (fault === 'power' || fault === 'kill') cut = fault
    stopIfCut()
    throw Object.assign(new Error(`${fault}: ${operation}`), { code: fault })
  }

  function stopIfCut(): void {
    if (cut !== undefined) throw new Cut(cut)
  }

  function change(path: string, apply: (target: Map<string, Inode>) => void): void {
    apply(names)
    nameChanges.push({ directory: path.slice(0, path.lastIndexOf('/')), apply })
  }

  function inodeOf(file: number): Inode {
    const inode = files.get(file)
    if (inode === undefined) throw new Error(`file ${file} is not open`)
    return inode
  }

  function mustBeWhole(operation: string, file: number, bytes: Uint8Array, position: number): void {
    if (!direct.has(file)) return
    if (disk.refusesDirect === 'access') throw invalid(operation)
    // A WebAssembly memory begins at a page and is made of such; anything else lies wherever it was allocated.
    const isAligned = bytes.byteOffset % blockBytes === 0 && bytes.buffer.byteLength % 65_536 === 0
    if (isAligned && bytes.length % blockBytes === 0 && position % blockBytes === 0) return
    misaligned.push(`${operation} of ${bytes.length} bytes at ${position} from ${bytes.byteOffset}`)
    throw new Error(misaligned.at(-1))
  }

  function openDirect(path: string): number {
    if (disk.refusesDirect === 'open') throw invalid('open')
    const file = openInode(must(path))
    direct.add(file)
    return file
  }

  function openInode(inode: Inode): number {
    files.set(nextFile, inode)
    return nextFile++
  }

  function must(path: string): Inode {
    const inode = names.get(path)
    if (inode === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' })
    return inode
  }

  // A direct write is cut short between blocks, as file systems with blocks of that size do it.
  function shortened(bytes: number, isDirect: boolean): number {
    return isDirect ? blockBytes * (1 + random.below(bytes / blockBytes)) : 1 + random.below(bytes)
  }

  const disk: SimDisk = {
    fault: () => undefined,
    refusesDirect: 'never',
    misaligned: () => misaligned,
    operationCount: () => operations,
    isCut: () => cut !== undefined,
    makeDirectory: () => undefined,
    list: (directory) =>
      [...names.keys()]
        .filter((path) => path.startsWith(`${directory}/`))
        .map((path) => path.slice(directory.length + 1))
        .sort(),
    open(path, mode) {
      if (mode === 'direct') return openDirect(path)
      if (mode !== 'create') return openInode(must(path))
      act('create')
      if (names.has(path)) throw Object.assign(new Error(`${path} is there`), { code: 'EEXIST' })
      const inode = makeInode()
      change(path, (target) => target.set(path, inode))
      return openInode(inode)
    },
    close(file) {
      inodeOf(file)
      files.delete(file)
      direct.delete(file)
    },
    sizeBytes: (file) => inodeOf(file).seenBytes,
    read(file, into, position) {
      stopIfCut()
      mustBeWhole('read', file, into, position)
      const { seen, seenBytes } = inodeOf(file)
      const bytes = Math.max(0, Math.min(into.length, seenBytes - position))
      into.set(seen.subarray(position, position + bytes))
      return bytes
    },
    write(file, all, position) {
      const inode = inodeOf(file)
      mustBeWhole('write', file, all, position)
      // A disk that fails or runs full may have taken a part before.
      act('write', () => writeInode(inode, all.subarray(0, random.below(all.length + 1)), position))
      const bytes = random.below(4) === 0 ? shortened(all.length, direct.has(file)) : all.length
      writeInode(inode, all.subarray(0, bytes), position)
      return bytes
    },
    sync(file) {
      const inode = inodeOf(file)
      act('sync', () => {
        for (const sector of inode.dirty) if (random.below(2) === 0) keepSector(inode, sector)
        inode.dirty.clear()
      })
      syncInode(inode)
    },
    truncate(file, bytes) {
      act('truncate')
      const inode = inodeOf(file)
      if (bytes > inode.seen.length) inode.seen = grown(inode.seen, bytes)
      inode.seen.fill(0, Math.min(bytes, inode.seenBytes))
      inode.seenBytes = bytes
    },
    rename(from, to) {
      act('rename')
      const inode = must(from)
      change(to, (target) => {
        target.delete(from)
        target.set(to, inode)
      })
    },
    unlink(path) {
      act('unlink')
      must(path)
      change(path, (target) => target.delete(path))
    },
    syncDirectory(path) {
      act('syncDirectory')
      for (const one of nameChanges) if (one.directory === path) one.apply(keptNames)
      nameChanges = nameChanges.filter((one) => one.directory !== path)
    },
    async extend(file, position, bytes) {
      const inode = inodeOf(file)
      if (direct.has(file) && (position % blockBytes) + (bytes % blockBytes) > 0) misaligned.push(`extend by ${bytes}`)
      act('extend', () => writeInode(inode, new Uint8Array(random.below(bytes + 1)), position))
      writeInode(inode, new Uint8Array(bytes), position)
      syncInode(inode)
    },
    losePower() {
      cut = undefined
      // Names change in order, as in a journal: some number of the last changes is lost.
      for (const { apply } of nameChanges.slice(0, random.below(nameChanges.length + 1))) apply(keptNames)
      nameChanges = []
      const odds = random.pick([0, 1, 2, 3, 4])
      for (const inode of new Set([...keptNames.values(), ...names.values()])) loseSectors(inode, random, odds)
      names = new Map(keptNames)
      files.clear()
      direct.clear()
    },
    endProcess() {
      cut = undefined
      files.clear()
      direct.clear()
    },
    corrupt(path, position, change) {
      const inode = must(path)
      const byte = change(inode.seen[position]!)
      inode.seen[position] = byte
      inode.kept[position] = byte
    },
    bytesOf: (path) => must(path).seen.slice(0, must(path).seenBytes),
    names: () => [...names.keys()].sort(),
    openFiles: () => files.size,
  }
  return disk
}

function invalid(operation: string): Error {
  return Object.assign(new Error(`EINVAL: ${operation}`), { code: 'EINVAL' })
}

function makeInode(): Inode {
  return { seen: new Uint8Array(0), seenBytes: 0, kept: new Uint8Array(0), keptBytes: 0, dirty: new Set() }
}

function writeInode(inode: Inode, bytes: Uint8Array, position: number): void {
  const end = position + bytes.length
  if (end > inode.seen.length) inode.seen = grown(inode.seen, end)
  inode.seen.set(bytes, position)
  inode.seenBytes = Math.max(inode.seenBytes, end)
  if (bytes.length === 0) return
  for (let at = Math.floor(position / sectorBytes); at * sectorBytes < end; at++) inode.dirty.add(at)
}

function keepSector(inode: Inode, sector: number): void {
  const start = sector * sectorBytes
  const bytes = inode.seen.subarray(start, Math.min(start + sectorBytes, inode.seenBytes))
  if (start + bytes.length > inode.kept.length) inode.kept = grown(inode.kept, start + bytes.length)
  inode.kept.set(bytes, start)
}

function syncInode(inode: Inode): void {
  for (const sector of inode.dirty) keepSector(inode, sector)
  inode.dirty.clear()
  if (inode.seenBytes < inode.keptBytes) inode.kept.fill(0, inode.seenBytes)
  inode.keptBytes = inode.seenBytes
}

function loseSectors(inode: Inode, random: Random, odds: number): void {
  for (const sector of inode.dirty) if (random.below(4) < odds) keepSector(inode, sector)
  inode.dirty.clear()
  if (random.below(2) === 0) inode.keptBytes = inode.seenBytes
  inode.kept = grown(inode.kept, inode.keptBytes)
  inode.seen = inode.kept.slice()
  inode.seen.fill(0, inode.keptBytes)
  inode.seenBytes = inode.keptBytes
}

function grown(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length >= length) return bytes
  const longer = new Uint8Array(Math.max(length, bytes.length * 2))
  longer.set(bytes)
  return longer
}
