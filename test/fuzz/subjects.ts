// The streams under test: schemas of every kind, keys of every kind, both forms of the stored value.
import { orderSchema } from '../../src/config/orders.ts'
import type { Subject } from './compare.ts'

const order = {
  orderId: 'ord-00012345',
  userId: 1234567,
  currency: 'EUR',
  total: 1299.5,
  items: [
    { sku: 'SKU-1', qty: 1, price: 1299 },
    { sku: 'SKÜ-2', qty: 10_000, price: 0.05 },
  ],
  note: 'ring "twice"\n😀',
  createdAt: '2026-01-31T23:59:59.123Z',
}

const orders: Subject = {
  name: 'orders',
  schema: orderSchema,
  options: { keyPointers: ['/orderId'] },
  samples: [
    JSON.stringify(order),
    JSON.stringify({ ...order, note: undefined, createdAt: undefined }, null, 2),
    JSON.stringify({ ...order, createdAt: '2016-12-31T18:59:60-05:00', userId: 9007199254740991 }),
  ],
}

const anything: Subject = {
  name: 'anything, keyed by id',
  schema: true,
  options: { keyPointers: ['/id'] },
  samples: ['{"id":"x"}', '{"id":18446744073709551615,"a":[]}', '{"id":-5}', '{"id":"é😀","id2":1.5}'],
}

const text: Subject = {
  name: 'anything, as its own text',
  schema: {},
  options: { value: 'json' },
  samples: [' {"a" : 1.0} ', '[1,2,{"b":null}]\t', '"x"', '-0', '  true'],
}

const joined: Subject = {
  name: 'two keys joined, one in an array',
  schema: { type: 'object' },
  options: { keyPointers: ['/a/0/b', '/c~1d'], keyBytesMax: 12, depthMax: 5, recordBytesMax: 300 },
  samples: ['{"a":[{"b":"left"}],"c/d":7}', '{"c/d":"right","a":[{"b":1}]}', '{"a":[{"b":-1}],"c/d":"é"}'],
}

const scalars: Subject = {
  name: 'scalars',
  schema: {
    type: ['object', 'array'],
    properties: {
      a: { type: 'integer', minimum: -9007199254740992, exclusiveMaximum: 1e19 },
      b: { type: ['number', 'string'], exclusiveMinimum: 0, maximum: 1e300, minLength: 2, maxLength: 40 },
      key: { enum: ['red', 1, 1.5, null, [1, { x: 2 }], { y: [] }, 1e2, 1e19, 'x'.repeat(40)] },
      id: { const: { a: [1, -0, 'é'] } },
      d: { format: 'date-time' },
      u: { type: 'string', format: 'uuid' },
      m: { format: 'email' },
      toString: { type: 'boolean' },
    },
    required: ['a', 'constructor'],
    items: { type: 'integer', maximum: 2 ** 64 },
    minItems: 1,
    maxItems: 3,
    additionalProperties: { type: ['integer', 'null', 'boolean'] },
  },
  samples: [
    '{"a":1,"b":2,"key":"red","id":{"a":[1,0,"é"]},"constructor":null}',
    '{"a":-9007199254740992,"constructor":1,"key":[1,{"x":2.0}],"d":"2024-02-29T00:00:00+23:59"}',
    '{"a":9223372036854775808,"constructor":true,"u":"00000000-0000-0000-0000-00000000000F","m":"a.b@c-d.e"}',
    '{"a":1e18,"constructor":0,"m":"\\"q q\\"@[IPv6:::1]","key":{"y":[]},"toString":false}',
    '[1,18446744073709551615,-0]',
    '[9223372036854775807]',
  ],
}

const inherited: Subject = {
  name: 'members named after what every object inherits',
  schema: {
    properties: {
      // Computed, or it would set the prototype.
      ['__proto__']: { type: ['null', 'object'] },
      constructor: { minProperties: 1 },
      hasOwnProperty: { const: { valueOf: 1 } },
    },
    required: ['toString', '__proto__'],
    dependentRequired: { valueOf: ['isPrototypeOf'] },
    additionalProperties: { enum: [1, { toString: null }, 'constructor'] },
  },
  options: { keyPointers: ['/toString'] },
  samples: [
    '{"toString":1,"__proto__":null}',
    '{"__proto__":{"__proto__":[]},"toString":"constructor","constructor":1}',
  ],
}

const combined: Subject = {
  name: 'keywords combined',
  schema: {
    type: 'object',
    properties: { kind: { enum: ['tree', 'leaf'] }, size: { multipleOf: 0.01 } },
    patternProperties: { '^[a-z]{2,}_\\d+$': { $ref: '#/$defs/name' }, 'é|\\u{1F600}': { type: 'null' } },
    propertyNames: { maxLength: 12 },
    dependentRequired: { size: ['kind'] },
    dependentSchemas: { children: { properties: { kind: { const: 'tree' } } } },
    if: { properties: { kind: { const: 'tree' } }, required: ['kind'] },
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword; nobody awaits a schema.
    then: { properties: { children: { items: { $ref: '#' }, maxItems: 2, uniqueItems: true } } },
    else: { properties: { tags: { contains: { pattern: '^x' }, maxContains: 1, prefixItems: [{ type: 'string' }] } } },
    unevaluatedProperties: { type: 'boolean' },
    $defs: { name: { anyOf: [{ type: 'string', pattern: '^\\p{Lu}' }, { oneOf: [{ minimum: 5 }, { maximum: 9 }] }] } },
  },
  samples: [
    '{"kind":"tree","size":4.35,"children":[{"kind":"leaf","tags":["a","xé"]},{"more":true}]}',
    '{"ab_1":"Éa","ab_22":10,"😀":null,"kind":"leaf","tags":["x"],"size":0}',
    '{"kind":"tree","children":[{},{"kind":"tree","children":[{"ab_0":4}]}]}',
  ],
}

const formats: Subject = {
  name: 'formats',
  schema: {
    properties: Object.fromEntries(
      'date-time date time duration email hostname ipv4 ipv6 uri uri-reference uuid json-pointer'
        .split(' ')
        .map((format) => [format, { format }]),
    ),
  },
  samples: [
    '{"date-time":"1998-12-31T23:59:60Z","date":"2024-02-29","time":"23:59:60+00:00","duration":"P1Y2M3DT4H5M6S"}',
    '{"email":"joe.bloggs@example.com","hostname":"xn--nxasmm1c.example","ipv4":"192.168.255.1","ipv6":"::ffff:192.0.2.1"}',
    '{"uri":"http://u:p@[2001:db8::7]:80/a%20b?q#f","uri-reference":"//h/../x?y","json-pointer":"/a~1b/~0"}',
    '{"uuid":"2EB8AA08-AA98-11EA-B4AA-73B441D16380","date-time":"1963-06-19T08:30:06.283185+01:30","duration":"P4W"}',
    '{"email":"\\"a b\\"@[127.0.0.1]","ipv6":"1:2:3:4:5:6:7:8","time":"08:30:06.28z","uri":"urn:a:b","uri-reference":""}',
  ],
}

export const subjects: readonly Subject[] = [orders, anything, text, joined, scalars, inherited, combined, formats]
