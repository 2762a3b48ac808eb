// Prints orders as NDJSON, each with a key of its own; the same seed gives the same orders.
// Usage: node examples/orders.ts [count] [seed] > orders.ndjson
import { once } from 'node:events'

const count = Number(process.argv[2] ?? 1_000)
const seed = Number(process.argv[3] ?? 1)
if (!Number.isSafeInteger(count) || count < 0 || !Number.isSafeInteger(seed)) {
  throw new Error('usage: node examples/orders.ts [count] [seed]')
}

const goods = [
  { sku: 'tea-assam-100', price: 6.9 },
  { sku: 'tea-sencha-100', price: 9.5 },
  { sku: 'pot-cast-iron', price: 48 },
  { sku: 'cup-porcelain', price: 12.75 },
] as const
const currencies = ['EUR', 'USD', 'GBP', 'JPY'] as const

/** Numbers in [0, 1) that follow from the seed: mulberry32, by Tommy Ettinger. */
function makeRandom(start: number): () => number {
  let state = start | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const random = makeRandom(seed)
const upTo = (end: number) => Math.floor(random() * end)

function makeOrder(index: number): object {
  const items = Array.from({ length: 1 + upTo(3) }, () => ({ ...goods[upTo(goods.length)]!, qty: 1 + upTo(4) }))
  const cents = items.reduce((sum, { price, qty }) => sum + Math.round(price * 100) * qty, 0)
  return {
    orderId: `example-${seed}-${index}`,
    userId: 1 + upTo(50_000),
    currency: currencies[upTo(currencies.length)],
    total: cents / 100,
    items,
    createdAt: new Date(Date.UTC(2025, 10, 28) + index * 1_000).toISOString(),
  }
}

for (let from = 0; from < count; from += 1_000) {
  const lines = Array.from({ length: Math.min(1_000, count - from) }, (_, index) =>
    JSON.stringify(makeOrder(from + index)),
  )
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain')
}
