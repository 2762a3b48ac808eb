// The kernel's JSON parser by itself, for tests: a record goes in as bytes, what became of it comes out. Every call also
// checks that the bytes around the input, the output and json's scratch are as they were.
import { recordStatus } from '../../../src/kernel/abi.ts'
import { openProbe } from '../../fixtures/probe.ts'

type Exports = {
  parse(input: number, end: number, output: number, outputEnd: number, scratch: number, depthMax: number): number
  locate(input: number, end: number, path: number, pathCount: number, scratch: number): number
  setSeed(a: number, b: number): void
  getParsedEnd(): number
  getErrorOffset(): number
  getValueStart(): number
  getValueEnd(): number
}

export type Parsed = {
  /** 0, or a record status. */
  readonly status: number
  readonly errorOffset: number
  /** The MessagePack, valid until the next call; empty when the text was refused. */
  readonly value: Uint8Array
  /** The text without the white space around it. */
  readonly text: Uint8Array
}

export type Parser = {
  readonly exports: Exports
  parse(text: Uint8Array, options?: ParseOptions): Parsed
  /** `locate` over the text of the last call of parse. */
  locate(path: readonly number[]): number
}

export type ParseOptions = {
  readonly depthMax?: number
  /** Bytes that stand behind the text in memory; the parser may load them and must not heed them. */
  readonly behind?: Uint8Array
  /** Bytes of room for the output; as many as the parser asks for when left out. */
  readonly room?: number
}

const slackBytes = 64
const canary = 0xa5a5a5a5
const canaryBytes = 64
const mib = 1_048_576
// scratch: value (1 MiB) · json (3 MiB) · the parts of others, with a path in them · the text · 64 bytes of slack, and there
// the memory ends, so that a load further behind the text traps.
const scratchAt = 65_536
const jsonAt = scratchAt + mib
const schemaAt = scratchAt + 4 * mib
const pathAt = schemaAt + 4096
const memoryBytes = scratchAt + 9 * mib

/** Statuses by number, for messages. */
export const statusNames = new Map<number, string>([
  [0, 'OK'],
  ...Object.entries(recordStatus).map(([name, status]): [number, string] => [status, name]),
])

export async function openParser(): Promise<Parser> {
  const { exports, bytes, view } = await openProbe<Exports>('json', memoryBytes / 65_536)
  exports.setSeed(0x5eed, 0xfeed)
  const canaries = [scratchAt - canaryBytes, jsonAt - canaryBytes, schemaAt, schemaAt + canaryBytes]
  for (const at of canaries) plant(view, at)
  const end = memoryBytes - slackBytes
  let start = end

  const parse = (text: Uint8Array, options: ParseOptions = {}): Parsed => {
    const { depthMax = 128, behind = new Uint8Array(), room = Math.floor((text.length * 9) / 4) + 16 } = options
    start = end - text.length
    bytes.set(text, start)
    bytes.fill(0, end)
    bytes.set(behind.subarray(0, slackBytes), end)
    plant(view, start - canaryBytes)
    const outputEnd = scratchAt + room
    plant(view, outputEnd + slackBytes)
    const before = bytes.slice(start - canaryBytes)
    const status = exports.parse(start, end, scratchAt, outputEnd, scratchAt, depthMax)
    for (const at of canaries) expectCanary(view, at)
    expectCanary(view, outputEnd + slackBytes)
    if (Buffer.compare(before, bytes.subarray(start - canaryBytes)) !== 0) throw new Error('the input was written to')
    const valueEnd = status === 0 ? exports.getParsedEnd() : scratchAt
    if (valueEnd < scratchAt || valueEnd > scratchAt + room) throw new Error(`the value ends at ${valueEnd}`)
    return {
      status,
      errorOffset: exports.getErrorOffset(),
      value: bytes.subarray(scratchAt, valueEnd),
      text: status === 0 ? bytes.slice(exports.getValueStart(), exports.getValueEnd()) : new Uint8Array(),
    }
  }
  const locate = (path: readonly number[]): number => {
    path.forEach((ordinal, index) => {
      view.setUint32(pathAt + 4 * index, ordinal, true)
    })
    return exports.locate(start, end, pathAt, path.length, scratchAt)
  }
  return { exports, parse, locate }
}

function plant(view: DataView, at: number): void {
  for (let i = 0; i < canaryBytes; i += 4) view.setUint32(at + i, canary, true)
}

function expectCanary(view: DataView, at: number): void {
  for (let i = 0; i < canaryBytes; i += 4) {
    if (view.getUint32(at + i, true) !== canary) throw new Error(`memory at ${at + i} was written to`)
  }
}
