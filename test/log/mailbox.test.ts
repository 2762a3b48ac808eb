// Mailboxes: everything arrives once and in order, between real threads and across the end of the counts, and no bell that
// rings is slept through.
import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { makeMailbox, openMailbox, put, readBell, ring, sleepUntilBell, take } from '../../src/log/mailbox.ts'
import { randomFrom, seedFromEnv } from '../fixtures/random.ts'

const room = 256
const nearWrap = 2 ** 31 - 100
const empty = -1
const stuckMs = 10_000

const workers: Worker[] = []
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()))
})

/** Runs a thread whose code finds `box` functions and `data` in scope. */
function start(code: string, data: Readonly<Record<string, unknown>>): Worker {
  const module = JSON.stringify(new URL('../../src/log/mailbox.ts', import.meta.url).href)
  const source = `
    const { workerData: data, parentPort } = require('node:worker_threads')
    import(${module}).then((box) => { ${code} })`
  const worker = new Worker(source, { eval: true, workerData: data })
  workers.push(worker)
  return worker
}

function message(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the thread ended without a message')))
  })
}

test('numbers come out in the order in which they went in, and then nothing', () => {
  const shared = makeMailbox()
  const [sender, receiver] = [openMailbox(shared), openMailbox(shared)]
  expect(take(receiver)).toBe(empty)
  for (const number of [7, 0, 255, 7]) put(sender, number)
  expect([1, 2, 3, 4, 5].map(() => take(receiver))).toEqual([7, 0, 255, 7, empty])
})

test.each([0, nearWrap, -1])('it is full and empty across the end of its counts (from %d)', (firstCount) => {
  const shared = makeMailbox(firstCount)
  const [sender, receiver] = [openMailbox(shared), openMailbox(shared)]
  for (let round = 0; round < 3; round++) {
    for (let number = 0; number < room; number++) put(sender, number)
    expect(() => put(sender, 1)).toThrow('never overflows')
    for (let number = 0; number < room; number++) expect(take(receiver)).toBe(number)
    expect(take(receiver)).toBe(empty)
  }
})

test('a model and a mailbox agree on any order of puts and takes', () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const shared = makeMailbox(nearWrap)
  const [sender, receiver] = [openMailbox(shared), openMailbox(shared)]
  const model: number[] = []
  for (let step = 0; step < 20_000; step++) {
    if (random.below(2) === 0 && model.length < room) {
      const number = random.below(room)
      model.push(number)
      put(sender, number)
    } else {
      expect(take(receiver), `seed ${seed}, step ${step}`).toBe(model.shift() ?? empty)
    }
  }
})

// The echo sleeps without a limit: one bell that it sleeps through, and nothing comes back.
const echo = `
  const [from, to] = [box.openMailbox(data.there), box.openMailbox(data.back)]
  for (;;) {
    const heard = box.readBell(from)
    let count = 0
    for (let number = box.take(from); number >= 0; number = box.take(from), count++) box.put(to, number)
    if (count > 0) box.ring(to)
    box.sleepUntilBell(from, heard, Infinity)
  }`

test('bursts between two threads that sleep in between arrive whole and in order', async () => {
  const seed = seedFromEnv()
  const random = randomFrom(seed)
  const [there, back] = [makeMailbox(nearWrap), makeMailbox(-50)]
  start(echo, { there, back })
  const [to, from] = [openMailbox(there), openMailbox(back)]
  const sent: number[] = []
  let heardCount = 0
  while (heardCount < 50_000) {
    for (let burst = random.below(8); burst >= 0 && sent.length < room; burst--) {
      const number = random.below(room)
      sent.push(number)
      put(to, number)
    }
    ring(to)
    const heard = readBell(from)
    for (let number = take(from); number !== empty; number = take(from), heardCount++) {
      if (number !== sent.shift()) throw new Error(`seed ${seed}: number ${heardCount} is not the one that was sent`)
    }
    if (sent.length === 0) continue
    const asleepMs = performance.now()
    sleepUntilBell(from, heard, stuckMs)
    if (performance.now() - asleepMs > stuckMs) throw new Error(`seed ${seed}: a bell was slept through`)
  }
})

test('a bell that rang since it was read ends the sleep before it begins', () => {
  const shared = makeMailbox()
  const [sender, receiver] = [openMailbox(shared), openMailbox(shared)]
  const heard = readBell(receiver)
  ring(sender)
  const asleepMs = performance.now()
  sleepUntilBell(receiver, heard, stuckMs)
  expect(performance.now() - asleepMs).toBeLessThan(stuckMs)
  expect(readBell(receiver)).not.toBe(heard)
})

test('a thread that sleeps on a bell can be ended', async () => {
  const there = makeMailbox()
  const worker = start(
    `const from = box.openMailbox(data.there)
     parentPort.postMessage('asleep')
     box.sleepUntilBell(from, box.readBell(from), Infinity)
     parentPort.postMessage('woke up')`,
    { there },
  )
  expect(await message(worker)).toBe('asleep')
  let hasWoken = false
  worker.on('message', () => {
    hasWoken = true
  })
  await worker.terminate()
  expect(hasWoken).toBe(false)
})
