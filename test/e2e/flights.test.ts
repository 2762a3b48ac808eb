// Real data all the way: files that nobody here wrote, from HTTP to SQLite.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeDataDir, queryWhen, type RunningServer, startServer } from './server.ts'

const data = (file: string) => readFileSync(new URL(`../../node_modules/vega-datasets/data/${file}`, import.meta.url))

const flightSchema = {
  type: 'object',
  properties: {
    delay: { type: 'integer' },
    distance: { type: 'integer', minimum: 0 },
    time: { type: 'number', minimum: 0 },
  },
  required: ['delay', 'distance', 'time'],
  additionalProperties: false,
}

const quakeSchema = {
  type: 'object',
  properties: {
    type: { const: 'Feature' },
    id: { type: 'string', minLength: 1 },
    properties: { type: 'object' },
    geometry: { type: 'object', required: ['coordinates'] },
  },
  required: ['type', 'id', 'properties', 'geometry'],
}

const config = {
  streams: {
    flights: { path: '/api/flight', schema: flightSchema },
    earthquakes: { path: '/api/earthquake', schema: quakeSchema, key: '/id' },
  },
}

type Flight = { delay: number; distance: number; time: number }
type Summary = { accepted: number; duplicate: number; conflict: number; invalid: number; firstOffset: number }

async function post(url: string, body: Buffer | string, type: string): Promise<{ status: number; summary: Summary }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : new Uint8Array(body),
  })
  return { status: response.status, summary: (await response.json()) as Summary }
}

describe.each(['wasm', 'js'])('files of vega-datasets, engine %s', (engine) => {
  const home = makeDataDir()
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ dataDir: home.dir, config, args: ['--engine', engine] })
  })
  afterAll(async () => {
    await server?.stop()
    home.remove()
  })

  test('200,000 flights in one JSON array: count and sums in SQLite equal those of the file', async () => {
    const bytes = data('flights-200k.json')
    const flights = JSON.parse(bytes.toString()) as Flight[]
    const { status, summary } = await post(`${server.url}/api/flight`, bytes, 'application/json')
    expect(status).toBe(202)
    expect(summary).toMatchObject({ accepted: flights.length, duplicate: 0, conflict: 0, invalid: 0, firstOffset: 0 })

    const sum = (field: keyof Flight) => flights.reduce((total, flight) => total + flight[field], 0)
    const [row] = await queryWhen<{ n: number; delay: number; distance: number; time: number }>(
      home.dir,
      'SELECT count(*) AS n, sum(delay) AS delay, sum(distance) AS distance, sum(time) AS time FROM flights',
      ([first]) => first?.n === flights.length,
    )
    expect(row?.delay).toBe(sum('delay'))
    expect(row?.distance).toBe(sum('distance'))
    expect(row?.time).toBeCloseTo(sum('time'), 3)
  })

  test('earthquakes keyed by id, sent twice: the second time all are duplicates', async () => {
    const { features } = JSON.parse(data('earthquakes.json').toString()) as { features: { id: string }[] }
    const lines = features.map((feature) => JSON.stringify(feature)).join('\n')
    const first = await post(`${server.url}/api/earthquake`, lines, 'application/x-ndjson')
    expect(first.status).toBe(202)
    expect(first.summary).toMatchObject({ accepted: features.length, duplicate: 0, conflict: 0, invalid: 0 })
    const second = await post(`${server.url}/api/earthquake`, lines, 'application/x-ndjson')
    expect(second.summary).toMatchObject({ accepted: 0, duplicate: features.length, conflict: 0, invalid: 0 })

    const [row] = await queryWhen<{ n: number }>(
      home.dir,
      'SELECT count(DISTINCT id) AS n FROM earthquakes',
      ([found]) => found?.n === features.length,
    )
    expect(row?.n).toBe(new Set(features.map(({ id }) => id)).size)
  })
})
