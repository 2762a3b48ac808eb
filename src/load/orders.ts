// Orders to send where nobody gave records: those of the built-in stream, all with keys of their own, in this run and the next.
// The key ends in a serial number of fixed width, which a generator counts up in place.
import { integerWithin, makeRandom, pick } from '../measure/random.ts'

export type Order = { readonly key: string; readonly text: string }

const currencies = ['EUR', 'USD', 'GBP', 'JPY', 'CHF', 'SEK'] as const
const serialDigits = 8

/** `count` distinct orders. `run` tells the keys of one run from those of all others. */
export function makeOrders(run: string, count: number): Order[] {
  const random = makeRandom(1)
  return Array.from({ length: count }, (_, index) => {
    const key = `${run}-${index}-${'0'.repeat(serialDigits)}`
    const qty = integerWithin(random, 1, 12)
    const cents = integerWithin(random, 99, 49_999)
    const text = JSON.stringify({
      orderId: key,
      userId: integerWithin(random, 1, 9_999_999),
      currency: pick(random, currencies),
      total: (cents * qty) / 100,
      items: [{ sku: `SKU-${integerWithin(random, 10_000, 99_999)}`, qty, price: cents / 100 }],
      createdAt: new Date(Date.UTC(2026, 0, 1) + integerWithin(random, 0, 31_535_999_000)).toISOString(),
    })
    return { key, text }
  })
}
