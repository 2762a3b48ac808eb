// What a person sees who opens the server's address: the streams, where to read on, and a line to try.
import type { IngressStream } from './deps.ts'
import type { Answer } from './replies.ts'

/** A record for the line to try. */
const exampleOrder =
  '{"orderId":"A-1","userId":7,"currency":"EUR","total":25.5,"items":[{"sku":"tea","qty":2,"price":12.75}]}'

/** A curl line that posts an order to the built-in stream, or names the file to send for any other. */
export function curlLine(origin: string, stream: Pick<IngressStream, 'name' | 'path' | 'keyHeader'>): string {
  const data = stream.name === 'orders' && stream.path === '/api/order' ? `'${exampleOrder}'` : '@record.json'
  const key = stream.keyHeader === undefined ? '' : ` -H '${stream.keyHeader}: KEY-1'`
  return `curl -i ${origin}${stream.path} -H 'content-type: application/json'${key} -d ${data}`
}

export function page(origin: string, streams: readonly IngressStream[], asHtml: boolean): Answer {
  const lines = streams.flatMap((stream) => [
    `${stream.name}: POST ${stream.path}${stream.hasKey ? `, GET ${stream.path}/{key}` : ''}`,
    `  ${curlLine(origin, stream)}`,
  ])
  const text = ['Sluice takes records and acknowledges each once it is on disk.', '', ...lines, ''].join('\n')
  if (!asHtml) return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text }
  const body = `<!doctype html><meta charset="utf-8"><title>Sluice</title><pre>${escapeHtml(text)}</pre>\n`
  const headers = { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" }
  return { status: 200, headers, body }
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
