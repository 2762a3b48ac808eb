// The OpenAPI document: every stream as it is configured, every reference of it leading somewhere.
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { describe, expect, test } from 'vitest'
import type { Config, StreamConfig } from '../../src/config/config.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { openApi } from '../../src/schema/openapi.ts'

const withStreams = (streams: Record<string, StreamConfig>): Config => ({ ...defaultConfig(), streams })

/** All `$ref`s in a document. */
function refs(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => (name === '$ref' ? [String(member)] : refs(member)))
}

function follow(document: unknown, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((value, token) => (value as Record<string, unknown>)[token], document)
}

describe('openApi', () => {
  test('describes the built-in stream: paths, bodies, answers', () => {
    const document = openApi(defaultConfig(), 'http://127.0.0.1:8080', '0.1.0') as Record<string, unknown>
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'http://127.0.0.1:8080' }] })
    const paths = document.paths as Record<string, Record<string, Record<string, Record<string, unknown>>>>
    expect(Object.keys(paths)).toEqual(['/api/order', '/api/order/{key}'])
    expect(Object.keys(paths['/api/order']?.post?.responses ?? {})).toEqual([
      '200',
      '202',
      '207',
      '400',
      '408',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
      '507',
    ])
    expect(Object.keys(paths['/api/order/{key}']?.get?.responses ?? {})).toEqual(['200', '404', '500', '503'])
  })

  test('leaves no reference dangling', () => {
    const document = openApi(defaultConfig(), '', '0')
    for (const ref of refs(document)) expect(follow(document, ref), ref).toBeDefined()
  })

  test('keeps the inner references of a schema its own', () => {
    const schema = {
      properties: { a: { $ref: '#/$defs/n' }, b: { $ref: 'https://example.com/other' } },
      $defs: { n: { minimum: 3 } },
    }
    const document = openApi(
      withStreams({ s: { path: '/s', schema, documents: { 'https://example.com/other': { type: 'string' } } } }),
      '',
      '0',
    )
    const { schemas } = document.components as { schemas: Record<string, Record<string, unknown>> }
    const ajv = new Ajv2020({ strict: false })
    addFormats.default(ajv)
    for (const each of Object.values(schemas)) if ('$id' in each) ajv.addSchema(each)
    const validate = ajv.getSchema('urn:sluice:stream:s')
    expect(validate?.({ a: 3, b: 'x' })).toBe(true)
    expect(validate?.({ a: 2 })).toBe(false)
    expect(validate?.({ b: 1 })).toBe(false)
  })

  test('a stream without a key cannot be read by one; a key in a header is asked for, one record a request', () => {
    const streams: Record<string, StreamConfig> = {
      events: { path: '/e', schema: true },
      hooks: { path: '/h', schema: true, key: { header: 'Idempotency-Key' } },
    }
    const paths = openApi(withStreams(streams), '', '0').paths as Record<
      string,
      { post: { parameters: unknown; requestBody: { content: object } } }
    >
    expect(Object.keys(paths)).toEqual(['/e', '/h', '/h/{key}'])
    expect(paths['/h']?.post.parameters).toContainEqual(
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: true }),
    )
    expect(Object.keys(paths['/h']?.post.requestBody.content ?? {})).toEqual([
      'application/json',
      'application/msgpack',
    ])
    expect(Object.keys(paths['/e']?.post.requestBody.content ?? {})).toEqual([
      'application/json',
      'application/x-ndjson',
      'application/msgpack',
    ])
  })

  test('a stream that keeps JSON text is not said to take MessagePack', () => {
    const streams: Record<string, StreamConfig> = { raw: { path: '/r', schema: true, value: 'json' } }
    const document = openApi(withStreams(streams), '', '0')
    expect(document).toHaveProperty(['paths', '/r', 'post', 'requestBody', 'content', 'application/json'])
    expect(document).not.toHaveProperty(['paths', '/r', 'post', 'requestBody', 'content', 'application/msgpack'])
  })
})
