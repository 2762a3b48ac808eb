// Where a configuration comes from and which source wins.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Flags } from '../../src/config/load.ts'
import { loadConfig } from '../../src/config/load.ts'
import { currencyCodes } from '../../src/config/orders.ts'

let cwd = ''
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sluice-config-'))
})
afterEach(() => {
  rmSync(cwd, { recursive: true, force: true })
})

const load = (env: Record<string, string> = {}, flags: Flags = {}) => loadConfig({ cwd, env, flags })
const write = (name: string, words: string) => {
  writeFileSync(join(cwd, name), words)
}

describe('loadConfig', () => {
  test('without a file gives the orders stream, SQLite below data/, no pace', async () => {
    const { config, file } = await load()
    expect(file).toBeUndefined()
    expect(config).toMatchObject({ host: '127.0.0.1', engine: 'wasm', dataDir: join(cwd, 'data') })
    expect(config.streams).toMatchObject({ orders: { path: '/api/order', key: '/orderId' } })
    expect(config.sink).toEqual({ kind: 'sqlite', file: 'sluice.db' })
    expect(config.drain).toEqual({ recordsPerSecond: Number.POSITIVE_INFINITY, batchBytesMax: 1_048_576, pollMs: 100 })
  })

  test('lists currencies once each', () => {
    expect(new Set(currencyCodes).size).toBe(currencyCodes.length)
    expect(currencyCodes.every((code) => /^[A-Z]{3}$/.test(code))).toBe(true)
  })

  test('fills a file in with defaults, and takes its streams whole', async () => {
    write('sluice.config.json', '{"limits":{"queueWaitMs":5},"streams":{"a":{"path":"/a","schema":true}}}')
    const { config, file } = await load()
    expect(file).toBe(join(cwd, 'sluice.config.json'))
    expect(config.limits.queueWaitMs).toBe(5)
    expect(config.limits.recordBytesMax).toBe(262_144)
    expect(Object.keys(config.streams)).toEqual(['a'])
  })

  test('reads TypeScript as it stands, before .js and .json', async () => {
    write('sluice.config.json', '{"port":1}')
    write('sluice.config.ts', 'const port: number = 4321\nexport default { port }')
    expect((await load()).config.port).toBe(4321)
  })

  test('flags win over the environment, which wins over the file', async () => {
    write('sluice.config.json', '{"host":"file","port":1,"opsPort":1,"engine":"wasm"}')
    const env = { SLUICE_PORT: '2', SLUICE_OPS_PORT: '0', SLUICE_ENGINE: 'js', SLUICE_DATA: 'there', SLUICE_HOST: '' }
    const { config } = await load(env, { port: '3' })
    expect(config).toMatchObject({ host: 'file', port: 3, opsPort: 0, engine: 'js', dataDir: join(cwd, 'there') })
  })

  test('takes the file that --config or SLUICE_CONFIG names', async () => {
    write('one.json', '{"port":11}')
    write('two.json', '{"port":22}')
    expect((await load({ SLUICE_CONFIG: 'one.json' })).config.port).toBe(11)
    expect((await load({ SLUICE_CONFIG: 'one.json' }, { config: join(cwd, 'two.json') })).config.port).toBe(22)
  })

  test.each([
    ['a file that is not there', { SLUICE_CONFIG: 'none.json' }, /no configuration file at .*none\.json/],
    [
      'a variable',
      { SLUICE_PORT: '8o80' },
      /SLUICE_PORT:\n {2}port: expected an integer from 0 to 65535, found "8o80"/,
    ],
    ['a negative port', { SLUICE_PORT: '-1' }, /SLUICE_PORT/],
  ])('names the source of a fault: %s', async (_, env: Record<string, string>, message) => {
    await expect(load(env)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
  })

  test.each([
    ['broken JSON', 'sluice.config.json', '{', /sluice\.config\.json cannot be read/],
    ['no default export', 'sluice.config.js', 'export const port = 1', /no default export/],
    ['a wrong field', 'sluice.config.json', '{"prot":1}', /sluice\.config\.json:\n {2}prot: .*did you mean "port"/],
  ])('refuses a file with %s', async (_, name, words, message) => {
    write(name, words)
    await expect(load()).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) })
  })
})
