// Bulk load against a small real server: whole lines, every key once, counts as the server gave them.
import { expect, test } from 'vitest'
import { runBulk } from '../../../bench/load/bulk.ts'
import { makeTexts } from '../../../bench/records.ts'
import { brief, keyOf, listen } from '../../load/target.ts'

test('bulk sends whole lines with new keys in every request and counts what was accepted', async () => {
  const keys: string[] = []
  const target = await listen((body, reply) => {
    const lines = body.trimEnd().split('\n')
    keys.push(...lines.map(keyOf))
    const summary = { accepted: lines.length - 1, duplicate: 0, conflict: 0, invalid: 1 }
    reply.writeHead(202).end(JSON.stringify(summary))
  })
  const texts = makeTexts(1, 1, 50, 'pretty')
  const options = { ...brief, target, texts, keys: texts.map(keyOf), connections: 2, recordsPerRequest: 25 }
  const result = await runBulk(options)
  expect(new Set(keys).size).toBe(keys.length)
  expect(result.accepted).toBeGreaterThan(0)
  expect(result.accepted).toBe(result.notAccepted * 24)
  expect(result.acceptedInAll).toBe((keys.length / 25) * 24)
})

test('a bulk answer that is no summary ends the run', async () => {
  const target = await listen((_, reply) => reply.writeHead(500).end('{"code":"INTERNAL"}'))
  const texts = makeTexts(1, 1, 4, 'plain')
  const options = { ...brief, target, texts, keys: texts.map(keyOf), connections: 1, recordsPerRequest: 4 }
  await expect(runBulk(options)).rejects.toThrow('INTERNAL')
})
