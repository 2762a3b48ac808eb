// Checks what a user wrote, field by field, before anything is opened. Every fault is named with the path of the field,
// what was expected and what was found; a field nobody reads is a fault too, since it is a misspelt one.
import { SluiceError } from '../errors.ts'
import * as limits from '../limits.ts'
import type { StreamConfig, UserConfig } from './config.ts'
import {
  boolean,
  either,
  integer,
  isObject,
  list,
  object,
  oneOf,
  type Problem,
  positive,
  record,
  refuse,
  text,
} from './shape.ts'

const hour = 3_600_000
const pointer = text(/^(\/([^~/]|~[01])*)+$/, 'a JSON pointer into the record, such as "/orderId"')
const header = text(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'the name of a request header')
const port = integer(0, 65_535)
const host = text(/^[0-9A-Za-z.:_-]{1,253}$/, 'a host name or an address')
const file = text(/^[^\0]+$/, 'a path')
const schema = either((value) => (typeof value === 'boolean' ? () => undefined : schemaObject))
const path = text(/^(\/[A-Za-z0-9._~-]+)+$/, 'a path such as "/api/order": segments of A-Z a-z 0-9 . _ ~ -')
const table = text(/^[^\0]{1,128}$/, 'the name of a table')

const key = either((value) => {
  if (Array.isArray(value)) return list(pointer, 1)
  return isObject(value) ? object({ header }, ['header']) : pointer
})

const stream = object(
  {
    path,
    schema,
    key,
    value: oneOf(['msgpack', 'json']),
    table,
    rateLimit: object({ requestsPerSecond: positive(false), burst: integer(1, 1_000_000) }, [
      'requestsPerSecond',
      'burst',
    ]),
    documents: record(/./, 'a URI', schema),
  },
  ['path', 'schema'],
)

const config = object({
  host,
  port,
  opsHost: host,
  opsPort: port,
  dataDir: file,
  engine: oneOf(['wasm', 'js']),
  fastLane: boolean,
  tls: object({ certFile: file, keyFile: file }, ['certFile', 'keyFile']),
  kernelThreads: integer(1, 128),
  logLevel: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  streams: record(/^[a-z][a-z0-9_-]{0,62}$/, 'a name of a-z 0-9 _ -, a letter first, 63 characters at most', stream, 1),
  ingress: object({ threads: integer(1, limits.slabCountMax / limits.slabsPerThreadMin) }),
  limits: object({
    recordBytesMax: integer(1, limits.recordBytesMax),
    bodyBytesMax: integer(1, Number.MAX_SAFE_INTEGER),
    inflatedBytesMax: integer(1, Number.MAX_SAFE_INTEGER),
    headMs: integer(100, hour),
    handshakeMs: integer(100, hour),
    bodyStallMs: integer(100, hour),
    keepAliveMs: integer(0, hour),
    queueWaitMs: integer(0, hour),
    errorsListedMax: integer(0, 10_000),
    slabCount: integer(2, limits.slabCountMax),
    connectionsMax: integer(1, 1_000_000),
    connectionsPerAddressMax: integer(1, 1_000_000),
  }),
  log: object({
    segmentBytes: integer(limits.segmentBytesMin, 0x7fff_ffff),
    backlogBytesMax: integer(limits.segmentBytesMin, Number.MAX_SAFE_INTEGER),
    dedupeKeyCountMax: integer(1, 100_000_000),
  }),
  drain: object({
    recordsPerSecond: positive(true),
    batchBytesMax: integer(1_024, 64 * limits.drainBatchBytesMax),
    pollMs: integer(1, 60_000),
  }),
  sink: object({ kind: oneOf(['sqlite']), file }),
})

function schemaObject(value: unknown, at: string, problems: Problem[]): void {
  if (!isObject(value)) refuse(value, at, 'a JSON Schema itself, not the name of a file', problems)
}

/**
 * Returns `value` as a configuration.
 * @throws SluiceError CONFIG_INVALID naming every faulty field; `extra.problems` has them as data.
 */
export function checkConfig(value: unknown, source: string): UserConfig {
  const problems: Problem[] = []
  config(value, '', problems)
  if (problems.length === 0) {
    checkPaths((value as UserConfig).streams ?? {}, problems)
    checkThreads(value as UserConfig, problems)
  }
  if (problems.length > 0) throw configInvalid(source, problems)
  return value as UserConfig
}

/** The error for `problems`, one line each. */
export function configInvalid(source: string, problems: readonly Problem[]): SluiceError {
  const lines = problems.map(
    ({ path, expected, found }) => `  ${path || 'the whole'}: expected ${expected}, found ${found}`,
  )
  return new SluiceError('CONFIG_INVALID', `${source}:\n${lines.join('\n')}`, { problems })
}

// A record is read at `{path}/{key}`: a path one segment below another's would be taken for a key of that stream.
function checkPaths(streams: Readonly<Record<string, StreamConfig>>, problems: Problem[]): void {
  const taken = new Map<string, string>()
  for (const [name, { path }] of Object.entries(streams)) {
    const other = taken.get(path)
    const at = `streams.${name}.path`
    if (other !== undefined) problems.push({ path: at, expected: `a path that "${other}" does not have`, found: path })
    if (path.split('/').some((segment) => segment === '.' || segment === '..')) {
      problems.push({ path: at, expected: 'no segment "." or ".."', found: path })
    }
    taken.set(path, name)
  }
  for (const [path, name] of taken) {
    const owner = taken.get(path.slice(0, path.lastIndexOf('/')))
    if (owner === undefined) continue
    const expected = `a path that is no key of "${owner}", which reads records one segment below its own`
    problems.push({ path: `streams.${name}.path`, expected, found: path })
  }
}

// Each thread has slabs of its own.
function checkThreads({ ingress, limits: set }: UserConfig, problems: Problem[]): void {
  const slabCount = set?.slabCount ?? limits.slabCount
  const threadsMax = Math.floor(slabCount / limits.slabsPerThreadMin)
  const threads = ingress?.threads ?? 1
  if (threads <= threadsMax) return
  const expected = `at most ${threadsMax}, half of limits.slabCount (${slabCount})`
  problems.push({ path: 'ingress.threads', expected, found: String(threads) })
}
