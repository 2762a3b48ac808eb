// `sluice check`: says of each record of a file whether a server with this schema would take it, and if not why. It uses the
// same kernel and the same words, needs no server and keeps nothing.
import { readFile } from 'node:fs/promises'
import { defaultConfig } from '../config/defaults.ts'
import { compileOptions } from '../config/streams.ts'
import { SluiceError } from '../errors.ts'
import { entryOf, type Reported } from '../ingress/outcomes.ts'
import { recordStatus } from '../kernel/abi.ts'
import { makeRecordFields, readRecord, recordBytes, recordPointer } from '../kernel/descriptors.ts'
import type { Engine, Plan } from '../kernel/engine.ts'
import { openInstance } from '../kernel/instance.ts'
import {
  appendChunk,
  chunkFirstRecord,
  chunkRecordCount,
  hasNextRound,
  layOut,
  openSlab,
  readHeader,
  resetSlab,
  type Slab,
  sealSlab,
} from '../kernel/memory.ts'
import { loadKernel } from '../kernel/module.ts'
import { openReference } from '../kernel/reference.ts'
import { recordBytesMax } from '../limits.ts'
import { compileSchema, type JsonSchema } from '../schema/compile.ts'
import { type Command, exitCode, print, readArguments, UsageError } from './command.ts'
import { grouped, makeProgress, perSecond } from './progress.ts'
import { type FileRecord, openRecords } from './records.ts'

const options = {
  schema: { type: 'string' },
  key: { type: 'string', multiple: true },
  engine: { type: 'string', default: 'wasm' },
} as const

const reasonsMax = 20

export const check: Command = {
  help: `The schema is a JSON Schema (2020-12) in a file. FILE is as for "sluice send". --key names the record's key as a JSON
pointer, such as /orderId, which is then asked for as well. Exit code 0: every record is valid; 1: some are not; 2: the command
line or the schema is wrong.`,
  async run(args) {
    const { values, positionals } = readArguments(args, options, { min: 1, max: 1 })
    if (values.schema === undefined) throw new UsageError('--schema FILE is missing')
    if (values.engine !== 'wasm' && values.engine !== 'js') throw new UsageError('--engine is wasm or js')
    const kernel = await openKernel(await readSchema(values.schema), values.key ?? [], values.engine)
    return checkFile(kernel, positionals[0]!)
  },
}

async function readSchema(file: string): Promise<JsonSchema> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JsonSchema
  } catch (error) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `${file} is no JSON file: ${error instanceof Error ? error.message : error}`,
      {},
      error,
    )
  }
}

type Kernel = { readonly engine: Engine; readonly plan: Plan; readonly slab: Slab }

async function openKernel(schema: JsonSchema, key: readonly string[], name: 'wasm' | 'js'): Promise<Kernel> {
  const stream = { path: '/', schema, ...(key.length > 0 && { key }) }
  const compiled = compileSchema(schema, compileOptions(defaultConfig(), stream))
  const layout = layOut({ slabCount: 1, scratchCount: 1, secret: new Uint8Array(16), compiled: [compiled] })
  const engine =
    name === 'js'
      ? openReference(layout)
      : openInstance({ ...layout, module: await loadKernel('shared'), scratchIndex: 0 })
  return { engine, plan: layout.plans[0]!, slab: openSlab(layout.memory, layout.map, 0) }
}

type Report = { valid: number; invalid: number; readonly reasons: string[] }

async function checkFile(kernel: Kernel, name: string): Promise<number> {
  const file = openRecords(name)
  const progress = makeProgress(file.totalBytes)
  const report: Report = { valid: 0, invalid: 0, reasons: [] }
  const startedMs = performance.now()
  const refuse = (place: number, code: string, message: string) => {
    report.invalid++
    if (report.reasons.length < reasonsMax) report.reasons.push(`${file.placeName} ${place}: ${code}: ${message}`)
  }
  for await (const { records, unreadable, fileBytes } of file.batches) {
    for (const { place, code, message } of unreadable) refuse(place, code, message)
    for (let from = 0; from < records.length; ) from = checkSome(kernel, records, from, report, refuse)
    progress.update(fileBytes, report.valid + report.invalid)
  }
  progress.stop()
  const count = report.valid + report.invalid
  print(
    `${grouped(count)} records, ${perSecond(count, performance.now() - startedMs)}/s (engine ${kernel.engine.name})`,
  )
  print(`  valid      ${grouped(report.valid)}`)
  print(`  invalid    ${grouped(report.invalid)}`)
  for (const reason of report.reasons) print(`  ${reason}`)
  return report.invalid === 0 ? exitCode.OK : exitCode.FAILED
}

type Refuse = (place: number, code: string, message: string) => void

/** Checks as many records from `from` on as a slab takes; returns where to go on. */
function checkSome(
  kernel: Kernel,
  records: readonly FileRecord[],
  from: number,
  report: Report,
  refuse: Refuse,
): number {
  const { slab } = kernel
  const inSlab: FileRecord[] = []
  resetSlab(slab, 0)
  let at = from
  for (; at < records.length; at++) {
    const record = records[at]!
    if (record.bytes.length > recordBytesMax) refuse(record.place, 'RECORD_TOO_LARGE', 'The record is too large')
    else if (appendChunk(slab, 'record', record.bytes) < 0) break
    else inSlab.push(record)
  }
  sealSlab(slab, Date.now())
  runRounds(kernel, inSlab, report, refuse)
  return at
}

function runRounds(
  { engine, plan, slab }: Kernel,
  records: readonly FileRecord[],
  report: Report,
  refuse: Refuse,
): void {
  let chunk = 0
  do {
    const status = engine.runSlab(slab.address, plan)
    if (status < 0) throw new SluiceError('KERNEL_FAILED', `the kernel returned ${status}`)
    const end = hasNextRound(slab) ? readHeader(slab, 'resumeChunk') : records.length
    for (; chunk < end; chunk++) {
      if (chunkRecordCount(slab, chunk) > 0)
        judge(slab, chunkFirstRecord(slab, chunk), plan, records[chunk]!.place, report, refuse)
    }
  } while (hasNextRound(slab))
}

const fields = makeRecordFields()

function judge(slab: Slab, index: number, plan: Plan, place: number, report: Report, refuse: Refuse): void {
  readRecord(slab, index, fields)
  if (fields.status === recordStatus.ENCODED) {
    report.valid++
    return
  }
  const outcome: Reported = {
    ...fields,
    pointer: () => recordPointer(slab, index),
    bytes: () => recordBytes(slab, index),
  }
  const { code, pointer, message } = entryOf(outcome, { locations: plan.compiled.locations, keyHeader: undefined })
  refuse(place, code, pointer ? `${pointer} ${message}` : message)
}
