// Counts HTTP/1.1 responses in a stream of bytes as cheaply as possible: status line, Content-Length, skip the body.
// It refuses what it could count wrongly: a response without Content-Length or with a head over 8 KiB.
// Between calls it holds at most one cut head and the number of body bytes still to come.

const headBytesMax = 8192
const noContent = 204
const LF = 10
const CR = 13

export type ResponseScan = {
  /** Bytes of the current body still to come. */
  bodyBytesLeft: number
  /** Status of the response whose body is being skipped. */
  status: number
  /** A head cut by the end of a chunk. */
  readonly cut: Uint8Array
  cutBytes: number
}

export function makeScan(): ResponseScan {
  return { bodyBytesLeft: 0, status: 0, cut: new Uint8Array(headBytesMax), cutBytes: 0 }
}

/**
 * Reads a chunk and calls `onResponse(owner, status)` for each response it completes.
 * @throws Error when the bytes are no response this reader understands.
 */
export function scanResponses<T>(
  scan: ResponseScan,
  bytes: Uint8Array,
  end: number,
  owner: T,
  onResponse: (owner: T, status: number) => void,
): void {
  let at = 0
  while (at < end) {
    if (scan.status !== 0) {
      at = skipBody(scan, at, end)
    } else if (scan.cutBytes > 0) {
      at = completeHead(scan, bytes, at, end)
    } else {
      at = readHead(scan, bytes, at, end)
    }
    if (scan.status !== 0 && scan.bodyBytesLeft === 0) {
      const { status } = scan
      scan.status = 0
      onResponse(owner, status)
    }
  }
}

function skipBody(scan: ResponseScan, at: number, end: number): number {
  const skipped = Math.min(scan.bodyBytesLeft, end - at)
  scan.bodyBytesLeft -= skipped
  return at + skipped
}

// Line by line: only a line that starts with "c" or "C" can be the length.
function readHead(scan: ResponseScan, bytes: Uint8Array, start: number, end: number): number {
  let length = -1
  let at = start
  while (at < end) {
    const lineEnd = bytes.indexOf(LF, at)
    if (lineEnd < 0 || lineEnd >= end) break
    if (bytes[at] === CR) {
      scan.status = readStatus(bytes, start)
      if (scan.status === noContent) length = 0
      if (length < 0) throw new Error('a response without Content-Length cannot be counted')
      scan.bodyBytesLeft = length
      return lineEnd + 1
    }
    if ((bytes[at]! | 0x20) === 0x63 && isContentLength(bytes, at)) length = readDigits(bytes, at + 15)
    at = lineEnd + 1
  }
  keepCut(scan, bytes, start, end)
  return end
}

// A cut head is rare: the rest of the chunk joins it, and the joined bytes are read again from the head's start.
function completeHead(scan: ResponseScan, bytes: Uint8Array, at: number, end: number): number {
  const before = scan.cutBytes
  const taken = Math.min(headBytesMax - before, end - at)
  scan.cut.set(bytes.subarray(at, at + taken), before)
  scan.cutBytes = 0
  const headEnd = readHead(scan, scan.cut, 0, before + taken)
  return scan.cutBytes > 0 ? at + taken : at + headEnd - before
}

function keepCut(scan: ResponseScan, bytes: Uint8Array, start: number, end: number): void {
  if (end - start >= headBytesMax) throw new Error('a response head is longer than 8 KiB')
  if (bytes !== scan.cut) scan.cut.set(bytes.subarray(start, end), 0)
  scan.cutBytes = end - start
}

function readStatus(bytes: Uint8Array, start: number): number {
  const status = readDigits(bytes, start + 9)
  if (status < 100 || status > 599) throw new Error('a response does not begin with an HTTP/1.1 status line')
  return status
}

const contentLength = Buffer.from('content-length:')

function isContentLength(bytes: Uint8Array, at: number): boolean {
  for (let index = 1; index < contentLength.length; index++) {
    if ((bytes[at + index]! | 0x20) !== (contentLength[index]! | 0x20)) return false
  }
  return true
}

function readDigits(bytes: Uint8Array, start: number): number {
  let at = start
  while (bytes[at] === 0x20) at++
  let value = 0
  for (let digit = bytes[at]! - 48; digit >= 0 && digit <= 9; digit = bytes[++at]! - 48) value = value * 10 + digit
  return value
}
