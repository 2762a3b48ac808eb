// The command line: finds the command, runs it, turns what it throws into a line a person can act on and an exit code.
import { type Command, exitCode, print, UsageError } from './cli/command.ts'
import { SluiceError } from './errors.ts'
import { version } from './version.ts'

type Entry = { readonly usage: string; readonly summary: string; readonly load: () => Promise<Command> }

// A command is loaded when it is run: asking for help or sending a file need not wait for a server's parts.
const commands: Readonly<Record<string, Entry>> = {
  start: {
    usage: 'start [--config FILE] [--data DIR] [--host HOST] [--port N] [--ops-port N] [--engine wasm|js]',
    summary: 'run the server',
    load: async () => (await import('./cli/start.ts')).start,
  },
  send: {
    usage: 'send FILE --to URL [--gzip] [--connections N] [--retries N]',
    summary: 'send a file of records, .ndjson or .json, to a server',
    load: async () => (await import('./cli/send.ts')).send,
  },
  check: {
    usage: 'check --schema FILE [--key POINTER]… [--errors first|all] [--errors-max N] [--engine wasm|js] FILE',
    summary: 'check a file of records against a schema, without a server',
    load: async () => (await import('./cli/check.ts')).check,
  },
  log: {
    usage: 'log verify|dump|stat [--data DIR] [--stream NAME] [--from OFFSET] [--limit N] [--value msgpack|json]',
    summary: 'look at the log of a data directory',
    load: async () => (await import('./cli/log.ts')).log,
  },
  bench: {
    usage: 'bench --schema FILE --data FILE [--key POINTER]… [--rounds N] [--sample-mib N] [--json]',
    summary: 'compare the engines on your own schema and records',
    load: async () => (await import('./cli/bench.ts')).bench,
  },
  'bench load': {
    usage:
      'bench load --url URL [--rate R] [--seconds S] [--warmup S] [--connections N] [--depth N] [--data FILE] [--pid N] [--json]',
    summary: 'measure how long a server takes at a constant rate',
    load: async () => (await import('./cli/bench-load.ts')).benchLoad,
  },
}

/** Runs a command line without the program's name; resolves to the exit code. */
export async function runCli(argv: readonly string[]): Promise<number> {
  const { name, args } = split(argv)
  if (name === '--version' || name === '-v') return tell(version)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') return tell(overview())
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) return refuse(`there is no command ${JSON.stringify(name)}`, overview())
  const command = await entry.load()
  if (args.includes('--help') || args.includes('-h')) return tell(`sluice ${entry.usage}\n\n${command.help}`)
  try {
    return await command.run(args)
  } catch (error) {
    return explain(error, entry.usage)
  }
}

/** A command's name is one word, or two where there is such a command. */
function split(argv: readonly string[]): { name: string | undefined; args: readonly string[] } {
  const both = argv.slice(0, 2).join(' ')
  return argv.length > 1 && Object.hasOwn(commands, both)
    ? { name: both, args: argv.slice(2) }
    : { name: argv[0], args: argv.slice(1) }
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
function explain(error: unknown, usage: string): number {
  if (error instanceof UsageError) return refuse(error.message, `sluice ${usage}`)
  if (!(error instanceof SluiceError)) throw error
  process.stderr.write(`sluice: ${error.code}: ${error.message}\n`)
  return error.code === 'CONFIG_INVALID' || error.code === 'SCHEMA_UNSUPPORTED' ? exitCode.USAGE : exitCode.FAILED
}
