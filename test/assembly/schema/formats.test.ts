// Every format that is asserted: the kernel's verdict against the plain functions of src/schema/formats.ts, over samples
// that are right and the same with characters exchanged, cut and repeated.
import { beforeAll, expect, test } from 'vitest'
import { type FormatName, formatChecks } from '../../../src/schema/formats.ts'
import { type Random, randomFrom, seedFromEnv } from '../../fixtures/random.ts'
import { openValidator, type Validator } from './validator.ts'

const seed = seedFromEnv()
let validator: Validator

beforeAll(async () => {
  validator = await openValidator()
})

const samples: Readonly<Record<FormatName, readonly string[]>> = {
  'date-time': [
    ...[
      '2024-02-29T23:59:59Z',
      '1998-12-31T15:59:60.123-08:00',
      '2000-01-01t00:00:00.000001z',
      '1937-01-01T12:00:27.87+00:20',
    ],
    ...['2016-12-31T23:59:60Z', '2100-02-28T00:00:00+23:59', '0000-01-31T00:00:00-00:00'],
  ],
  date: ['2024-02-29', '2023-02-28', '1900-12-31', '2000-02-29', '0001-04-30', '9999-11-30'],
  time: ['23:59:60Z', '08:30:06.283185Z', '01:29:60+01:30', '00:00:00z', '23:29:60+23:30', '12:34:56-00:00'],
  duration: ['P4DT12H30M5S', 'PT36H', 'P2W', 'P1Y2M3DT4H5M6S', 'P0D', 'PT1M'],
  email: [
    ...['joe.bloggs@example.com', 'te~st@a-b.c', '"joe @ \\" bloggs"@example.com', 'a@[127.0.0.1]', 'a@[IPv6:::1]'],
    ...["!#$%&'*+-/=?^_`{|}~@x", `${'a'.repeat(64)}@b.c`, `a@${'b'.repeat(63)}.c`, `a@${'b.'.repeat(126)}c`],
  ],
  hostname: [
    'www.example.com',
    'a--b.com',
    '1host',
    'xn--9n2bp8q.xn--9t4b11yi5a',
    'xn--4dbc5h',
    'xn--11b2ezcw70k',
    'XN--LL-0EA',
  ],
  ipv4: ['192.168.0.1', '0.0.0.0', '255.255.255.255', '200.99.10.9'],
  ipv6: [
    '::',
    '::1',
    '1:2:3:4:5:6:7:8',
    '1::d6:192.168.0.1',
    '::ffff:255.255.255.255',
    'fe80::',
    '1:2:3:4:5:6:1.2.3.4',
    '1:2:3:4:5:6:7::',
  ],
  uri: [
    'http://foo.bar/?q=Test%20x#quux',
    'ldap://[2001:db8::7]/c=GB?one',
    'mailto:a@b',
    'urn:a:b',
    'a://u:p@[v1.x]:8/',
  ],
  'uri-reference': [
    '//foo.bar/?baz=qux#quux',
    '/abc',
    'abc',
    '#fragment',
    '',
    '?query=1',
    './this:that',
    'http://a:1/b',
  ],
  uuid: [
    '2eb8aa08-AA98-11ea-b4aa-73b441d16380',
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
  ],
  'json-pointer': ['/foo/bar~0/baz~1/%a', '', '/', '/foo//bar', '/\u{1f60e}'],
}

const characters = [...'aAfFgGzZ019:;.,-+_/@[]#?%~"\\ TtZzPxXnN', '\u{e9}', '\u{1f600}', '\0', '\n', '\u{96a}']

/** The sample with a few characters exchanged, dropped or repeated. */
function spoil(random: Random, sample: string): string {
  const text = [...sample]
  for (let count = 1 + random.below(3); count > 0; count--) {
    const at = random.below(text.length + 1)
    const change = random.below(4)
    if (change === 0) text.splice(at, 1)
    else if (change === 1) text.splice(at, 0, random.pick(characters))
    else if (change === 2) text.splice(at, 1, random.pick(characters))
    else text.splice(at, 0, ...text.slice(random.below(text.length + 1), at))
  }
  return text.join('')
}

test.each(Object.keys(formatChecks) as FormatName[])('%s', (format) => {
  const random = randomFrom(seed)
  const check = formatChecks[format]
  validator.load({ format })
  for (const sample of samples[format]) expect([sample, validator.fits(sample)]).toEqual([sample, true])
  let takenCount = 0
  for (let index = 0; index < 4000; index++) {
    const text = spoil(random, random.pick(samples[format]))
    const expected = check(text)
    if (expected) takenCount++
    expect(validator.fits(text), `SLUICE_SEED=${seed} ${JSON.stringify(text)}`).toBe(expected)
  }
  expect(takenCount).toBeGreaterThan(0)
})

test('a format has no say on other types, and none where formats are not asserted', () => {
  validator.load({ format: 'ipv4' })
  expect(validator.fits(12)).toBe(true)
  validator.load({ format: 'ipv4' }, { assertFormat: false })
  expect(validator.fits('x')).toBe(true)
})
