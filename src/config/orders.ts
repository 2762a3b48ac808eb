// The built-in stream: orders of a shop, as a flash sale sends them. It is what runs when nothing is configured.
import type { JsonSchema } from '../schema/compile.ts'
import type { StreamConfig } from './config.ts'

/** ISO 4217 codes of the currencies in use: no funds, metals, test codes or withdrawn ones. */
export const currencyCodes: readonly string[] = (
  'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY ' +
  'COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ' +
  'ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK ' +
  'MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF ' +
  'SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU ' +
  'UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
).split(' ')

export const orderSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Order',
  type: 'object',
  properties: {
    orderId: { type: 'string', minLength: 1, maxLength: 64 },
    userId: { type: 'integer', minimum: 1 },
    currency: { enum: currencyCodes },
    total: { type: 'number', minimum: 0 },
    items: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        properties: {
          sku: { type: 'string', minLength: 1, maxLength: 64 },
          qty: { type: 'integer', minimum: 1, maximum: 10_000 },
          price: { type: 'number', minimum: 0 },
        },
        required: ['sku', 'qty', 'price'],
        additionalProperties: false,
      },
    },
    note: { type: 'string', maxLength: 500 },
    createdAt: { type: 'string', format: 'date-time' },
  },
  required: ['orderId', 'userId', 'currency', 'total', 'items'],
  additionalProperties: false,
}

/** The stream `orders` at `/api/order`, keyed by `orderId`. */
export const orderStream: StreamConfig = { path: '/api/order', schema: orderSchema, key: '/orderId' }
