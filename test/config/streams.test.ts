// What the kernel is told of the configured streams.
import { expect, test } from 'vitest'
import type { StreamConfig } from '../../src/config/config.ts'
import { defaultConfig } from '../../src/config/defaults.ts'
import { compileStreams, keyHeader, keyPointers, streamNames } from '../../src/config/streams.ts'

const withStreams = (streams: Record<string, StreamConfig>) => ({ ...defaultConfig(), streams })

test('a key is pointers, a header or nothing', () => {
  expect([keyPointers('/a'), keyPointers(['/a', '/b']), keyPointers({ header: 'X' }), keyPointers(undefined)]).toEqual([
    ['/a'],
    ['/a', '/b'],
    [],
    [],
  ])
  expect([keyHeader('/a'), keyHeader(['/a']), keyHeader({ header: 'Idempotency-Key' }), keyHeader(undefined)]).toEqual([
    undefined,
    undefined,
    'idempotency-key',
    undefined,
  ])
})

test('every stream is compiled, in its order, with its own limits', () => {
  const base = withStreams({
    b: { path: '/b', schema: true },
    a: { path: '/a', schema: { type: 'object' }, key: '/id', value: 'json' },
  })
  const config = { ...base, limits: { ...base.limits, recordBytesMax: 1000 } }
  expect(streamNames(config)).toEqual(['b', 'a'])
  const [b, a] = compileStreams(config)
  expect(b?.options).toMatchObject({ keyPointers: [], value: 'msgpack', recordBytesMax: 1000, assertFormat: true })
  expect(a?.options).toMatchObject({ keyPointers: ['/id'], value: 'json' })
})

test('the built-in orders compile', () => {
  const [orders] = compileStreams(defaultConfig())
  expect(orders?.locations.map(({ keyword }) => keyword)).toContain('additionalProperties')
})

test('a schema that cannot be honoured is told with its stream, keyword and pointer', () => {
  const config = withStreams({
    good: { path: '/g', schema: true },
    bad: { path: '/b', schema: { properties: { x: { frobnicate: 1 } } } },
  })
  expect(() => compileStreams(config)).toThrow(
    expect.objectContaining({
      code: 'SCHEMA_UNSUPPORTED',
      message: expect.stringMatching(/^streams\.bad\.schema: .*frobnicate/),
      extra: expect.objectContaining({ stream: 'bad', keyword: 'frobnicate', pointer: '/properties/x/frobnicate' }),
    }),
  )
})
