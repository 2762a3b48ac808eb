// What was measured over time: one line of JSON a run, with the revision, the machine and the Node version it was measured
// with, so that a figure can be held against those before it. Lines are only ever added.
import { appendFileSync } from 'node:fs'
import { describeMachine } from './report.ts'

const file = new URL('history.jsonl', import.meta.url)

/** Adds one line. `kind` says what made it. */
export function appendHistory(kind: 'gate' | 'document', figures: object): void {
  appendFileSync(file, `${JSON.stringify({ kind, machine: describeMachine(), ...figures })}\n`)
}
