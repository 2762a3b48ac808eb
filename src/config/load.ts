// Finds, reads, checks and completes the configuration. Flags win over environment variables, those over the file, and
// the file over the defaults. Nothing is opened or created here.
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SluiceError } from '../errors.ts'
import { checkConfig } from './check.ts'
import type { Config, UserConfig } from './config.ts'
import { fillIn } from './defaults.ts'

const fileNames = ['sluice.config.ts', 'sluice.config.js', 'sluice.config.json'] as const

/** Values of flags, as written. */
export type Flags = {
  readonly config?: string | undefined
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly opsPort?: string | undefined
  readonly data?: string | undefined
  readonly engine?: string | undefined
}

export type LoadOptions = {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly flags: Flags
}

export type Loaded = { readonly config: Config; readonly file: string | undefined }

/** A setting that flags and environment may override: its field and how it is named in both. */
const overrides = [
  { field: 'host', flag: 'host', option: '--host', variable: 'SLUICE_HOST', number: false },
  { field: 'port', flag: 'port', option: '--port', variable: 'SLUICE_PORT', number: true },
  { field: 'opsPort', flag: 'opsPort', option: '--ops-port', variable: 'SLUICE_OPS_PORT', number: true },
  { field: 'dataDir', flag: 'data', option: '--data', variable: 'SLUICE_DATA', number: false },
  { field: 'engine', flag: 'engine', option: '--engine', variable: 'SLUICE_ENGINE', number: false },
] as const

/**
 * Returns the complete configuration, paths made absolute, and the file it came from, if there was one.
 * @throws SluiceError CONFIG_INVALID naming the file, flag or variable and every faulty field.
 */
export async function loadConfig(options: LoadOptions): Promise<Loaded> {
  const file = findFile(options)
  const written = file === undefined ? {} : checkConfig(await readConfig(file), file)
  return { config: resolvePaths(fillIn(overlay(written, options)), options.cwd), file }
}

function resolvePaths(config: Config, cwd: string): Config {
  const { dataDir, tls } = config
  const secured = tls && { tls: { certFile: resolve(cwd, tls.certFile), keyFile: resolve(cwd, tls.keyFile) } }
  return { ...config, dataDir: resolve(cwd, dataDir), ...secured }
}

function findFile({ cwd, env, flags }: LoadOptions): string | undefined {
  const named = flags.config ?? (env.SLUICE_CONFIG || undefined)
  if (named === undefined) return fileNames.map((name) => resolve(cwd, name)).find((path) => existsSync(path))
  const path = resolve(cwd, named)
  if (!existsSync(path)) throw new SluiceError('CONFIG_INVALID', `there is no configuration file at ${path}`)
  return path
}

async function readConfig(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8'))
    const module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown }
    if (module.default === undefined) throw new Error('it has no default export')
    return module.default
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SluiceError('CONFIG_INVALID', `${file} cannot be read: ${reason}`, {}, error)
  }
}

// Each override is checked by itself, so that a fault names the flag or variable it was written in.
function overlay(written: UserConfig, { env, flags }: LoadOptions): UserConfig {
  let config = written
  for (const { field, flag, option, variable, number } of overrides) {
    const fromFlag = flags[flag]
    const words = fromFlag ?? (env[variable] || undefined)
    if (words === undefined) continue
    const value = number && /^\d+$/.test(words) ? Number(words) : words
    const source = fromFlag === undefined ? variable : option
    config = { ...config, ...checkConfig({ [field]: value }, source) }
  }
  return config
}
