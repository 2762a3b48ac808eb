// `sluice send`: sends a file of records to a running server and says what became of each. What can be tried again is;
// what cannot is counted, and the first reasons are shown.
import { type Command, exitCode, print, readArguments, UsageError, wholeNumber } from './command.ts'
import { type Delivery, deliver, type Result, type Target } from './delivery.ts'
import { grouped, makeProgress, type Progress, perSecond } from './progress.ts'
import { type FileBatch, type FileRecord, openRecords, type RecordFile } from './records.ts'

const options = {
  to: { type: 'string' },
  gzip: { type: 'boolean' },
  connections: { type: 'string' },
  retries: { type: 'string' },
} as const

const outcomes = ['accepted', 'duplicate', 'conflict', 'invalid'] as const
const reasonsMax = 10
const answerMs = 120_000

/** What became of the file's records so far. */
type Tally = Record<(typeof outcomes)[number], number> & {
  notTaken: number
  /** Sent again after a broken connection: the server may have had them. */
  sentAgain: number
  readonly reasons: string[]
  /** Why the sending stopped before the end. */
  stopped: string | undefined
}

export const send: Command = {
  help: `FILE holds one record a line, or one array if it ends in .json; .gz behind either, and - for standard input. URL is
that of a stream, such as http://127.0.0.1:8080/api/order. With one connection (the default) records arrive in the order of
the file. A server that is busy or gone is tried again, ${'10'} times in a row unless --retries says otherwise. Exit code 0: every
record was accepted or a duplicate; 1: some were not; 2: the command line is wrong. A certificate that signs itself is believed
with NODE_EXTRA_CA_CERTS=FILE.`,
  async run(args) {
    const { values, positionals } = readArguments(args, options, { min: 1, max: 1 })
    const target: Target = {
      url: streamUrl(values.to),
      gzip: values.gzip ?? false,
      retries: wholeNumber('retries', values.retries, 10, 0, 1_000_000),
      answerMs,
    }
    const connections = wholeNumber('connections', values.connections, 1, 1, 64)
    const file = openRecords(positionals[0]!)
    return transfer(file, target, connections)
  },
}

function streamUrl(written: string | undefined): URL {
  if (written === undefined) throw new UsageError('--to URL is missing')
  const url = URL.parse(written)
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--to takes an http URL, not ${JSON.stringify(written)}`)
  if (url.pathname === '/') throw new UsageError(`--to takes the URL of a stream, such as ${url.origin}/api/order`)
  return url
}

async function transfer(file: RecordFile, target: Target, connections: number): Promise<number> {
  const tally: Tally = {
    accepted: 0,
    duplicate: 0,
    conflict: 0,
    invalid: 0,
    notTaken: 0,
    sentAgain: 0,
    reasons: [],
    stopped: undefined,
  }
  const progress = makeProgress(file.totalBytes)
  const startedMs = performance.now()
  try {
    await Promise.all(Array.from({ length: connections }, () => sendBatches(file, target, tally, progress)))
  } catch (error) {
    progress.stop()
    if (taken(tally) > 0) report(tally, performance.now() - startedMs)
    throw error
  }
  progress.stop()
  report(tally, performance.now() - startedMs)
  return tally.conflict + tally.invalid + tally.notTaken === 0 && tally.stopped === undefined
    ? exitCode.OK
    : exitCode.FAILED
}

/** One connection: takes the next batch of the file until there is none, or until one could not be delivered. */
async function sendBatches(file: RecordFile, target: Target, tally: Tally, progress: Progress): Promise<void> {
  const delivery = deliveryInto(tally, file.placeName)
  while (tally.stopped === undefined) {
    const next = await file.batches.next()
    if (next.done) return
    await sendBatch(next.value, file, target, tally, delivery)
    progress.update(next.value.fileBytes, taken(tally))
  }
}

async function sendBatch(
  batch: FileBatch,
  file: RecordFile,
  target: Target,
  tally: Tally,
  delivery: Delivery,
): Promise<void> {
  for (const { place, code, message } of batch.unreadable) {
    tally.invalid++
    addReason(tally, `${file.placeName} ${place}: ${code}: ${message}`)
  }
  if (batch.records.length === 0) return
  const { left, trouble } = await deliver(target, batch.records, delivery)
  tally.notTaken += left.length
  if (left.length > 0) tally.stopped = `${file.placeName} ${left[0]!.place}: ${trouble}`
}

function deliveryInto(tally: Tally, placeName: string): Delivery {
  return {
    onResult(record: FileRecord, result: Result) {
      if (result.status === 'refused') tally.notTaken++
      else tally[result.status]++
      if (result.status === 'accepted' || result.status === 'duplicate') return
      const where = result.pointer ? `${result.pointer} ` : ''
      addReason(tally, `${placeName} ${record.place}: ${result.code}: ${where}${result.message}`)
    },
    onRetry(count, trouble, lost) {
      if (lost) tally.sentAgain += count
      if (!process.stderr.isTTY) process.stderr.write(`sending ${grouped(count)} records again: ${trouble}\n`)
    },
  }
}

function addReason(tally: Tally, reason: string): void {
  if (tally.reasons.length < reasonsMax) tally.reasons.push(reason)
}

function taken(tally: Tally): number {
  return outcomes.reduce((sum, outcome) => sum + tally[outcome], 0)
}

function report(tally: Tally, ms: number): void {
  const records = taken(tally)
  print(`${grouped(records)} records in ${(ms / 1000).toFixed(1)} s, ${perSecond(records, ms)}/s`)
  for (const outcome of outcomes) print(`  ${outcome.padEnd(10)} ${grouped(tally[outcome])}`)
  if (tally.notTaken > 0) print(`  not taken  ${grouped(tally.notTaken)}`)
  if (tally.sentAgain > 0) {
    print(
      `${grouped(tally.sentAgain)} were sent again after the connection broke: a stream without a key may have them twice`,
    )
  }
  if (tally.reasons.length > 0) print('first reasons:')
  for (const reason of tally.reasons) print(`  ${reason}`)
  if (tally.stopped !== undefined) print(`stopped at ${tally.stopped}; what follows in the file was not sent`)
}
