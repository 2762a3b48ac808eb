// What a wrong configuration is told: the field, what was expected there and what was found.
import { describe, expect, test } from 'vitest'
import { checkConfig } from '../../src/config/check.ts'
import type { Problem } from '../../src/config/shape.ts'
import { SluiceError } from '../../src/errors.ts'

const stream = { path: '/api/a', schema: true }

function problemsOf(value: unknown): readonly Problem[] {
  try {
    checkConfig(value, 'test')
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    expect(error.code).toBe('CONFIG_INVALID')
    return error.extra.problems as readonly Problem[]
  }
  return []
}

describe('checkConfig', () => {
  test('takes a complete configuration', () => {
    const value = {
      host: '0.0.0.0',
      port: 0,
      opsHost: '::1',
      opsPort: 9000,
      dataDir: '/var/lib/sluice',
      engine: 'js',
      tls: { certFile: 'cert.pem', keyFile: '/etc/key.pem' },
      ingress: { threads: 1 },
      kernelThreads: 2,
      logLevel: 'silent',
      streams: {
        a: {
          ...stream,
          key: ['/x/0', '/y~1z'],
          value: 'json',
          table: 'select',
          rateLimit: { requestsPerSecond: 0.5, burst: 3 },
        },
        b: {
          path: '/b',
          schema: { type: 'object' },
          key: { header: 'Idempotency-Key' },
          documents: { 'urn:x': false },
        },
      },
      limits: { bodyStallMs: 100, slabCount: 2 },
      log: { segmentBytes: 4_194_304 },
      drain: { recordsPerSecond: Number.POSITIVE_INFINITY },
      sink: { kind: 'sqlite', file: 'x.db' },
    }
    expect(checkConfig(value, 'test')).toBe(value)
  })

  test.each([
    ['port', { port: 70_000 }, 'port', '70000'],
    ['port as text', { port: '80' }, 'port', '"80"'],
    ['engine', { engine: 'go' }, 'engine', '"go"'],
    ['not a number', { limits: { headMs: Number.NaN } }, 'limits.headMs', 'NaN'],
    ['a limit beyond the slab', { limits: { recordBytesMax: 1e9 } }, 'limits.recordBytesMax', '1000000000'],
    ['more threads than slabs serve', { ingress: { threads: 13 } }, 'ingress.threads', '13'],
    ['the same with few slabs', { ingress: { threads: 2 }, limits: { slabCount: 3 } }, 'ingress.threads', '2'],
    ['a certificate without its key', { tls: { certFile: 'a.pem' } }, 'tls.keyFile', 'nothing'],
    ['no streams', { streams: {} }, 'streams', '{}'],
    ['a stream without a path', { streams: { a: { schema: true } } }, 'streams.a.path', 'nothing'],
    ['a path with a query', { streams: { a: { ...stream, path: '/a?b' } } }, 'streams.a.path', '"/a?b"'],
    ['a path that climbs', { streams: { a: { ...stream, path: '/a/../b' } } }, 'streams.a.path', '/a/../b'],
    ['a key that is no pointer', { streams: { a: { ...stream, key: 'orderId' } } }, 'streams.a.key', '"orderId"'],
    ['a bad pointer in a list', { streams: { a: { ...stream, key: ['/a', '/~2'] } } }, 'streams.a.key[1]', '"/~2"'],
    [
      'a schema that is the name of a file',
      { streams: { a: { path: '/a', schema: 's.json' } } },
      'streams.a.schema',
      '"s.json"',
    ],
    ['a schema that is a list', { streams: { a: { path: '/a', schema: [] } } }, 'streams.a.schema', '[]'],
    ['a name with a slash', { streams: { 'a/b': stream } }, 'streams.a/b', '"a/b"'],
    [
      'a rate without a burst',
      { streams: { a: { ...stream, rateLimit: { requestsPerSecond: 1 } } } },
      'streams.a.rateLimit.burst',
      'nothing',
    ],
    [
      'an endless rate',
      { streams: { a: { ...stream, rateLimit: { requestsPerSecond: Infinity, burst: 1 } } } },
      'streams.a.rateLimit.requestsPerSecond',
      'Infinity',
    ],
    ['a list', [], '', '[]'],
  ])('names the field: %s', (_, value, path, found) => {
    expect(problemsOf(value)).toEqual([{ path, expected: expect.stringMatching(/./), found }])
  })

  test('names every fault, not the first alone', () => {
    expect(problemsOf({ port: -1, engine: 1, drain: { pollMs: 0 } }).map(({ path }) => path)).toEqual([
      'port',
      'engine',
      'drain.pollMs',
    ])
  })

  test('refuses a field nobody reads and says which one was meant', () => {
    expect(problemsOf({ limits: { bodyStalMs: 5 } })[0]?.expected).toContain('did you mean "bodyStallMs"?')
    expect(problemsOf({ datadir: 'x' })[0]?.expected).toContain('did you mean "dataDir"?')
    expect(problemsOf({ drain: { records: 5 } })[0]?.expected).toContain('"recordsPerSecond"')
    expect(problemsOf({ quux: 5 })[0]?.expected).toMatch(/^one of host, port/)
    expect(problemsOf(JSON.parse('{"__proto__": 1}'))[0]?.path).toBe('__proto__')
  })

  test('refuses two streams at one path, and a path that would be a key of another stream', () => {
    expect(problemsOf({ streams: { a: stream, b: stream } })[0]).toMatchObject({
      path: 'streams.b.path',
      expected: 'a path that "a" does not have',
    })
    const nested = { a: stream, b: { ...stream, path: '/api/a/b' } }
    expect(problemsOf({ streams: nested })[0]).toMatchObject({ path: 'streams.b.path', found: '/api/a/b' })
    expect(problemsOf({ streams: { a: stream, b: { ...stream, path: '/api/a/b/c' } } })).toEqual([])
  })
})
