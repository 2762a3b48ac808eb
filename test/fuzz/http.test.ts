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
import { drawHead } from './heads.ts'

const headCount = Number(process.env.SLUICE_FUZZ_HEADS ?? 100_000)
const bodyBytesMax = 64
const pipelineMax = 500

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
    const text = drawHead(random)
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
