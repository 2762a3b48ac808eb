// The service a Node team has today: fastify, its schema validation (Ajv, compiled once), no logging, a serializer made
// from the reply's schema. Without `--journal` it stores nothing; with it, the answer waits for a group commit with
// fdatasync, as the Go peer's does. Ajv's coercion and removal of properties are off: the schema must mean what it says.
import { parseArgs } from 'node:util'
import fastify, { type FastifyInstance } from 'fastify'
import { orderSchema } from '../../src/config/orders.ts'
import { type Journal, openJournal } from './journal.ts'

const { values } = parseArgs({ options: { journal: { type: 'string' } } })

// Fastify's Ajv speaks draft 7 and knows no newer dialect by name; every keyword here means the same in both.
const bodySchema = { ...(orderSchema as object), $schema: undefined }

const replySchema = {
  type: 'object',
  properties: { status: { type: 'string' }, key: { type: 'string' } },
  required: ['status', 'key'],
} as const

function build(journal: Journal | undefined): FastifyInstance {
  const app = fastify({
    logger: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
  })
  app.post<{ Body: { orderId: string } }>(
    '/api/order',
    { schema: { body: bodySchema, response: { 202: replySchema } } },
    async (request, reply) => {
      if (journal !== undefined) await journal.append(`${JSON.stringify(request.body)}\n`)
      reply.code(202)
      return { status: 'accepted', key: request.body.orderId }
    },
  )
  return app
}

const app = build(values.journal === undefined ? undefined : await openJournal(values.journal))
console.log(`listening on ${await app.listen({ host: '127.0.0.1', port: 0 })}`)
