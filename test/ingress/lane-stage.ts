// The fast lane by itself, with a stand-in for the server behind it that notes what it is given, and clients that note what
// they are answered. What is exported as `let` is that of the test at hand.
import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect } from 'vitest'
import type { LimitsConfig } from '../../src/config/config.ts'
import { type Ingress, makeIngress } from '../../src/ingress/deps.ts'
import { type OpenLane, openLane } from '../../src/ingress/lane.ts'
import { openHeads } from '../../src/kernel/heads.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { eventually, type Fixture, startFixture } from './fixture.ts'

type Given = { readonly text: () => string; readonly refused: boolean; readonly socket: Socket }

export let it: Fixture
export let lane: OpenLane
export let ingress: Ingress
export let given: Given[]
export let dropped: number

async function open(limits: Partial<LimitsConfig> = {}): Promise<void> {
  it = await startFixture({ recordBytesMax: 100_000, ...limits }, { fastLane: false }) // its server is not used, its parts are
  given = []
  dropped = 0
  ingress = makeIngress(it.deps)
  lane = openLane({
    ingress,
    heads: openHeads(await loadKernel('plain')),
    onDrop: () => dropped++,
    serve(socket, refused) {
      let text = ''
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1')
      })
      socket.on('end', () => socket.end('handed over')).on('error', () => socket.destroy())
      given.push({ text: () => text, refused, socket })
    },
  })
  lane.door.tcp.listen(0, '127.0.0.1')
  await once(lane.door.tcp, 'listening')
}

/** Opens a lane before each test of the file and closes it after; nothing may be held or have gone wrong by then. */
export function stageLane(): void {
  beforeEach(() => open())
  afterEach(async () => {
    ingress.state.closing = true
    for (const client of clients.splice(0)) client.socket.destroy()
    lane.cut()
    for (const { socket } of given) socket.destroy()
    await lane.close()
    await it.close()
    expect(ingress.state.heldBytes).toBe(0)
    expect(it.fake.errors).toEqual([])
  })
}

type Client = { readonly socket: Socket; text: string; isEnded: boolean }
const clients: Client[] = []

export async function client(): Promise<Client> {
  const { port } = lane.door.tcp.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true })
  const made: Client = { socket, text: '', isEnded: false }
  clients.push(made)
  socket.on('data', (chunk) => {
    made.text += chunk.toString()
  })
  socket.on('error', () => undefined) // a reset is what some of these tests are about; 'close' follows
  for (const event of ['end', 'close']) {
    socket.on(event, () => {
      made.isEnded = true
    })
  }
  await once(socket, 'connect')
  return made
}

export const record = (id: string | number) => `{"id":"${id}"}`
export const post = (body: string, more = '', path = '/api/order') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`
export const statuses = ({ text }: Client) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
export const keys = ({ text }: Client) => [...text.matchAll(/"key":"([^"]*)"/g)].map(([, key]) => key)
export const answered = (one: Client, count: number) =>
  eventually(() => statuses(one).length === count, `${count} answers`)
export const pause = (ms = 30) => new Promise((next) => setTimeout(next, ms))

export async function reopen(limits: Partial<LimitsConfig>): Promise<void> {
  for (const one of clients.splice(0)) one.socket.destroy()
  lane.cut()
  await lane.close()
  await it.close()
  await open(limits)
}
