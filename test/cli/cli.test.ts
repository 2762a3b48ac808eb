// The command line as a person uses it, over a real server: start, send, check, log, stop.
import { spawn } from 'node:child_process'
import { cpSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDataDir, order, type RunningServer, startServer } from '../e2e/server.ts'

const launcher = new URL('../../bin/sluice.js', import.meta.url).pathname

type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

function sluice(args: readonly string[], input = '', env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [launcher, ...args], { cwd: home.dir, env: { ...process.env, ...env } })
    let [out, err] = ['', '']
    child.stdout.on('data', (text) => {
      out += text
    })
    child.stderr.on('data', (text) => {
      err += text
    })
    child.on('close', (code) => resolve({ code, out, err }))
    child.stdin.end(input)
  })
}

const home = makeDataDir()
let server: RunningServer | undefined
beforeAll(async () => {
  server = await startServer({ dataDir: home.dir, args: ['--engine', 'wasm'] })
})
afterAll(async () => {
  await server?.stop()
  home.remove()
})

const to = () => `${server?.url}/api/order`
const file = (name: string, text: string) => {
  const path = join(home.dir, name)
  writeFileSync(path, text)
  return path
}
const orders = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `${JSON.stringify(order(`o-${from + index}`))}\n`).join('')

describe('send', () => {
  test('sends a file, and says what became of its records', async () => {
    const path = file('orders.ndjson', orders(1000))
    const first = await sluice(['send', path, '--to', to()])
    expect(first).toMatchObject({ code: 0 })
    expect(first.out).toMatch(/^1,000 records in .* s, [\d,]+\/s\n {2}accepted {3}1,000\n {2}duplicate {2}0\n/)
    const second = await sluice(['send', path, '--to', to(), '--gzip', '--connections', '2'])
    expect(second.code).toBe(0)
    expect(second.out).toContain('duplicate  1,000')
  })

  test('tells the line and the reason of what was not taken, and ends with 1', async () => {
    const bad = JSON.stringify(order('bad', { total: -1 }))
    const conflict = JSON.stringify(order('o-0', { total: 1 }))
    const { code, out } = await sluice(['send', '-', '--to', to()], `${orders(1, 5000)}\n${bad}\n{oops}\n${conflict}\n`)
    expect(code).toBe(1)
    expect(out).toMatch(/accepted {3}1\n.*duplicate {2}0\n.*conflict {3}1\n.*invalid {4}2\n/s)
    expect(out).toContain('line 3: SCHEMA_INVALID: /total must be at least 0, found -1')
    expect(out).toContain('line 4: JSON_MALFORMED: At byte 1')
    expect(out).toMatch(/line 5: KEY_CONFLICT: .* offset 0/)
  })

  test('sends an array', async () => {
    const path = file('array.json', JSON.stringify([order('a-1'), order('a-2')], null, 2))
    expect(await sluice(['send', path, '--to', to()])).toMatchObject({
      code: 0,
      out: expect.stringContaining('accepted   2'),
    })
  })

  test('a stream that is not there, or a file, ends with 1', async () => {
    const path = file('one.ndjson', orders(1))
    expect(await sluice(['send', path, '--to', `${server?.url}/api/none`])).toMatchObject({
      code: 1,
      err: expect.stringContaining('NOT_FOUND'),
    })
    expect(await sluice(['send', 'none.ndjson', '--to', to()])).toMatchObject({ code: 1 })
  })
})

describe('check', () => {
  const schema = '{"type":"object","properties":{"n":{"maximum":3}},"required":["id"]}'

  test.each(['wasm', 'js'])('finds what a server would refuse, with engine %s', async (engine) => {
    const path = file('check.ndjson', '{"id":"a","n":1}\n{"id":"b","n":4}\n{"n":1}\n{"id":1.5}\n[')
    const args = ['check', '--schema', file('schema.json', schema), '--key', '/id', '--engine', engine, path]
    const { code, out } = await sluice(args)
    expect(code).toBe(1)
    expect(out).toContain('valid      1')
    expect(out).toContain('invalid    4')
    expect(out).toContain('line 2: SCHEMA_INVALID: /n must be at most 3, found 4')
    expect(out).toContain('line 3: SCHEMA_INVALID: must have the member "id"')
    expect(out).toContain('line 4: KEY_MISSING')
    expect(out).toContain('line 5: JSON_MALFORMED')
  })

  test.each(['wasm', 'js'])('tells all errors of a record where asked, with engine %s', async (engine) => {
    const path = file('all.ndjson', '{"id":"a","n":1}\n{"n":4}\n[')
    const args = ['check', '--schema', file('schema.json', schema), '--errors', 'all', '--engine', engine, path]
    const { code, out } = await sluice(args)
    expect(code).toBe(1)
    expect(out).toContain('invalid    2')
    expect(out).toContain('line 2: SCHEMA_INVALID: must have the member "id"\n')
    expect(out).toContain('line 2: SCHEMA_INVALID: /n must be at most 3, found 4\n')
    expect(out).toContain('line 3: JSON_MALFORMED')
    expect(out).not.toContain('there are more')
    const { out: cut } = await sluice([...args, '--errors-max', '1'])
    expect(cut).toContain('line 2: SCHEMA_INVALID: must have the member "id"\n')
    expect(cut).toContain('line 2: SCHEMA_INVALID: there are more errors\n')
    expect(cut).not.toContain('/n must')
  })

  test('goes over more records than a slab holds, short and long', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `{"id":"${'x'.repeat(index % 100 === 0 ? 20_000 : 3)}"}`)
    const args = ['check', '--schema', file('schema.json', schema), file('many.ndjson', lines.join('\n'))]
    expect(await sluice(args)).toMatchObject({ code: 0, out: expect.stringContaining('valid      30,000') })
  })

  test('refuses a schema it cannot honour, by keyword', async () => {
    const { code, err } = await sluice(['check', '--schema', file('odd.json', '{"frobnicate":1}'), 'x.ndjson'])
    expect(code).toBe(2)
    expect(err).toContain('frobnicate')
    expect((await sluice(['check', '--schema', file('bad.json', '{'), 'x'])).code).toBe(2)
  })
})

