// Runs in the browser: asks the server for schema and records, has the kernel check and encode them, sends back what it said.
import { createKernel } from 'sluice/kernel'

async function run() {
  const { schema, options, records, ndjson, encode } = await (await fetch('/task')).json()
  const kernel = await createKernel(schema, options)
  const checked = records.map((record) => {
    const { value, ...rest } = kernel.check(record)
    return { ...rest, value: value && Array.from(value) }
  })
  const { batches, ...encoded } = kernel.encodeBatch(ndjson, encode)
  return { checked, encoded: { ...encoded, batches: batches.map((batch) => Array.from(batch)) } }
}

const result = await run().catch((error) => ({ failure: String(error?.stack ?? error) }))
await fetch('/result', { method: 'POST', body: JSON.stringify(result) })
