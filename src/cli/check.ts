// `sluice check`: says of each record of a file whether a server with this schema would take it, and if not why. It uses the
// same kernel and the same words, needs no server and keeps nothing.
import { readFile } from 'node:fs/promises'
import { SluiceError } from '../errors.ts'
import {
  type Checked,
  type CheckOptions,
  createKernel,
  type Kernel,
  kernelOver,
  type RecordError,
} from '../kernel/kernel.ts'
import { kernelFile } from '../kernel/module.ts'
import { openReference } from '../kernel/reference.ts'
import { recordErrorsListed, recordErrorsMax } from '../limits.ts'
import type { JsonSchema } from '../schema/compile.ts'
import { type Command, exitCode, print, readArguments, UsageError, wholeNumber } from './command.ts'
import { grouped, makeProgress, perSecond } from './progress.ts'
import { openRecords } from './records.ts'

const options = {
  schema: { type: 'string' },
  key: { type: 'string', multiple: true },
  engine: { type: 'string', default: 'wasm' },
  errors: { type: 'string', default: 'first' },
  'errors-max': { type: 'string' },
} as const

/** Records of which is told why they are not valid. */
const toldMax = 20

export const check: Command = {
  help: `The schema is a JSON Schema (2020-12) in a file. FILE is as for "sluice send". --key names the record's key as a JSON
pointer, such as /orderId, which is then asked for as well. --errors all tells every error of a record that does not fit, not the
first only; up to ${recordErrorsListed}, or --errors-max. Exit code 0: every record is valid; 1: some are not; 2: the command line or the
schema is wrong.`,
  async run(args) {
    const { values, positionals } = readArguments(args, options, { min: 1, max: 1 })
    if (values.schema === undefined) throw new UsageError('--schema FILE is missing')
    if (values.engine !== 'wasm' && values.engine !== 'js') throw new UsageError('--engine is wasm or js')
    const { errors } = values
    if (errors !== 'first' && errors !== 'all') throw new UsageError('--errors is first or all')
    const errorsMax = wholeNumber('errors-max', values['errors-max'], recordErrorsListed, 1, recordErrorsMax)
    const kernel = await openKernel(await readSchema(values.schema), values.key ?? [], values.engine)
    return checkFile(kernel, positionals[0]!, { errors, errorsMax })
  },
}

/** @throws SluiceError CONFIG_INVALID */
export async function readSchema(file: string): Promise<JsonSchema> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as JsonSchema
  } catch (error) {
    throw new SluiceError(
      'CONFIG_INVALID',
      `the schema ${file} cannot be read as JSON: ${error instanceof Error ? error.message : error}`,
      {},
      error,
    )
  }
}

/** The kernel by itself, on either engine. */
export function openKernel(schema: JsonSchema, key: readonly string[], name: 'wasm' | 'js'): Promise<Kernel> {
  if (name === 'wasm') return createKernel(schema, { key, wasm: kernelFile('plain') })
  return Promise.resolve(kernelOver(schema, { key }, false, openReference))
}

type Refused = Extract<Checked, { readonly ok: false }>
type Report = { valid: number; invalid: number; readonly reasons: string[] }

async function checkFile(kernel: Kernel, name: string, asked: CheckOptions): Promise<number> {
  const file = openRecords(name)
  const progress = makeProgress(file.totalBytes)
  const report: Report = { valid: 0, invalid: 0, reasons: [] }
  const startedMs = performance.now()
  const refuse = (place: number, code: string, messages: readonly string[]) => {
    if (report.invalid++ >= toldMax) return
    for (const message of messages) report.reasons.push(`${file.placeName} ${place}: ${code}: ${message}`)
  }
  for await (const { records, unreadable, fileBytes } of file.batches) {
    for (const { place, code, message } of unreadable) refuse(place, code, [message])
    for (const { place, bytes } of records) {
      const checked = kernel.check(bytes, asked)
      if (checked.ok) report.valid++
      else refuse(place, checked.error.code, allTold(checked))
    }
    progress.update(fileBytes, report.valid + report.invalid)
  }
  progress.stop()
  const count = report.valid + report.invalid
  print(`${grouped(count)} records, ${perSecond(count, performance.now() - startedMs)}/s (engine ${kernel.engine})`)
  print(`  valid      ${grouped(report.valid)}`)
  print(`  invalid    ${grouped(report.invalid)}`)
  for (const reason of report.reasons) print(`  ${reason}`)
  return report.invalid === 0 ? exitCode.OK : exitCode.FAILED
}

function allTold({ error, errors = [error], isCut }: Refused): string[] {
  const reasons = errors.map(told)
  return isCut ? [...reasons, 'there are more errors'] : reasons
}

/** The reason for a refusal, in words. */
export function told({ pointer, message }: RecordError): string {
  return pointer ? `${pointer} ${message}` : message
}