describe('start', () => {
  test('prints where it listens, a line to try, and where the data is', () => {
    const output = server?.output() ?? ''
    expect(output).toContain(`takes records at ${server?.url}`)
    expect(output).toContain(`${server?.opsUrl}/readyz`)
    expect(output).toContain(`data       ${home.dir}`)
    expect(output).toMatch(/try {8}curl -i http:.*\/api\/order .*-d '\{"orderId"/)
  })

  test.each([[[], { SLUICE_ENGINE: 'go' }, 'SLUICE_ENGINE']] as [string[], Record<string, string>, string][])(
    'refuses a wrong setting: %j %j',
    async (args, env, words) => {
      const { code, err } = await sluice(['start', ...args], '', env)
      expect(code).toBe(2)
      expect(err).toContain(words)
    },
  )

  test('refuses a data directory that another server uses, or a port', async () => {
    const inUse = await sluice(['start', '--port', '0', '--ops-port', '0', '--data', home.dir])
    expect(inUse).toMatchObject({ code: 1, err: expect.stringContaining('LOG_UNAVAILABLE') })
    const other = makeDataDir()
    const port = String(new URL(server?.url ?? '').port)
    const taken = await sluice(['start', '--port', port, '--ops-port', '0', '--data', other.dir])
    expect(taken).toMatchObject({ code: 2, err: expect.stringContaining(`port ${port}`) })
    other.remove()
  })
})

describe('log', () => {
  const log = (...args: string[]) => sluice(['log', ...args, '--data', home.dir])

  test('dump ends without a word when its reader has seen enough', async () => {
    const child = spawn(process.execPath, [launcher, 'log', 'dump', '--data', home.dir], { cwd: home.dir })
    child.stdout.destroy()
    let err = ''
    child.stderr.on('data', (text) => {
      err += text
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect({ code, err }).toEqual({ code: 141, err: '' })
  })

  test('stat counts, verify finds it sound, dump prints the records in order', async () => {
    const stat = await log('stat')
    expect(stat).toMatchObject({ code: 0 })
    expect(stat.out).toMatch(/orders\n {2}segments {3}\d+\n {2}offsets {4}0 to 1,\d\d\d/)
    expect(await log('verify')).toMatchObject({ code: 0, out: expect.stringContaining('sound') })
    const dump = await log('dump', '--stream', 'orders', '--from', '10', '--limit', '2')
    const lines = dump.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toMatchObject([
      { offset: 10, key: 'o-10', value: order('o-10') },
      { offset: 11, key: 'o-11', value: order('o-11') },
    ])
  })

  test('verify says where a damaged copy stops being readable, and ends with 1', async () => {
    const copy = makeDataDir()
    cpSync(join(home.dir, 'log'), join(copy.dir, 'log'), { recursive: true })
    const segment = join(copy.dir, 'log/orders/00000000000000000000.log')
    truncateSync(segment, 300)
    const { code, out } = await sluice(['log', 'verify', '--data', copy.dir])
    expect(code).toBe(1)
    expect(out).toMatch(/not readable from byte \d+ \(offset \d+\) on/)
    copy.remove()
  })

  test('says so when there is none', async () => {
    const empty = makeDataDir()
    expect(await sluice(['log', 'stat', '--data', empty.dir])).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no log'),
    })
    empty.remove()
  })
})

test('SIGTERM ends a server with 0, after what it was doing', async () => {
  const other = makeDataDir()
  const running = await startServer({ dataDir: other.dir })
  const reply = await fetch(`${running.url}/api/order`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(order('last')),
  })
  expect(reply.status).toBe(202)
  expect(await running.stop()).toBe(0)
  expect(running.output()).toContain('stopping')
  other.remove()
})
