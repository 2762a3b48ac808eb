// The flags that all benchmarks share. `--short` makes a run that proves the benchmark works, in seconds; its figures mean
// little and it says so.
import { parseArgs } from 'node:util'

export type BenchArguments = {
  readonly short: boolean
  /** How often everything is measured; the median counts. */
  readonly rounds: number
  readonly warmupMs: number
  readonly measureMs: number
  /** Names of servers or variants to take; empty takes all. */
  readonly only: readonly string[]
}

/** @throws TypeError for a flag that does not exist. */
export function readArguments(argv: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      short: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  })
  const short = values.short
  return {
    short,
    rounds: positive('rounds', values.rounds, short ? 1 : 5),
    warmupMs: short ? 500 : 1000,
    measureMs: positive('seconds', values.seconds, short ? 1 : 3) * 1000,
    only: values.only.split(',').filter((name) => name !== ''),
  }
}

export function isTaken(only: readonly string[], name: string): boolean {
  return only.length === 0 || only.includes(name)
}

function positive(flag: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text)
  if (!(value > 0)) throw new TypeError(`--${flag} takes a number above 0, not ${text}`)
  return value
}
