// A line between two threads, over a pair of ports in one: answers, errors and the end of the other side.
import { MessageChannel } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { SluiceError } from '../../../src/errors.ts'
import { type Line, openLine, type Port } from '../../../src/ingress/threads/line.ts'

type Far = {
  double(value: number): Promise<number>
  note(value: number): void
  refuse(): Promise<never>
  fail(): never
}

let channel: MessageChannel
let line: Line<Far>
let noted: number[]
let messageCount: number
beforeEach(() => {
  channel = new MessageChannel()
  noted = []
  messageCount = 0
  const { port1, port2 } = channel
  const counting: Port = {
    postMessage(messages) {
      messageCount++
      port1.postMessage(messages)
    },
    on: (event, listen) => port1.on(event, listen),
  }
  line = openLine<Far>(counting, {})
  const far: Far = {
    double: async (value) => 2 * value,
    note: (value) => void noted.push(value),
    refuse: () => Promise.reject(new SluiceError('SINK_UNAVAILABLE', 'not now', { stream: 'orders' })),
    fail() {
      throw new RangeError('a fault of ours')
    },
  }
  openLine(port2, far)
})
afterEach(() => channel.port1.close())

test('answers come to who asked, and calls of one turn travel in one message', async () => {
  const answers = [1, 2, 3].map((value) => line.call('double', value))
  line.tell('note', 7)
  expect(await Promise.all(answers)).toEqual([2, 4, 6])
  expect(noted).toEqual([7])
  expect(messageCount).toBe(1)
})

test('a refusal arrives with its code and what it carries', async () => {
  await expect(line.call('refuse')).rejects.toMatchObject({
    name: 'SluiceError',
    code: 'SINK_UNAVAILABLE',
    message: 'not now',
    extra: { stream: 'orders' },
  })
})

test('any other error arrives as one, with where it was thrown, and the line goes on', async () => {
  const error = await line.call('fail').catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(Error)
  expect(error).not.toBeInstanceOf(SluiceError)
  expect(String(error)).toMatch(/a fault of ours[\s\S]*line\.test\.ts/)
  expect(await line.call('double', 4)).toBe(8)
})

test('when the other end is gone, who waits is told, and so is who calls later', async () => {
  const waiting = line.call('double', 1)
  line.end('it died')
  await expect(waiting).rejects.toThrow('it died')
  await expect(line.call('double', 1)).rejects.toThrow('it died')
  expect(line.hasEnded()).toBe(true)
})
