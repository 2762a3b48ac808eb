// Requests that are made new by counting in their bytes.
import { expect, test } from 'vitest'
import { countUp, deal, makeTemplate } from '../../src/load/templates.ts'

const target = { host: '127.0.0.1', port: 8080, path: '/api/order' }

test('the serial number counts up with carry, and the request keeps its length', () => {
  const template = makeTemplate(target, '{"note":"a0098","orderId":"a0098"}', 'a0098')
  const keyOf = (): string => (JSON.parse(template.bytes.toString().split('\r\n\r\n')[1]!) as { note: string }).note
  countUp(template.bytes, template.serialEnd)
  expect(keyOf()).toBe('a0099')
  countUp(template.bytes, template.serialEnd)
  expect(keyOf()).toBe('a0100')
})

test('a serial number that ran out is an error, not a repeated key', () => {
  const template = makeTemplate(target, '{"orderId":"a99"}', 'a99')
  expect(() => countUp(template.bytes, template.serialEnd)).toThrow('no digit left')
})

test('the length of a request counts bytes, not characters', () => {
  const { bytes } = makeTemplate(target, '{"orderId":"é"}', undefined)
  expect(bytes.toString()).toContain('Content-Length: 16\r\n')
})

test('a key that is not in the record is refused', () => {
  expect(() => makeTemplate(target, '{"orderId":"a\\u0031"}', 'a1')).toThrow('is not in the record')
})

test('every template goes to exactly one connection', () => {
  const templates = Array.from({ length: 10 }, (_, index) => makeTemplate(target, `{"n":${index}}`, undefined))
  const hands = deal(templates, 3)
  expect(hands.map((hand) => hand.length)).toEqual([4, 3, 3])
  expect(new Set(hands.flat()).size).toBe(10)
  expect(() => deal(templates, 11)).toThrow('too few')
})
