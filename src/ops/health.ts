// Whether the server should be sent records, and why not. Each part reports for itself; a part's last word counts.
// What is wrong but does not keep records from being taken safely is a warning: a sink that is down, for one, since the
// log takes what the sink cannot.
export type Health = {
  /** The part keeps records from being taken. */
  block(part: string, reason: string): void
  /** The part is in trouble, and records are taken all the same. */
  warn(part: string, reason: string): void
  /** The part is well again. */
  clear(part: string): void
  readiness(): Readiness
}

export type Note = { readonly part: string; readonly reason: string; readonly since: string }

export type Readiness = {
  readonly ready: boolean
  readonly reasons: readonly Note[]
  readonly warnings: readonly Note[]
}

/** @param now Unix time in ms. */
export function makeHealth(now: () => number): Health {
  const blocks = new Map<string, Note>()
  const warnings = new Map<string, Note>()

  function note(notes: Map<string, Note>, part: string, reason: string): void {
    const before = notes.get(part)
    const since = before?.reason === reason ? before.since : new Date(now()).toISOString()
    notes.set(part, { part, reason, since })
  }

  return {
    block: (part, reason) => note(blocks, part, reason),
    warn: (part, reason) => note(warnings, part, reason),
    clear(part) {
      blocks.delete(part)
      warnings.delete(part)
    },
    readiness: () => ({ ready: blocks.size === 0, reasons: [...blocks.values()], warnings: [...warnings.values()] }),
  }
}
