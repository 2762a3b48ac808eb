// How sockets are read and written: into the one buffer where there is a handle to move, in the documented way where there is none. Either
// way every byte is heard once, in order, and the end after the last.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { fileOf, makeReader, writeBytes, writeText } from '../../../src/ingress/lane/socket.ts'

let server: Server
let client: Socket
let accepted: Socket
const opened: Socket[] = []
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const arrived = once(server, 'connection')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  accepted = (await arrived)[0] as Socket
})
afterEach(async () => {
  for (const socket of [client, accepted, ...opened.splice(0)]) socket.destroy()
  server.close()
  await once(server, 'close')
})

type Heard = { text: string; ways: Set<string>; errors: Error[] }

/** Has the socket read, and notes what is heard and by which way. */
function listen(socket: Socket): { heard: Heard; reading: Socket; input: Uint8Array } {
  const input = new Uint8Array(4096)
  const heard: Heard = { text: '', ways: new Set(), errors: [] }
  const note = (bytes: Uint8Array, way: string) => {
    heard.text += Buffer.from(bytes).toString('latin1')
    heard.ways.add(way)
  }
  const read = makeReader(
    input,
    (_, bytes, length) => {
      expect(bytes).toBe(input)
      note(bytes.subarray(0, length), 'input')
    },
    (bytes) => note(bytes, 'data'),
  )
  const reading = read(socket)
  opened.push(reading)
  // A client that goes with bytes unread resets the connection.
  reading.on('error', (error) => heard.errors.push(error))
  return { heard, reading, input }
}

const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('')

async function exchange(reading: Socket): Promise<string> {
  const ended = once(reading, 'end')
  client.end(text)
  let answer = ''
  client.setEncoding('latin1').on('data', (chunk) => {
    answer += chunk
  })
  await ended
  const closed = once(client, 'close')
  reading.end('goodbye')
  await closed
  return answer
}

test('an accepted socket reads into the shared buffer, and is answered on', async () => {
  const { heard, reading } = listen(accepted)
  expect(accepted.destroyed).toBe(true)
  expect(await exchange(reading)).toBe('goodbye')
  expect(heard.text === text).toBe(true)
  expect([...heard.ways]).toEqual(['input'])
})

test('a socket whose handle cannot be moved is read in the documented way', async () => {
  // What a runtime would look like whose sockets have no handle of the kind the lane knows.
  const other = new Proxy(accepted, {
    get: (socket, name) => {
      if (name === '_handle') return {}
      const value: unknown = Reflect.get(socket, name, socket)
      return typeof value === 'function' ? value.bind(socket) : value
    },
  })
  const { heard } = listen(other)
  expect(accepted.destroyed).toBe(false)
  expect(await exchange(accepted)).toBe('goodbye')
  expect(heard.text === text).toBe(true)
  expect([...heard.ways]).toEqual(['data'])
})

test('a paused socket is heard of again only once it is resumed', async () => {
  const { heard, reading } = listen(accepted)
  reading.pause()
  client.write('later')
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(heard.text).toBe('')
  reading.resume()
  while (heard.text.length < 5) await new Promise((resolve) => setImmediate(resolve))
  expect(heard.text).toBe('later')
})

/** Everything the client gets from now on, until its end. */
async function received(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of client) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

test('texts and bytes leave in order whichever way they take, also to a client that does not read for a while', async () => {
  const { reading } = listen(accepted)
  const file = fileOf(reading)
  expect(file).toBeGreaterThanOrEqual(0)
  client.pause()
  let sent = ''
  let queued = 0
  for (let index = 0; index < 3000; index++) {
    const isAscii = index % 7 !== 3
    const one = `${index}: ${(isAscii ? 'plain ' : 'schön ').repeat(index % 900)}\n`
    if (index % 3 === 0) {
      const bytes = Buffer.from(one)
      writeBytes(reading, file, bytes)
      bytes.fill('!') // as the next answer does
    } else writeText(reading, file, one, isAscii)
    sent += one
    if (reading.writableLength > 0) queued++
  }
  expect(queued).toBeGreaterThan(100) // the socket's buffer was full, and partly taken ones were among them
  reading.end()
  expect((await received()).equals(Buffer.from(sent))).toBe(true)
})

test('a text that was taken at once leaves nothing with the socket, and the client drains what was not', async () => {
  const { reading } = listen(accepted)
  expect(writeText(reading, fileOf(reading), 'short', true)).toBe(true)
  expect(reading.writableLength).toBe(0)
  client.pause()
  let isFull = false
  while (!isFull) isFull = !writeText(reading, fileOf(reading), 'x'.repeat(65_536), true)
  const drained = once(reading, 'drain')
  client.resume()
  await drained
  expect(reading.writableLength).toBe(0)
})

test('a socket without a descriptor of its own is written to in the documented way', async () => {
  expect(fileOf(accepted)).toBe(-1)
  writeText(accepted, -1, 'one ', true)
  writeText(accepted, -1, 'zwölf', false)
  writeBytes(accepted, -1, Buffer.from(' three'))
  accepted.end()
  expect((await received()).toString()).toBe('one zwölf three')
})

test('a client that is gone is told by the events of the socket, never thrown', async () => {
  const { heard, reading } = listen(accepted)
  const closed = new Promise((resolve) => reading.once('close', resolve))
  client.resetAndDestroy()
  while (!reading.destroyed) {
    writeText(reading, fileOf(reading), 'hello?', true)
    if (!reading.destroyed) writeBytes(reading, fileOf(reading), Buffer.from('hello?'))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await closed
  expect(heard.errors).toHaveLength(1)
})
