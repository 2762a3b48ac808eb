// Invariants: what the lane takes, llhttp (in node:http) reads as the same request: method, path, length of the body, and
// where the next one begins; a cut never changes what a head comes to.
// Heads are put together from usual and unusual parts and then damaged. What was taken is sent to node:http in long
// pipelines, each request followed by its body, so that any other reading of an end shows in what comes next.
import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { faultInHead } from '../../src/ingress/framing.ts'
import { type HeadParser, type HeadResult, openHeadParser } from '../assembly/http/heads.ts'
import { type Random, randomFrom, seedFromEnv } from '../fixtures/random.ts'

const headCount = Number(process.env.SLUICE_FUZZ_HEADS ?? 100_000)
const bodyBytesMax = 64
const pipelineMax = 500

const lines = [
  'POST /api/order HTTP/1.1',
  'GET /api/order/A-1 HTTP/1.1',
  'POST /a HTTP/1.1',
  'GET /~!$&()*+,;=:@ HTTP/1.1',
]
const oddLines = [
  'PUT /a HTTP/1.1',
  'GET /a?b HTTP/1.1',
  'GET /a HTTP/1.0',
  'POST * HTTP/1.1',
  'POST /a  HTTP/1.1',
  'get /a HTTP/1.1',
]
const hosts = ['Host: x', 'host:127.0.0.1:8080', 'HOST:  [::1]:80', 'Host:\ta.b']
const types = ['Content-Type: application/json', 'content-type:application/json', 'Content-Type: text/plain']
const lengths = [
  'Content-Length: 12',
  'content-length:0',
  'CONTENT-LENGTH: 7',
  'Content-Length: 064',
  'Content-Length: 1',
]
const others = [
  'Accept: */*',
  'Accept: application/json',
  'Accept: application/x-ndjson',
  'User-Agent: a/1.0 (b; c) "d"',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: upgrade',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:',
  'Expect: 100-continue',
  'Upgrade: h2c',
  'TE: trailers',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: close',
  'Content-Encoding: gzip',
  'X-A: \xe4\xff',
  'X-Long-Name-Of-A-Field: b',
  'Cookie: a=b; c=d',
  'Sec_Fetch!: x',
  'X-Empty:',
  ' folded: x',
  'X-A : b',
  'No colon',
]
const bytes = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\t',
  ' ',
  ':',
  ',',
  '\x7f',
  '\x80',
  'a',
  '0',
  '-',
  '\x01',
  '\v',
  '\f',
  ';',
  '"',
]

function makeHead(random: Random): string {
  const fields = [random.pick(hosts)]
  const isPost = random.below(4) > 0
  if (isPost) fields.push(random.pick(types.slice(0, random.below(8) === 0 ? 3 : 2)))
  if (isPost || random.below(8) === 0) fields.push(random.pick(lengths))
  for (let left = random.below(4); left > 0; left--) fields.push(random.pick(others))
  if (random.below(12) === 0) fields.push(random.pick([...hosts, ...types, ...lengths]))
  if (random.below(12) === 0) fields.splice(random.below(fields.length), 1)
  fields.sort(() => random.fraction() - 0.5)
  const line =
    random.below(16) === 0 ? random.pick(oddLines) : lines[isPost ? random.below(2) * 2 : 1 + random.below(2) * 2]
  const head = `${[line, ...fields].join('\r\n')}\r\n\r\n`
  return random.below(3) === 0 ? damage(head, random) : head
}

function damage(head: string, random: Random): string {
  let text = head
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(text.length)
    const removed = random.below(3) === 0 ? 0 : 1 + random.below(2)
    text = text.slice(0, at) + (random.below(4) === 0 ? '' : random.pick(bytes)) + text.slice(at + removed)
  }
  return text
}

type Sent = { readonly text: string; readonly head: HeadResult }
type Read = { readonly method: string | undefined; readonly url: string | undefined; readonly bodyBytes: number }

/** Everything node:http reads from one connection that brings these bytes. */
function readByNode(sent: readonly Sent[]): Promise<Read[]> {
  return new Promise((resolve) => {
    const reads: Read[] = []
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      let bodyBytes = 0
      request.on('data', (chunk: Buffer) => {
        bodyBytes += chunk.length
      })
      request.on('end', () => {
        const fault = faultInHead(request as IncomingMessage)
        reads.push({ method: fault ?? request.method, url: request.url, bodyBytes })
        response.shouldKeepAlive = true // a client that asks to close is not done here
        response.end()
      })
    })
    const socket = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => done(),
      allowHalfOpen: true,
    })
    const finish = () => {
      socket.destroy()
      server.close()
      resolve(reads)
    }
    server.on('clientError', finish)
    server.emit('connection', socket)
    for (const { text, head } of sent) socket.push(Buffer.from(text + 'b'.repeat(head.contentLength ?? 0), 'latin1'))
    socket.push(null)
    socket.on('close', finish).on('finish', finish)
  })
}

async function compare(sent: readonly Sent[], words: string): Promise<void> {
  const reads = await readByNode(sent)
  for (const [index, { text, head }] of sent.entries()) {
    const expected = { method: head.method, url: head.path, bodyBytes: head.contentLength }
    expect(reads[index], `${words}: ${JSON.stringify(text)}`).toEqual(expected)
  }
}

function checkCut(parser: HeadParser, text: string, whole: number, random: Random, words: string): void {
  const part = parser.outcome(text, random.below(text.length + 1))
  if (part !== 0 && part !== whole) expect.fail(`${words}: a cut decides otherwise: ${JSON.stringify(text)}`)
}

test(`what the lane takes of ${headCount} heads, llhttp reads alike`, async () => {
  const seed = seedFromEnv()
  const words = `SLUICE_SEED=${seed}`
  const random = randomFrom(seed)
  const parser = await openHeadParser()
  let sent: Sent[] = []
  let takenCount = 0
  for (let left = headCount; left > 0; left--) {
    const text = makeHead(random)
    const head = parser.parse(text)
    checkCut(parser, text, head.length, random, words)
    if (head.length <= 0 || (head.contentLength ?? 0) > bodyBytesMax) continue
    takenCount++
    // What stands behind the head would be the beginning of its body. One that closes is the last of its connection.
    sent.push({ text: text.slice(0, head.length), head })
    if (sent.length < pipelineMax && !head.close) continue
    await compare(sent, words)
    sent = []
  }
  await compare(sent, words)
  expect(takenCount, words).toBeGreaterThan(headCount / 20)
}, 600_000)
