// Orders for the benchmarks: seeded, all distinct, valid by the default `orders` schema, in five spellings.
// The key ends in a serial number of fixed width, so that a generator can make a record new by counting in its bytes.
// It makes no duplicate within a call and none between calls of different `run` or `first`.
import { integerWithin, makeRandom, pick, type Random, shuffle } from '../src/measure/random.ts'

export type Item = { readonly sku: string; readonly qty: number; readonly price: number }
export type Order = {
  readonly orderId: string
  readonly userId: number
  readonly currency: string
  readonly total: number
  readonly items: readonly Item[]
  readonly note?: string
  readonly createdAt?: string
}

/** How an order is written: `plain` as JSON.stringify does, the others as a parser tuned to `plain` would not expect. */
export const variants = ['plain', 'pretty', 'shuffled', 'escaped', 'nonAscii'] as const
export type Variant = (typeof variants)[number]

/** The digits that end every key; a generator counts them up to make the record new. */
export const serialDigits = 7

const itemCurrencies = ['EUR', 'USD', 'GBP', 'JPY', 'CHF', 'SEK', 'PLN', 'BRL', 'INR', 'CNY', 'AUD', 'CAD'] as const
const words =
  'please leave at the back door ring twice gift wrap no receipt fragile second floor call on arrival'.split(' ')
const foreignNotes = [
  'Bitte beim Nachbarn abgeben, Tür grün',
  '請放在門口，謝謝',
  'оставьте у двери',
  'دع الطلب عند الباب',
  '🎁 gift – smile 😀',
]
const escapedNotes = ['say "hello"\nthen ring', 'C:\\goods\\in\ttab', 'quote " slash / back \\', 'line one\r\nline two']

/** The order of one index: the same for the same seed, run and index. */
export function makeOrder(random: Random, run: number, index: number): Order {
  const items = Array.from({ length: integerWithin(random, 1, 3) }, () => makeItem(random))
  const total = items.reduce((sum, item) => sum + Math.round(item.price * 100) * item.qty, 0) / 100
  const order = {
    orderId: `ord-${digits(run, 4)}${digits(index, 5)}${digits(0, serialDigits)}`,
    userId: integerWithin(random, 1, 9_999_999),
    currency: pick(random, itemCurrencies),
    total,
    items,
  }
  const note = random() < 0.4 ? { note: makeNote(random) } : {}
  const createdAt = random() < 0.6 ? { createdAt: makeInstant(random) } : {}
  return { ...order, ...note, ...createdAt }
}

/** `count` distinct orders as JSON text, one string each, without a line end. */
export function makeTexts(seed: number, run: number, count: number, variant: Variant): string[] {
  const random = makeRandom(seed)
  return Array.from({ length: count }, (_, index) => spell(random, makeOrder(random, run, index), variant))
}

function spell(random: Random, order: Order, variant: Variant): string {
  switch (variant) {
    case 'plain':
      return JSON.stringify(order)
    case 'pretty':
      return JSON.stringify(order, null, 2)
    case 'shuffled':
      return JSON.stringify(
        shuffleMembers(random, { ...order, items: order.items.map((item) => shuffleMembers(random, item)) }),
      )
    case 'escaped':
      return escapeNonAscii(JSON.stringify({ ...order, note: `${pick(random, escapedNotes)} é ${order.userId}` }))
    case 'nonAscii':
      return JSON.stringify({ ...order, note: `${pick(random, foreignNotes)} ${order.userId}` })
  }
}

function makeItem(random: Random): Item {
  return {
    sku: `SKU-${digits(integerWithin(random, 0, 99_999), 5)}-${pick(random, ['S', 'M', 'L', 'XL'])}`,
    qty: integerWithin(random, 1, 12),
    price: integerWithin(random, 99, 49_999) / 100,
  }
}

function makeNote(random: Random): string {
  return Array.from({ length: integerWithin(random, 3, 9) }, () => pick(random, words)).join(' ')
}

function makeInstant(random: Random): string {
  return new Date(Date.UTC(2026, 0, 1) + integerWithin(random, 0, 31_535_999_000)).toISOString()
}

function shuffleMembers(random: Random, value: object): object {
  return Object.fromEntries(shuffle(random, Object.entries(value)))
}

function escapeNonAscii(json: string): string {
  return json.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0')
}
