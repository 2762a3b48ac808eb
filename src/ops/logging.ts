// The one logger: JSON lines on standard error, where they mix with nothing a person or a pipe reads from standard
// output. Writing is synchronous, so that the last lines before an exit are not lost.
import { destination, type Logger, pino } from 'pino'
import type { Config } from '../config/config.ts'

export function makeLogger(level: Config['logLevel']): Logger {
  const options = { level, base: { pid: process.pid }, timestamp: () => `,"time":"${new Date().toISOString()}"` }
  return pino(options, destination({ fd: 2, sync: true }))
}
