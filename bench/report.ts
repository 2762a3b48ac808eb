// Where results go: one JSON file a benchmark under build/bench/results, with the machine it ran on, so that a figure is never
// without its circumstances.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGib: number
  readonly kernel: string
  readonly node: string
  readonly go: string | undefined
  readonly cc: string | undefined
  readonly revision: string | undefined
  readonly measuredAt: string
}

export type Report<Result> = { readonly benchmark: string; readonly machine: Machine; readonly result: Result }

const resultsDir = new URL('../build/bench/results/', import.meta.url)

/** Writes `<benchmark>.json` and returns its path. */
export function writeReport<Result>(benchmark: string, result: Result): string {
  mkdirSync(resultsDir, { recursive: true })
  const path = fileURLToPath(new URL(`${benchmark}.json`, resultsDir))
  const report: Report<Result> = { benchmark, machine: describeMachine(), result }
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`)
  return path
}

export function hasReport(benchmark: string): boolean {
  return existsSync(new URL(`${benchmark}.json`, resultsDir))
}

/** The last report of a benchmark. @throws Error when it was never run. */
export function readReport<Result>(benchmark: string): Report<Result> {
  return JSON.parse(readFileSync(new URL(`${benchmark}.json`, resultsDir), 'utf8')) as Report<Result>
}

export function describeMachine(): Machine {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: `${process.platform} ${release()}`,
    node: process.version,
    go: firstLine('go', ['version']),
    cc: firstLine('cc', ['--version']),
    revision: firstLine('git', ['describe', '--always', '--dirty']),
    measuredAt: new Date().toISOString(),
  }
}

/** What a tool says of itself, undefined where there is no such tool. */
function firstLine(file: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n')[0]
  } catch (error) {
    if (error instanceof Error && ('status' in error || 'code' in error)) return undefined
    throw error
  }
}
