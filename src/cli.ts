// The command line: finds the command, runs it, turns what it throws into a line a person can act on and an exit code.
import { check } from './cli/check.ts'
import { type Command, exitCode, print, UsageError } from './cli/command.ts'
import { log } from './cli/log.ts'
import { send } from './cli/send.ts'
import { start } from './cli/start.ts'
import { SluiceError } from './errors.ts'
import { version } from './version.ts'

const commands: Readonly<Record<string, Command>> = { start, send, check, log }

/** Runs a command line without the program's name; resolves to the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const [name, ...args] = argv
  if (name === '--version' || name === '-v') return tell(version)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return tell(overview())
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) return refuse(`there is no command ${JSON.stringify(name)}`, overview())
  if (args.includes('--help') || args.includes('-h')) return tell(`sluice ${command.usage}\n\n${command.help}`)
  try {
    return await command.run(args)
  } catch (error) {
    return explain(error, command)
  }
}

function tell(text: string): number {
  print(text)
  return exitCode.OK
}

function overview(): string {
  const lines = Object.values(commands).map(({ usage, summary }) => `  sluice ${usage}\n      ${summary}`)
  return `Sluice ${version}\n\n${lines.join('\n')}\n\n  sluice COMMAND --help, sluice --version`
}

function refuse(message: string, usage: string): number {
  process.stderr.write(`sluice: ${message}\n\n${usage}\n`)
  return exitCode.USAGE
}

// What is not foreseen is a bug: it is thrown on, with its stack, rather than made into a tidy line.
function explain(error: unknown, command: Command): number {
  if (error instanceof UsageError) return refuse(error.message, `sluice ${command.usage}`)
  if (!(error instanceof SluiceError)) throw error
  process.stderr.write(`sluice: ${error.code}: ${error.message}\n`)
  return error.code === 'CONFIG_INVALID' || error.code === 'SCHEMA_UNSUPPORTED' ? exitCode.USAGE : exitCode.FAILED
}
