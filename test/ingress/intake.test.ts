// The intake over a real kernel in this thread and a log that accepts, refuses or waits as the test says.
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { orderSchema } from '../../src/config/orders.ts'
import { type Collector, type Intake, openIntake } from '../../src/ingress/intake.ts'
import { commitStatus, recordStatus } from '../../src/kernel/abi.ts'
import type { Engine } from '../../src/kernel/engine.ts'
import { openInstance } from '../../src/kernel/instance.ts'
import { type Layout, layOut, openSlab, writeHeader } from '../../src/kernel/memory.ts'
import { loadKernel } from '../../src/kernel/module.ts'
import { gatherMs, slabInputBytes, slabRecordCountMax, smallSlabBytesMax } from '../../src/limits.ts'
import { judgeSlab } from '../../src/log/judge.ts'
import { compileSchema } from '../../src/schema/compile.ts'
import { order } from '../e2e/server.ts'

const slabCount = 3
const limits = { value: 'msgpack', depthMax: 128, recordBytesMax: 262_144, keyBytesMax: 1024 } as const
const compiled = compileSchema(orderSchema, { ...limits, keyPointers: ['/orderId'], assertFormat: true, documents: {} })
const tiny = compileSchema({ type: 'integer' }, { ...limits, keyPointers: [], assertFormat: true, documents: {} })

let module: WebAssembly.Module
beforeAll(async () => {
  module = await loadKernel('shared')
})

type Rig = {
  readonly intake: Intake
  /** Slabs handed to the log and not answered yet. */
  readonly held: { index: number; done: () => void }[]
  readonly settings: { hold: boolean; refuse: number; trap: boolean; ran: string[] }
  readonly failures: string[]
}

function rig(): Rig {
  const layout: Layout = layOut({ slabCount, scratchCount: 1, secret: new Uint8Array(16), compiled: [compiled, tiny] })
  const engine: Engine = openInstance({ module, ...layout, scratchIndex: 0 })
  const settings: Rig['settings'] = { hold: false, refuse: 0, trap: false, ran: [] }
  const held: Rig['held'] = []
  const failures: string[] = []
  let nextOffset = 0
  function runRound(index: number, streamIndex: number): string | undefined {
    if (settings.trap) return 'trap'
    const slab = openSlab(layout.memory, layout.map, index)
    const status = engine.runSlab(slab.address, layout.plans[streamIndex]!)
    return status === 0 ? undefined : `status ${status}`
  }
  const intake = openIntake({
    ...layout,
    now: Date.now,
    onKernelFailure: (detail) => failures.push(detail),
    pool: {
      threads: 1,
      slots: 2,
      run: async (index, streamIndex) => {
        settings.ran.push('worker')
        return runRound(index, streamIndex)
      },
      runHere: (index, streamIndex) => {
        settings.ran.push('here')
        return runRound(index, streamIndex)
      },
    },
    log: {
      commit: (index, done) => {
        const slab = openSlab(layout.memory, layout.map, index)
        nextOffset += judgeSlab(undefined, slab, nextOffset).acceptedCount
        writeHeader(slab, 'commitStatus', settings.refuse)
        if (settings.hold) held.push({ index, done })
        else setImmediate(done)
      },
    },
  })
  return { intake, held, settings, failures }
}

type Heard = { status: number; offset: number; key: string }

function listen(): { collector: Collector; heard: Heard[]; ended: Promise<string | undefined> } {
  const heard: Heard[] = []
  const { promise: ended, resolve } = Promise.withResolvers<string | undefined>()
  const collector: Collector = {
    record: ({ status, offset, key }) =>
      heard.push({ status, offset, key: status === recordStatus.ACCEPTED ? key() : '' }),
    done: resolve,
  }
  return { collector, heard, ended }
}

const bytesOf = (text: string) => ({ bytes: Buffer.from(text), key: undefined })

