// Who shares a bucket, what a client is told, and that the table cannot grow.
import { describe, expect, test } from 'vitest'
import { admitAddress, clientOf, makeLimiter } from '../../src/guard/limiter.ts'

describe('admitAddress', () => {
  test('grants the burst, then refuses and says when to come again', () => {
    const limiter = makeLimiter(2, 3, 10)
    const granted = [0, 0, 0, 0].map((nowMs) => admitAddress(limiter, '10.0.0.1', nowMs))
    expect(granted.map((verdict) => verdict.granted)).toEqual([true, true, true, false])
    expect(granted.map((verdict) => verdict.remaining)).toEqual([2, 1, 0, 0])
    expect(granted[3]).toMatchObject({ retryAfterSeconds: 1, resetSeconds: 2 })
    expect(admitAddress(limiter, '10.0.0.1', 499).granted).toBe(false)
    expect(admitAddress(limiter, '10.0.0.1', 500).granted).toBe(true)
  })

  test('keeps clients apart', () => {
    const limiter = makeLimiter(1, 1, 10)
    expect(admitAddress(limiter, '10.0.0.1', 0).granted).toBe(true)
    expect(admitAddress(limiter, '10.0.0.2', 0).granted).toBe(true)
    expect(admitAddress(limiter, '10.0.0.1', 0).granted).toBe(false)
  })

  test('forgets the address unused for longest when the table is full', () => {
    const limiter = makeLimiter(1, 1, 2)
    for (const address of ['a', 'b', 'a', 'c']) admitAddress(limiter, address, 0)
    expect([...limiter.buckets.keys()]).toEqual(['a', 'c'])
    for (let index = 0; index < 10_000; index++) admitAddress(limiter, `10.0.${index >> 8}.${index & 255}`, 0)
    expect(limiter.buckets.size).toBe(2)
  })
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:0db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the address %s counts as %s', (address, client) => {
  expect(clientOf(address)).toBe(client)
})
