// The orders of the benchmarks: valid, distinct, the same for the same seed; and the peers know the same currencies.
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { makeTexts, type Order, variants } from '../../bench/records.ts'
import { currencyCodes, orderSchema } from '../../src/config/orders.ts'

const seed = 3
const ajv = new Ajv2020()
addFormats.default(ajv)
const validate = ajv.compile(orderSchema)

for (const variant of variants) {
  test(`${variant} orders are valid and have distinct keys of one length (seed ${seed})`, () => {
    const texts = makeTexts(seed, 1, 2000, variant)
    const orders = texts.map((text) => JSON.parse(text) as Order)
    for (const order of orders) expect(validate(order), JSON.stringify(validate.errors)).toBe(true)
    expect(new Set(orders.map(({ orderId }) => orderId)).size).toBe(2000)
    expect(new Set(orders.map(({ orderId }) => orderId.length)).size).toBe(1)
    expect(new Set(orders.map(({ total }) => total)).size).toBeGreaterThan(1500)
  })
}

test('each variant is written as its name says', () => {
  const [plain, pretty, shuffled, escaped, nonAscii] = variants.map((variant) => makeTexts(seed, 1, 100, variant))
  expect(plain!.every((text) => text === JSON.stringify(JSON.parse(text)))).toBe(true)
  expect(pretty!.every((text) => text.includes('\n  "'))).toBe(true)
  expect(shuffled!.some((text) => !text.startsWith('{"orderId"'))).toBe(true)
  expect(escaped!.every((text) => text.includes('\\u00e9') && /^[ -~]+$/.test(text))).toBe(true)
  expect(nonAscii!.every((text) => /[^ -~]/.test(text))).toBe(true)
})

test('another run has other keys, the same seed the same orders', () => {
  expect(makeTexts(seed, 1, 10, 'plain')).toEqual(makeTexts(seed, 1, 10, 'plain'))
  const keys = [1, 2].flatMap((run) =>
    makeTexts(seed, run, 100, 'plain').map((text) => (JSON.parse(text) as Order).orderId),
  )
  expect(new Set(keys).size).toBe(200)
})

test('the Go peers know the currencies of the schema', () => {
  const file = new URL('../../bench/peers/go/order/currencies.txt', import.meta.url)
  expect(readFileSync(file, 'utf8').trim().split(/\s+/)).toEqual(currencyCodes)
})
