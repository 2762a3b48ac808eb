// `sluice start`: runs the server until it is told to stop. The first SIGTERM or SIGINT lets it finish what is under way;
// a second one, or a finish that takes too long, ends it at once, which loses nothing that was acknowledged.

import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { keyHeader } from '../config/streams.ts'
import { curlLine } from '../ingress/page.ts'
import { shutdownMs } from '../limits.ts'
import { type Sluice, startSluice } from '../main.ts'
import { version } from '../version.ts'
import { type Command, exitCode, print, readArguments } from './command.ts'

const options = {
  config: { type: 'string' },
  data: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'ops-port': { type: 'string' },
  engine: { type: 'string' },
} as const

export const start: Command = {
  help: `Without --config it reads sluice.config.ts, .js or .json of the working directory, if there is one, and otherwise takes
orders at /api/order. Port 0 picks a free one. Flags come before the environment (SLUICE_HOST, SLUICE_PORT,
SLUICE_OPS_PORT, SLUICE_DATA, SLUICE_ENGINE, SLUICE_CONFIG), which comes before the file. With tls in the configuration, SIGHUP has the certificate read again.`,
  async run(args) {
    const { values } = readArguments(args, options, { min: 0, max: 0 })
    const flags = { ...values, opsPort: values['ops-port'] }
    const { config, file } = await loadConfig({ cwd: process.cwd(), env: process.env, flags })
    const sluice = await startSluice(config)
    announce(sluice, config, file)
    if (config.tls) renewOnHangUp(sluice)
    return runUntilStopped(sluice)
  },
}

function announce(sluice: Sluice, config: Config, file: string | undefined): void {
  const streams = Object.entries(config.streams)
  const { threads } = config.ingress
  const byThreads = threads === 1 ? '' : `, ${threads} ingress threads`
  print(`Sluice ${version} takes records at ${sluice.url} (engine ${config.engine}${byThreads})`)
  for (const [name, { path, key }] of streams) {
    print(`  ${name}: POST ${path}${key === undefined ? '' : `, GET ${path}/{key}`}`)
  }
  print(`operators  ${sluice.opsUrl}/readyz  /livez  /metrics  /openapi.json`)
  print(`settings   ${file ?? 'built in'}`)
  print(`data       ${config.dataDir}`)
  for (const [name, { path, key }] of streams.slice(0, 1)) {
    print(`try        ${curlLine(sluice.url, { name, path, keyHeader: keyHeader(key) })}`)
  }
}

// As with other servers, so that who renews certificates needs no restart: `kill -HUP`, or `systemctl reload`.
function renewOnHangUp(sluice: Sluice): void {
  process.on('SIGHUP', () => {
    sluice.renewCertificate().then(
      () => print('the certificate was read again'),
      (error: unknown) => print(`the certificate stays as it is: ${error instanceof Error ? error.message : error}`),
    )
  })
}

async function runUntilStopped(sluice: Sluice): Promise<number> {
  const asked = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => resolve(undefined))
  })
  return close(sluice, await Promise.race([asked, sluice.failed]))
}

async function close(sluice: Sluice, failure: string | undefined): Promise<number> {
  print(failure === undefined ? 'stopping: requests under way are answered first' : `stopping: ${failure}`)
  const endNow = () => process.exit(exitCode.FAILED)
  process.once('SIGTERM', endNow).once('SIGINT', endNow)
  const tooLong = setTimeout(endNow, shutdownMs)
  await sluice.close()
  clearTimeout(tooLong)
  process.off('SIGTERM', endNow).off('SIGINT', endNow)
  return failure === undefined ? exitCode.OK : exitCode.FAILED
}
