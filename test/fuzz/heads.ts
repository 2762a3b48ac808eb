// Request heads for fuzzing: put together from usual and unusual parts, then damaged.
import type { Random } from '../fixtures/random.ts'

const lines = [
  'POST /api/order HTTP/1.1',
  'GET /api/order/A-1 HTTP/1.1',
  'POST /a HTTP/1.1',
  'GET /~!$&()*+,;=:@ HTTP/1.1',
]
const oddLines = [
  'PUT /a HTTP/1.1',
  'GET /a?b HTTP/1.1',
  'GET /a HTTP/1.0',
  'POST * HTTP/1.1',
  'POST /a  HTTP/1.1',
  'get /a HTTP/1.1',
]
const hosts = ['Host: x', 'host:127.0.0.1:8080', 'HOST:  [::1]:80', 'Host:\ta.b']
const types = [
  'Content-Type: application/json',
  'content-type:application/json',
  'Content-Type: application/x-ndjson',
  'Content-Type: text/plain',
]
const lengths = [
  'Content-Length: 12',
  'content-length:0',
  'CONTENT-LENGTH: 7',
  'Content-Length: 064',
  'Content-Length: 1',
]
const others = [
  'Accept: */*',
  'Accept: application/json',
  'Accept: application/x-ndjson',
  'User-Agent: a/1.0 (b; c) "d"',
  'Connection: keep-alive',
  'Connection: close',
  'Connection: upgrade',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding:',
  'Expect: 100-continue',
  'Upgrade: h2c',
  'TE: trailers',
  'Keep-Alive: timeout=5',
  'Proxy-Connection: close',
  'Content-Encoding: gzip',
  'X-A: \xe4\xff',
  'X-Long-Name-Of-A-Field: b',
  'Cookie: a=b; c=d',
  'Sec_Fetch!: x',
  'X-Empty:',
  ' folded: x',
  'X-A : b',
  'No colon',
]
const bytes = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  '\t',
  ' ',
  ':',
  ',',
  '\x7f',
  '\x80',
  'a',
  '0',
  '-',
  '\x01',
  '\v',
  '\f',
  ';',
  '"',
]

/** A head as latin1 text; every third is damaged. */
export function drawHead(random: Random): string {
  const fields = [random.pick(hosts)]
  const isPost = random.below(4) > 0
  if (isPost) fields.push(random.pick(types.slice(0, random.below(8) === 0 ? 4 : 3)))
  if (isPost || random.below(8) === 0) fields.push(random.pick(lengths))
  for (let left = random.below(4); left > 0; left--) fields.push(random.pick(others))
  if (random.below(12) === 0) fields.push(random.pick([...hosts, ...types, ...lengths]))
  if (random.below(12) === 0) fields.splice(random.below(fields.length), 1)
  fields.sort(() => random.fraction() - 0.5)
  const line =
    random.below(16) === 0 ? random.pick(oddLines) : lines[isPost ? random.below(2) * 2 : 1 + random.below(2) * 2]
  const head = `${[line, ...fields].join('\r\n')}\r\n\r\n`
  return random.below(3) === 0 ? damage(head, random) : head
}

function damage(head: string, random: Random): string {
  let text = head
  for (let left = 1 + random.below(2); left > 0; left--) {
    const at = random.below(text.length)
    const removed = random.below(3) === 0 ? 0 : 1 + random.below(2)
    text = text.slice(0, at) + (random.below(4) === 0 ? '' : random.pick(bytes)) + text.slice(at + removed)
  }
  return text
}
