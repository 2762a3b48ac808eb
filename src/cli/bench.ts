// `sluice bench`: measures both engines on a user's own schema and records, and says which to choose. It needs no server and
// keeps nothing. What always holds: it says when JavaScript is the faster one, and when it cannot tell.
import { cpus } from 'node:os'
import { compileWithAjv } from '../kernel/reference/ajv.ts'
import { depthMax, keyBytesMax, recordBytesMax } from '../limits.ts'
import { type Column, textTable } from '../measure/table.ts'
import { type CompiledSchema, compileSchema, type JsonSchema } from '../schema/compile.ts'
import { advise } from './bench-advice.ts'
import { type Comparison, compare, type Judged, judge, measureAlone } from './bench-compare.ts'
import { gather } from './bench-gathered.ts'
import { readSample, type Sample } from './bench-sample.ts'
import { openKernel, readSchema, told } from './check.ts'
import { type Command, exitCode, print, readArguments, UsageError, wholeNumber } from './command.ts'
import { grouped } from './progress.ts'

const options = {
  schema: { type: 'string' },
  data: { type: 'string' },
  key: { type: 'string', multiple: true },
  rounds: { type: 'string' },
  'sample-mib': { type: 'string' },
  json: { type: 'boolean' },
} as const

type Report = {
  readonly file: string
  readonly records: number
  readonly bytes: number
  readonly isCut: boolean
  readonly valid: number
  readonly refused: number
  readonly firstReason: string | undefined
  readonly rounds: number
  readonly comparisons: readonly Comparison[]
  /** Nanoseconds a record of `JSON.parse` and Ajv, with nothing encoded; undefined where Ajv does not judge the schema. */
  readonly parseAndAjvNs: number | undefined
  readonly advice: readonly string[]
}

export const bench: Command = {
  help: `Runs the records of FILE (as for "sluice send") through both engines, in turn, and compares the processor time a record
takes, from its bytes to the finished batch. The schema and --key are as for "sluice check". Of a long file only the first
--sample-mib (4) MiB are taken. Before anything is measured every record goes through both engines, which must agree.
--rounds (15) says how often; --json prints the figures for a program. Exit code 0: measured; 1: there was nothing to measure;
2: the command line or the schema is wrong.`,
  async run(args) {
    const { values } = readArguments(args, options, { min: 0, max: 0 })
    if (values.schema === undefined) throw new UsageError('--schema FILE is missing')
    if (values.data === undefined) throw new UsageError('--data FILE is missing')
    const rounds = wholeNumber('rounds', values.rounds, 15, 3, 1000)
    const sampleMib = wholeNumber('sample-mib', values['sample-mib'], 4, 1, 1024)
    const schema = await readSchema(values.schema)
    const sample = await readSample(values.data, sampleMib * 2 ** 20)
    const report = await measure(values.data, schema, values.key ?? [], sample, rounds)
    if (values.json) print(JSON.stringify(report))
    else tell(report)
    return exitCode.OK
  },
}

async function measure(
  file: string,
  schema: JsonSchema,
  key: readonly string[],
  sample: Sample,
  rounds: number,
): Promise<Report> {
  const compiled = compiledAs(schema, key)
  const kernels = { wasm: await openKernel(schema, key, 'wasm'), js: await openKernel(schema, key, 'js') }
  const engines = { ...kernels, gathered: await gather(compiled, sample.records) }
  const judged = judge(engines, sample.records)
  const comparisons = compare(engines, sample.records, rounds)
  const check = parseAndAjv(compiled)
  const parseAndAjvNs = check === undefined ? undefined : measureAlone(check, sample.records, rounds)
  return {
    file,
    records: sample.records.length,
    bytes: sample.bytes,
    isCut: sample.isCut,
    valid: judged.valid,
    refused: judged.refused + sample.unreadable.length,
    firstReason: firstReason(sample, judged),
    rounds,
    comparisons,
    parseAndAjvNs,
    advice: judged.valid === 0 ? [allRefused] : advise(comparisons, parseAndAjvNs),
  }
}

const allRefused =
  'Every record was refused, so this says only how fast each engine refuses. Is this the schema these records are meant for?'

function firstReason({ unreadable: [first], placeName }: Sample, judged: Judged): string | undefined {
  if (judged.first !== undefined && (first === undefined || judged.first.place < first.place))
    return `${placeName} ${judged.first.place}: ${judged.first.error.code}: ${told(judged.first.error)}`
  return first === undefined ? undefined : `${placeName} ${first.place}: ${first.code}: ${first.message}`
}

function compiledAs(schema: JsonSchema, keyPointers: readonly string[]): CompiledSchema {
  const bounds = { depthMax, recordBytesMax, keyBytesMax }
  return compileSchema(schema, { keyPointers, value: 'msgpack', ...bounds, assertFormat: true, documents: {} })
}

/** What a service does that only checks: a figure to hold the engines against, which do more. */
function parseAndAjv(compiled: CompiledSchema): ((record: Buffer) => void) | undefined {
  const validate = compileWithAjv(compiled)
  if (validate === undefined) return undefined
  return (record) => {
    try {
      validate(JSON.parse(record.toString()))
    } catch (error) {
      // A record that is no JSON is refused here, which takes the time it takes.
      if (!(error instanceof SyntaxError)) throw error
    }
  }
}

const rowNames: Readonly<Record<Comparison['shape'], string>> = {
  gathered: 'single requests, gathered as a server does',
  lines: 'NDJSON, 256 KiB at a time',
  call: 'one record a call of check',
}

type Row = { readonly name: string; readonly wasmNs?: number; readonly jsNs: number; readonly of?: Comparison }

const columns: readonly Column<Row>[] = [
  { title: 'processor time, ns/record', value: (row) => row.name },
  { title: 'wasm', value: (row) => row.wasmNs },
  { title: 'js', value: (row) => row.jsNs },
  { title: 'js/wasm', value: (row) => row.of?.ratio.middle, digits: 2 },
  {
    title: '95 % interval',
    value: ({ of }) => of && `${of.ratio.low.toFixed(2)}–${of.ratio.high.toFixed(2)}`,
  },
]

function tell(report: Report): void {
  const { records, bytes, valid, refused, comparisons, parseAndAjvNs } = report
  const cut = report.isCut ? `, the first ${(bytes / 2 ** 20).toFixed(1)} MiB of the file` : ''
  print(`${report.file}: ${grouped(records)} records of ${grouped(Math.round(bytes / records))} bytes each${cut}`)
  print(`  valid    ${grouped(valid)}`)
  print(
    `  refused  ${grouped(refused)}${report.firstReason === undefined ? '' : `, measured all the same; the first: ${report.firstReason}`}`,
  )
  const rows: Row[] = comparisons.map((of) => ({ name: rowNames[of.shape], wasmNs: of.wasmNs, jsNs: of.jsNs, of }))
  if (parseAndAjvNs !== undefined) rows.push({ name: 'JSON.parse and Ajv: only yes or no', jsNs: parseAndAjvNs })
  print(`\n${textTable(columns, rows)}\n`)
  const cpu = cpus()[0]?.model.trim() ?? 'a processor without a name'
  print(`Medians of ${report.rounds} rounds; Node ${process.version}, ${cpu}.`)
  for (const line of report.advice) print(line)
  print('What sockets, log and database cost comes on top, and is the same with either engine.')
}
