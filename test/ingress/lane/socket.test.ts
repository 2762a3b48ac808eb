// How sockets are read: into the one buffer where there is a handle to move, in the documented way where there is none. Either
// way every byte is heard once, in order, and the end after the last.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeReader } from '../../../src/ingress/lane/socket.ts'

let server: Server
let client: Socket
let accepted: Socket
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const arrived = once(server, 'connection')
  client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  accepted = (await arrived)[0] as Socket
})
afterEach(async () => {
  client.destroy()
  accepted.destroy()
  server.close()
  await once(server, 'close')
})

type Heard = { text: string; ways: Set<string> }

/** Has the socket read, and notes what is heard and by which way. */
function listen(socket: Socket): { heard: Heard; reading: Socket; input: Uint8Array } {
  const input = new Uint8Array(4096)
  const heard: Heard = { text: '', ways: new Set() }
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
  return { heard, reading: read(socket), input }
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