const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('intake', () => {
  test('records of one turn share a slab and each hears its own outcome', async () => {
    const { intake } = rig()
    const listeners = ['a', 'b', 'c'].map((id) => {
      const listener = listen()
      expect(intake.put(0, { kind: 'record', ...bytesOf(JSON.stringify(order(id))) }, listener.collector)).toBe(true)
      return listener
    })
    expect(intake.freeSlabs()).toBe(slabCount - 1)
    for (const { ended } of listeners) expect(await ended).toBeUndefined()
    expect(listeners.map(({ heard }) => heard)).toEqual([
      [{ status: recordStatus.ACCEPTED, offset: 0, key: 'a' }],
      [{ status: recordStatus.ACCEPTED, offset: 1, key: 'b' }],
      [{ status: recordStatus.ACCEPTED, offset: 2, key: 'c' }],
    ])
    await intake.idle()
    expect(intake.freeSlabs()).toBe(slabCount)
  })

  test('lines and single records of several chunks come back in order, the refused ones with their place', async () => {
    const { intake } = rig()
    const [lines, single] = [listen(), listen()]
    intake.put(0, { kind: 'lines', ...bytesOf(`${JSON.stringify(order('x'))}\n{"orderId":\n\n{}\n`) }, lines.collector)
    intake.put(0, { kind: 'record', ...bytesOf(JSON.stringify(order('y'))) }, single.collector)
    await Promise.all([lines.ended, single.ended])
    expect(lines.heard.map(({ status }) => status)).toEqual([
      recordStatus.ACCEPTED,
      recordStatus.UNEXPECTED_END,
      recordStatus.SCHEMA_INVALID,
    ])
    expect(single.heard).toEqual([{ status: recordStatus.ACCEPTED, offset: 1, key: 'y' }])
  })

  test('more records than a slab has descriptors go several rounds and all are heard once, in order', async () => {
    const { intake } = rig()
    const count = slabRecordCountMax * 2 + 5
    const [many, last] = [listen(), listen()]
    intake.put(1, { kind: 'lines', ...bytesOf('7\n'.repeat(count)) }, many.collector)
    intake.put(1, { kind: 'record', ...bytesOf('8') }, last.collector)
    await Promise.all([many.ended, last.ended])
    expect(many.heard).toHaveLength(count)
    expect(many.heard.map(({ offset }) => offset)).toEqual(Array.from({ length: count }, (_, index) => index))
    expect(last.heard[0]?.offset).toBe(count)
    await intake.idle()
    expect(intake.freeSlabs()).toBe(slabCount)
  })

  test('with no slab free put takes nothing, and room comes when a slab is free again', async () => {
    const { intake, held, settings } = rig()
    settings.hold = true
    const fill = { kind: 'lines', ...bytesOf(`${' '.repeat(slabInputBytes - 2)}7`) } as const
    const listeners = Array.from({ length: slabCount }, listen)
    for (const { collector } of listeners) expect(intake.put(1, fill, collector)).toBe(true)
    expect(intake.put(1, fill, listen().collector)).toBe(false)
    expect(await intake.room(1, slabInputBytes, Date.now() + 20)).toBe(false)
    const room = intake.room(1, slabInputBytes, Date.now() + 10_000)
    settings.hold = false
    while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    held.shift()?.done()
    expect(await room).toBe(true)
    while (intake.inFlight() > 0) {
      for (const { done } of held.splice(0)) done()
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(listeners.map(({ heard }) => heard.length)).toEqual([1, 1, 1])
  })

  test.each([
    [commitStatus.LOG_UNAVAILABLE, 'LOG_UNAVAILABLE'],
    [commitStatus.STORAGE_FULL, 'STORAGE_FULL'],
  ])('a commit refused with %i ends every chunk with %s and tells no outcome', async (status, code) => {
    const { intake, settings } = rig()
    settings.refuse = status
    const [one, two] = [listen(), listen()]
    intake.put(1, { kind: 'lines', ...bytesOf('7\n'.repeat(slabRecordCountMax + 1)) }, one.collector)
    intake.put(1, { kind: 'record', ...bytesOf('7') }, two.collector)
    expect([await one.ended, await two.ended]).toEqual([code, code])
    expect([...one.heard, ...two.heard]).toEqual([])
    await intake.idle()
    expect(intake.freeSlabs()).toBe(slabCount)
  })

  test('a kernel that fails costs the slab: its clients may try again, the next slab goes on', async () => {
    const { intake, settings, failures } = rig()
    settings.trap = true
    const first = listen()
    intake.put(1, { kind: 'record', ...bytesOf('7') }, first.collector)
    expect(await first.ended).toBe('OVERLOADED')
    expect(failures).toEqual(['trap'])
    settings.trap = false
    const second = listen()
    intake.put(1, { kind: 'record', ...bytesOf('7') }, second.collector)
    expect(await second.ended).toBeUndefined()
    expect(second.heard).toHaveLength(1)
  })

  test('a slab with little in it is run where it was filled, one with much in a kernel thread', async () => {
    const { intake, settings } = rig()
    const [little, much] = [listen(), listen()]
    intake.put(1, { kind: 'lines', ...bytesOf(`${' '.repeat(smallSlabBytesMax - 1)}7`) }, little.collector)
    expect(await little.ended).toBeUndefined()
    intake.put(1, { kind: 'lines', ...bytesOf(`${' '.repeat(smallSlabBytesMax)}7`) }, much.collector)
    expect(await much.ended).toBeUndefined()
    expect(settings.ran).toEqual(['here', 'worker'])
    expect([little, much].map(({ heard }) => heard.length)).toEqual([1, 1])
  })

  test('what comes while the log is at work goes together in one slab; another stream does not wait for it', async () => {
    const { intake, held, settings } = rig()
    settings.hold = true
    const first = listen()
    intake.put(0, { kind: 'record', ...bytesOf(JSON.stringify(order('first'))) }, first.collector)
    await turn()
    const others = Array.from({ length: 5 }, listen)
    for (const [index, { collector }] of others.entries()) {
      intake.put(0, { kind: 'record', ...bytesOf(JSON.stringify(order(`other-${index}`))) }, collector)
      await turn()
    }
    expect(held).toHaveLength(1)
    const neighbour = listen()
    intake.put(1, { kind: 'record', ...bytesOf('7') }, neighbour.collector)
    await turn()
    expect(held).toHaveLength(2)
    for (const { done } of held.splice(0)) done()
    await turn()
    expect(held).toHaveLength(1)
    held.pop()?.done()
    for (const { ended } of [first, neighbour, ...others]) expect(await ended).toBeUndefined()
    expect(others.map(({ heard }) => heard[0]?.key)).toEqual(others.map((_, index) => `other-${index}`))
  })

  test('much input does not wait for the log, so that reading, running and writing overlap', async () => {
    const { intake, held, settings } = rig()
    settings.hold = true
    const fill = { kind: 'lines', ...bytesOf(`${' '.repeat(smallSlabBytesMax)}7`) } as const
    const listeners = Array.from({ length: 2 }, listen)
    for (const { collector } of listeners) {
      intake.put(1, fill, collector)
      await turn()
      await turn()
    }
    expect(held).toHaveLength(2)
    for (const { done } of held.splice(0)) done()
    for (const { ended } of listeners) expect(await ended).toBeUndefined()
  })

  test('after a commit of many, what comes first waits for the others to come back, and goes without them in the end', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { intake, held, settings } = rig()
    const put = () => {
      const listener = listen()
      intake.put(1, { kind: 'record', ...bytesOf('7') }, listener.collector)
      return listener
    }
    const crowd = Array.from({ length: 40 }, put)
    for (const { ended } of crowd) await ended
    settings.hold = true
    const early = Array.from({ length: 35 }, put)
    await turn()
    expect(held).toHaveLength(0)
    const last = put()
    await turn()
    expect(held).toHaveLength(1)
    held.pop()?.done()
    for (const { ended } of [...early, last]) await ended
    const lone = put()
    await turn()
    expect(held).toHaveLength(0)
    vi.advanceTimersByTime(gatherMs)
    await turn()
    expect(held).toHaveLength(1)
    held.pop()?.done()
    expect(await lone.ended).toBeUndefined()
  })
})
