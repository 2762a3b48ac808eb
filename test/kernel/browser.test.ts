// The kernel's entrance, bundled as an application would bundle it, says in a browser what it says in Node. Skips, with a
// notice, where no Chromium is installed; that nothing of Node is in the bundle is tested everywhere.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type InlineConfig } from 'vite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKernel } from '../../src/kernel/kernel.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}
const browser = ['chromium', 'chromium-headless-shell', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0,
)
if (browser === undefined) console.warn('no Chromium here: the kernel is not tried in a browser')

const task = {
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[a-zé]+$' },
      n: { type: 'integer', minimum: 1 },
      when: { type: 'string', format: 'date-time' },
      kind: { enum: ['long enough to be no word', 2, null] },
    },
    required: ['id'],
  },
  options: { key: '/id' },
  records: [
    '{"id":"é","n":5,"when":"2026-01-01T00:00:00Z"}',
    '{"id":"a","n":0}',
    '{"id":"A"}',
    '{"id":"a","kind":"long enough to be no word"}',
    '{"id":"a","kind":3}',
    '{"id":"a","id":"b"}',
    '{"n":1}',
    '{"id":"\ud83d\ude00\\ud83d"}',
    '[1,2',
    '',
  ],
  ndjson: '{"id":"a"}\n\n{"id":7}\n{"id":"b","n":18446744073709551615}\n',
  encode: { timestampMs: 1_726_000_000_123, baseOffset: 7 },
}

let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-browser-'))
  const config: InlineConfig = {
    configFile: false,
    root,
    logLevel: 'error',
    resolve: { alias: { 'sluice/kernel': join(root, 'src/kernel/kernel.ts') } },
    build: {
      outDir: join(folder, 'site'),
      target: 'esnext',
      minify: false,
      rollupOptions: {
        input: [join(root, 'test/kernel/browser/index.html'), join(root, 'examples/browser/index.html')],
      },
    },
  }
  await build(config)
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('the bundle names nothing of Node, and has the plain kernel beside it', () => {
  const assets = readdirSync(join(folder, 'site/assets'))
  const scripts = assets.filter((name) => name.endsWith('.js'))
  expect(scripts.length).toBeGreaterThan(0)
  for (const name of scripts) {
    const text = readFileSync(join(folder, 'site/assets', name), 'utf8')
    expect(text).not.toMatch(/\bBuffer\.|from\s*["']node:|require\(|__vite-browser-external/)
  }
  const modules = assets.filter((name) => name.endsWith('.wasm'))
  expect(modules).toHaveLength(1)
  expect(readFileSync(join(folder, 'site/assets', modules[0]!))).toEqual(readFileSync(join(root, 'build/kernel.wasm')))
})

/** Serves the site and the task; resolves `result` with what the page sends. */
function serve(): { server: Server; result: Promise<unknown> } {
  const { promise, resolve } = Promise.withResolvers<unknown>()
  const server = createServer(async (request, response) => {
    if (request.url === '/task') return response.end(JSON.stringify(task))
    if (request.url === '/result') {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      resolve(JSON.parse(Buffer.concat(chunks).toString()))
      return response.end()
    }
    const path = join(folder, 'site', normalize(`/${request.url ?? ''}`))
    const type = types[extname(path)]
    if (type === undefined) return response.writeHead(404).end()
    return response.setHeader('content-type', type).end(readFileSync(path))
  })
  return { server, result: promise }
}

/** Has the browser load a page; resolves to what is returned by `until`, and ends the browser. */
async function visit<T>(url: string, until: (child: ChildProcess) => Promise<T>): Promise<T> {
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${join(folder, 'profile')}`]
  const child = spawn(browser!, [...flags, '--remote-debugging-port=0', url], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const exited = once(child, 'exit')
  try {
    const early = exited.then(() => Promise.reject(new Error(`the browser ended: ${said}`)))
    return await Promise.race([until(child), early])
  } finally {
    child.kill()
    await exited
  }
}

test.skipIf(browser === undefined)('in a browser it says what it says in Node', async () => {
  const { server, result } = serve()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  try {
    const url = `http://127.0.0.1:${port}/test/kernel/browser/index.html`
    const inBrowser = await visit(url, () => result)
    const kernel = await createKernel(task.schema, task.options)
    const checked = task.records.map((record) => kernel.check(record))
    const encoded = kernel.encodeBatch(task.ndjson, task.encode)
    const plain = (_: string, value: unknown) => (value instanceof Uint8Array ? Array.from(value) : value)
    expect(inBrowser).toEqual(JSON.parse(JSON.stringify({ checked, encoded }, plain)))
    expect(checked.map(({ ok }) => ok)).toEqual([true, false, false, true, false, false, false, false, false, false])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
