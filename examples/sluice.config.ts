// Two streams: sensor readings without a key, which are stored as they come, and web hooks, whose key is a header and which
// the log keeps byte for byte. Start with: npx sluice start --config examples/sluice.config.ts
import { defineConfig } from 'sluice'

export default defineConfig({
  streams: {
    readings: {
      path: '/api/reading',
      schema: {
        type: 'object',
        properties: {
          sensor: { type: 'string', minLength: 1, maxLength: 32 },
          at: { type: 'string', format: 'date-time' },
          celsius: { type: 'number', minimum: -273.15 },
        },
        required: ['sensor', 'at', 'celsius'],
        additionalProperties: false,
      },
    },
    hooks: {
      path: '/api/hook',
      schema: { type: 'object' },
      key: { header: 'Idempotency-Key' },
      value: 'json',
      rateLimit: { requestsPerSecond: 200, burst: 1_000 },
    },
  },
  limits: { recordBytesMax: 65_536 },
  drain: { recordsPerSecond: 20_000 },
})
