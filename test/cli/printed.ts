// What commands print in this process, kept instead of shown. Each test begins with nothing printed.
import { afterEach, beforeEach, vi } from 'vitest'

export type Printed = { out: string; err: string }

/** Call it once, at the top of a test file. */
export function keepPrinted(): Printed {
  const printed: Printed = { out: '', err: '' }
  beforeEach(() => {
    for (const [name, stream] of [['out', process.stdout] as const, ['err', process.stderr] as const]) {
      printed[name] = ''
      vi.spyOn(stream, 'write').mockImplementation((text) => {
        printed[name] += text
        return true
      })
    }
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })
  return printed
}
