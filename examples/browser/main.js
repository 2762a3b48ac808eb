// Checks the records in one box against the schema in the other, on every key stroke. Any bundler that knows
// `new URL(…, import.meta.url)` puts the kernel's WebAssembly beside the page.
import { createKernel } from 'sluice/kernel'

const schemaBox = document.querySelector('#schema')
const recordsBox = document.querySelector('#records')
const result = document.querySelector('#result')

schemaBox.value = JSON.stringify(
  {
    type: 'object',
    properties: { orderId: { type: 'string', minLength: 1 }, total: { type: 'number', minimum: 0 } },
    required: ['orderId', 'total'],
  },
  null,
  2,
)
recordsBox.value = '{"orderId":"A-1","total":12.5}\n{"orderId":"A-2","total":-1}\n{"orderId":"A-3"\n'

let kernel

async function compile() {
  try {
    kernel = await createKernel(JSON.parse(schemaBox.value))
    check()
  } catch (error) {
    kernel = undefined
    result.textContent = `${error.code ?? 'JSON'}: ${error.message}`
  }
}

function check() {
  if (kernel === undefined) return
  const { batches, recordCount, encodedCount, errors } = kernel.encodeBatch(recordsBox.value)
  const bytes = batches.reduce((sum, batch) => sum + batch.length, 0)
  const lines = errors.map(({ index, pointer = '', message }) => `record ${index}: ${pointer} ${message}`)
  result.textContent = [`${encodedCount} of ${recordCount} records fit, ${bytes} bytes encoded`, ...lines].join('\n')
}

schemaBox.addEventListener('input', compile)
recordsBox.addEventListener('input', check)
await compile()
