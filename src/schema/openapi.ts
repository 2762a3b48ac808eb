// Describes the configured streams as an OpenAPI 3.1 document, whose schemas are JSON Schema 2020-12 and so ours as they
// are. Each is embedded as a resource of its own (`$id`), so that its inner `#/…` references keep their meaning.
import type { Config, StreamConfig } from '../config/config.ts'
import { type ErrorCode, errorTable } from '../errors.ts'
import type { JsonSchema } from './compile.ts'

type Json = { readonly [name: string]: unknown }

/** Returns the document. `server` is the address clients use. */
export function openApi(config: Config, server: string, version: string): Json {
  const streams = Object.entries(config.streams)
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: 'Sluice', version, description: 'Takes JSON records and acknowledges each once it is on disk.' },
    servers: [{ url: server }],
    paths: Object.fromEntries(streams.flatMap(([name, stream]) => pathsOf(name, stream))),
    components: {
      schemas: { ...Object.fromEntries(streams.flatMap(schemasOf)), ...answerSchemas },
    },
  }
}

function pathsOf(name: string, stream: StreamConfig): [string, Json][] {
  const post: [string, Json] = [stream.path, { post: postOf(name, stream) }]
  return stream.key === undefined ? [post] : [post, [`${stream.path}/{key}`, { get: getOf(name) }]]
}

function postOf(name: string, stream: StreamConfig): Json {
  const record = ref(name)
  const header = typeof stream.key === 'object' && 'header' in stream.key ? stream.key.header : undefined
  const keyParameter = {
    name: header,
    in: 'header',
    required: true,
    description: 'The key of the record',
    schema: { type: 'string' },
  }
  const bulk = header === undefined
  const wait = {
    name: 'wait',
    in: 'query',
    description: 'Answer once the sink has the records',
    schema: { enum: ['stored'] },
  }
  const errors = {
    name: 'errors',
    in: 'query',
    description: 'What is told of a record that the schema refuses: its first error, or all',
    schema: { enum: ['first', 'all'], default: 'first' },
  }
  return {
    operationId: `post-${name}`,
    summary: `Take records of the stream "${name}"`,
    parameters: header === undefined ? [wait, errors] : [wait, errors, keyParameter],
    requestBody: { required: true, content: bodiesOf(record, bulk, stream.value !== 'json') },
    responses: {
      200: taken('The record was there before; nothing was stored again'),
      202: taken('Every record is on disk'),
      ...(bulk && { 207: taken('Some records were not taken; each is listed') }),
      ...problems(postCodes),
    },
  }
}

function bodiesOf(record: Json, bulk: boolean, packed: boolean): Json {
  const body = { schema: bulk ? { oneOf: [record, { type: 'array', items: record }] } : record }
  return {
    'application/json': body,
    ...(bulk && { 'application/x-ndjson': { schema: { type: 'string', description: 'One record a line' } } }),
    ...(packed && { 'application/msgpack': body }),
  }
}

function getOf(name: string): Json {
  const state = { description: 'Whether the sink has the record', schema: { enum: ['queued', 'stored'] } }
  return {
    operationId: `get-${name}`,
    summary: `Read a record of the stream "${name}"`,
    parameters: [{ name: 'key', in: 'path', required: true, schema: { type: 'string' } }],
    responses: {
      200: {
        description: 'The record',
        headers: { 'sluice-state': state },
        content: { 'application/json': { schema: ref(name) } },
      },
      ...problems(['NOT_FOUND', 'SINK_UNAVAILABLE', 'INTERNAL']),
    },
  }
}

function taken(description: string): Json {
  const schema = { oneOf: [{ $ref: '#/components/schemas/Taken' }, { $ref: '#/components/schemas/Summary' }] }
  return { description, content: { 'application/json': { schema } } }
}

const postCodes: readonly ErrorCode[] = [
  'JSON_MALFORMED',
  'REQUEST_MALFORMED',
  'REQUEST_TIMEOUT',
  'KEY_CONFLICT',
  'BODY_TOO_LARGE',
  'RECORD_TOO_LARGE',
  'MEDIA_TYPE',
  'SCHEMA_INVALID',
  'KEY_MISSING',
  'SINK_REFUSED',
  'RATE_LIMITED',
  'INTERNAL',
  'OVERLOADED',
  'LOG_UNAVAILABLE',
  'SHUTTING_DOWN',
  'STORAGE_FULL',
]

// Several codes share a status; OpenAPI lists responses by status.
function problems(codes: readonly ErrorCode[]): Json {
  const byStatus: Record<string, ErrorCode[]> = {}
  for (const code of codes) {
    const { status } = errorTable[code]
    byStatus[status] ??= []
    byStatus[status].push(code)
  }
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, names]) => [
      status,
      { description: names.map(describe).join('; '), content },
    ]),
  )
}

function describe(code: ErrorCode): string {
  return `${code}: ${errorTable[code].title}`
}

function ref(name: string): Json {
  return { $ref: `#/components/schemas/stream.${name}` }
}

function schemasOf([name, stream]: [string, StreamConfig]): [string, JsonSchema][] {
  const documents = Object.entries(stream.documents ?? {})
  return [
    [`stream.${name}`, identified(stream.schema, `urn:sluice:stream:${name}`)],
    ...documents.map(([uri, schema], index): [string, JsonSchema] => [
      `stream.${name}.${index}`,
      identified(schema, uri),
    ]),
  ]
}

function identified(schema: JsonSchema, uri: string): JsonSchema {
  return typeof schema === 'boolean' ? schema : { $id: uri, ...schema }
}

const count = { type: 'integer', minimum: 0 }
const offset = { type: ['integer', 'null'], minimum: 0 }

const answerSchemas: Json = {
  Taken: {
    type: 'object',
    properties: {
      status: { enum: ['accepted', 'duplicate'] },
      key: { type: 'string' },
      offset: count,
      state: { enum: ['queued', 'stored'] },
    },
    required: ['status', 'offset'],
  },
  Summary: {
    type: 'object',
    properties: {
      accepted: count,
      duplicate: count,
      conflict: count,
      invalid: count,
      refused: count,
      firstOffset: offset,
      lastOffset: offset,
      errors: { type: 'array', items: { $ref: '#/components/schemas/Entry' } },
      errorsOmitted: count,
    },
    required: [
      'accepted',
      'duplicate',
      'conflict',
      'invalid',
      'refused',
      'firstOffset',
      'lastOffset',
      'errors',
      'errorsOmitted',
    ],
  },
  Entry: {
    type: 'object',
    properties: {
      index: { ...count, description: 'Position of the record in the body, from 0' },
      status: { enum: ['conflict', 'invalid', 'refused'] },
      code: { type: 'string' },
      pointer: { type: 'string', description: 'JSON pointer of the value that was refused' },
      keyword: { type: 'string' },
      schemaPointer: { type: 'string' },
      byteOffset: { ...count, description: 'Position in the record' },
      offset: { ...count, description: 'Conflict: the record that has the key' },
      message: { type: 'string' },
      retry: { type: 'boolean', description: 'Whether the same record may be taken later' },
    },
    required: ['index', 'status', 'code', 'message', 'retry'],
  },
  Problem: {
    type: 'object',
    description: 'RFC 9457',
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      code: { enum: Object.keys(errorTable) },
      retry: { type: 'boolean' },
    },
    required: ['type', 'title', 'status', 'detail', 'code', 'retry'],
  },
}
