// What the commands share: how they are described, how arguments are read, what their exit codes mean.
// A wrong argument is told in one line, with the command's usage, and never guessed at.
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'

/** All well · something was refused or failed · the command line or the configuration is wrong. */
export const exitCode = { OK: 0, FAILED: 1, USAGE: 2 } as const

export type Command = {
  /** Shown by `sluice NAME --help`, under the usage. */
  readonly help: string
  run(args: readonly string[]): Promise<number>
}

/** The command line is wrong, and in what. */
export class UsageError extends Error {}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ options: Options; allowPositionals: true }>
>

/** @throws UsageError for unknown options, missing values and a wrong number of positional arguments. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  positionals: { readonly min: number; readonly max: number },
): Values<Options> {
  const parsed = parse(args, options)
  const count = parsed.positionals.length
  if (count < positionals.min) throw new UsageError('an argument is missing')
  if (count > positionals.max)
    throw new UsageError(`unexpected argument ${JSON.stringify(parsed.positionals[positionals.max])}`)
  return parsed
}

function parse<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
): Values<Options> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** A whole number of an option, within bounds. @throws UsageError */
export function wholeNumber(
  name: string,
  written: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (written === undefined) return fallback
  const value = Number(written)
  if (/^\d+$/.test(written) && value >= min && value <= max) return value
  throw new UsageError(`--${name} takes a whole number from ${min} to ${max}, not ${JSON.stringify(written)}`)
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
