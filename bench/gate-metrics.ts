// What the gate measures: costs, so that more is worse. Each is measured on two trees in turn, as often as asked; both
// servers stay up and the one that is not measured is suspended. A cost that one of them cannot be measured for is none.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runJob } from './child.ts'
import { type Server, sluice, startServer } from './servers.ts'

export type Side = 'base' | 'head'
export type Trees = Readonly<Record<Side, string>>
export type Timing = { readonly warmupMs: number; readonly measureMs: number }
type Meter = {
  measure(side: Side, run: number): Promise<number | undefined>
  end(): Promise<void>
}

export type Metric = {
  readonly name: string
  /** Undefined: not to be had on both trees. */
  open(trees: Trees, timing: Timing): Promise<Meter | undefined>
}

export const metrics: readonly Metric[] = [
  { name: 'kernel, plain, ns/record', open: (trees) => openKernels(trees, 'plain') },
  { name: 'kernel, shuffled, ns/record', open: (trees) => openKernels(trees, 'shuffled') },
  {
    name: 'single order, server CPU µs',
    open: (trees, timing) =>
      openServers(trees, async (server, run) => {
        const job = { loop: 'closed', ...common(server, run), ...timing, connections: 64, depth: 1 } as const
        const { serverCpuUs, statuses } = await runJob(job)
        checkStatuses(statuses)
        return serverCpuUs
      }),
  },
  {
    name: 'bulk, server CPU µs/record',
    open: (trees, timing) =>
      openServers(trees, async (server, run) => {
        const job = {
          loop: 'bulk',
          ...common(server, run),
          ...timing,
          connections: 4,
          recordsPerRequest: 10_000,
        } as const
        return (await runJob(job)).serverCpuUs
      }),
  },
]

const kernelScript = fileURLToPath(new URL('gate-kernel.ts', import.meta.url))

async function openKernels(trees: Trees, variant: string): Promise<Meter | undefined> {
  const isThere = Object.values(trees).every((tree) => existsSync(join(tree, 'src/kernel/kernel.ts')))
  if (!isThere) return undefined
  return {
    async measure(side) {
      const output = execFileSync(process.execPath, [kernelScript, trees[side], variant], { encoding: 'utf8' })
      return Number(output)
    },
    end: () => Promise.resolve(),
  }
}

async function openServers(
  trees: Trees,
  measure: (server: Server, run: number) => Promise<number | undefined>,
): Promise<Meter | undefined> {
  const base = await open(trees.base, 'gate-base')
  const head = await open(trees.head, 'gate-head')
  const end = async (): Promise<void> => {
    await Promise.all([base?.stop(), head?.stop()])
  }
  if (base === undefined || head === undefined) {
    await end()
    return undefined
  }
  const servers: Readonly<Record<Side, Server>> = { base, head }
  return {
    async measure(side, run) {
      servers[side].resume()
      const figure = await measure(servers[side], run)
      servers[side].pause()
      return figure
    },
    end,
  }
}

async function open(tree: string, name: string): Promise<Server | undefined> {
  const server = await startServer(sluice(name, tree, {}, tree))
  if ('missing' in server) return undefined
  server.pause()
  return server
}

function common({ target, pid }: Server, run: number) {
  return { target, serverPid: pid, run, variant: 'plain' } as const
}

function checkStatuses(statuses: Readonly<Record<string, number>>): void {
  if (Object.keys(statuses).some((status) => status !== '202'))
    throw new Error(`single orders got ${JSON.stringify(statuses)}`)
}
