// The one error class and the one table of codes. `docs/errors.md` lists the same; a test compares them.
// Nobody reads a message to decide: a code decides, a message explains.

/** What the code means over HTTP and whether the same request may succeed later. `status` 0: never sent to a client. */
export const errorTable = {
  JSON_MALFORMED: { status: 400, retry: false, title: 'The body is not well-formed' },
  REQUEST_MALFORMED: { status: 400, retry: false, title: 'The request is not valid HTTP for this server' },
  NOT_FOUND: { status: 404, retry: false, title: 'There is nothing here' },
  METHOD_NOT_ALLOWED: { status: 405, retry: false, title: 'The method is not allowed here' },
  REQUEST_TIMEOUT: { status: 408, retry: true, title: 'The request did not arrive in time' },
  KEY_CONFLICT: { status: 409, retry: false, title: 'The key was used for another record' },
  BODY_TOO_LARGE: { status: 413, retry: false, title: 'The body is too large' },
  RECORD_TOO_LARGE: { status: 413, retry: false, title: 'A record is too large' },
  MEDIA_TYPE: { status: 415, retry: false, title: 'The content type or encoding is not taken here' },
  SCHEMA_INVALID: { status: 422, retry: false, title: 'The record does not fit the schema' },
  KEY_MISSING: { status: 422, retry: false, title: 'The record has no usable key' },
  SINK_REFUSED: { status: 422, retry: false, title: 'The sink refused the record' },
  RATE_LIMITED: { status: 429, retry: true, title: 'Too many requests' },
  INTERNAL: { status: 500, retry: true, title: 'The server failed' },
  OVERLOADED: { status: 503, retry: true, title: 'The server has no room for more records now' },
  LOG_UNAVAILABLE: { status: 503, retry: true, title: 'The log cannot be written now' },
  SHUTTING_DOWN: { status: 503, retry: true, title: 'The server is shutting down' },
  SINK_UNAVAILABLE: { status: 503, retry: true, title: 'The sink cannot be reached now' },
  STORAGE_FULL: { status: 507, retry: true, title: 'The disk is full' },
  CONFIG_INVALID: { status: 0, retry: false, title: 'The configuration is wrong' },
  SCHEMA_UNSUPPORTED: { status: 0, retry: false, title: 'The schema cannot be compiled' },
  LOG_DAMAGED: { status: 0, retry: false, title: 'The log is damaged' },
  SINK_MISMATCH: { status: 0, retry: false, title: 'The table in the sink does not fit the schema' },
  KERNEL_FAILED: { status: 0, retry: false, title: 'The kernel could not be built or loaded' },
} as const

export type ErrorCode = keyof typeof errorTable

/** An error with a stable code. `detail` says what was wrong, where, and what to do. */
export class SluiceError extends Error {
  readonly code: ErrorCode
  /** Members a problem document carries beside the standard ones, such as `byteOffset`. */
  readonly extra: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, detail: string, extra: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause })
    this.name = 'SluiceError'
    this.code = code
    this.extra = extra
  }
}

/** The problem document of a code (RFC 9457), as JSON text. `members` stand beside the standard ones. */
export function problemDocument(
  code: ErrorCode,
  detail: string,
  members: Readonly<Record<string, unknown>> = {},
): string {
  const { status, retry, title } = errorTable[code]
  return JSON.stringify({ type: `urn:sluice:error:${code}`, title, status, detail, code, retry, ...members })
}
