// Requests built once, whose serial number is counted up in their bytes before each sending: no text is made while load
// runs. A template belongs to one connection at a time, so its bytes never change while they wait to be written.

export type Template = {
  readonly bytes: Buffer
  /** One past the last digit of the serial number; 0 leaves the bytes as they are. */
  readonly serialEnd: number
}

/** Where requests go. */
export type Target = { readonly host: string; readonly port: number; readonly path: string }

/** A POST of one JSON record. `key` is the text that the serial number ends; without it every sending is the same. */
export function makeTemplate(target: Target, body: string | Uint8Array, key: string | undefined): Template {
  const bodyBytes = typeof body === 'string' ? Buffer.from(body) : body
  const head =
    `POST ${target.path} HTTP/1.1\r\nHost: ${authorityOf(target)}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${bodyBytes.length}\r\n\r\n`
  const bytes = Buffer.concat([Buffer.from(head), bodyBytes])
  return { bytes, serialEnd: key === undefined ? 0 : findEnd(bytes, key, Buffer.byteLength(head)) }
}

/** Host and port as a request names them. */
export function authorityOf({ host, port }: Target): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Where `text` ends in `bytes`. @throws Error when it is not there. */
export function findEnd(bytes: Buffer, text: string, from: number): number {
  const start = bytes.indexOf(text, from)
  if (start < 0) throw new Error(`the key ${text} is not in the record as it is written`)
  return start + Buffer.byteLength(text)
}

/** Adds one to the decimal digits that end before `end`; stops at the first byte that is no digit. */
export function countUp(bytes: Uint8Array, end: number): void {
  let at = end - 1
  while (bytes[at] === 0x39) bytes[at--] = 0x30
  const digit = bytes[at]!
  if (digit < 0x30 || digit > 0x38) throw new Error('the serial number has no digit left to count up')
  bytes[at] = digit + 1
}

/** Deals templates out to `count` connections, in turn. @throws Error when there are too few. */
export function deal(templates: readonly Template[], count: number): Template[][] {
  if (templates.length < count) throw new Error(`${templates.length} templates are too few for ${count} connections`)
  const hands: Template[][] = Array.from({ length: count }, () => [])
  for (const [index, template] of templates.entries()) hands[index % count]!.push(template)
  return hands
}

/** The same for templates that are always sent as they are: where there are fewer than connections, connections share. */
export function dealShared(templates: readonly Template[], count: number): Template[][] {
  if (templates.length >= count) return deal(templates, count)
  return Array.from({ length: count }, (_, index) => [templates[index % templates.length]!])
}
