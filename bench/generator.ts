// The process that makes load: reads one job as JSON from its first argument, runs it, prints the result as one line of
// JSON. It runs apart from the server and from the bench, so that neither disturbs the other's clock.

import { runClosed } from '../src/load/closed.ts'
import { runOpen } from '../src/load/open.ts'
import { deal, makeTemplate, type Target, type Template } from '../src/load/templates.ts'
import { runBulk } from './load/bulk.ts'
import { makeTexts, type Variant } from './records.ts'

type Common = {
  readonly target: Target
  readonly serverPid: number
  readonly connections: number
  readonly warmupMs: number
  readonly measureMs: number
  /** Distinguishes the keys of this job from all others sent to the same server. */
  readonly run: number
  readonly variant: Variant
}
export type ClosedJob = Common & { readonly loop: 'closed'; readonly depth: number }
export type OpenJob = Common & { readonly loop: 'open'; readonly depth: number; readonly ratePerSecond: number }
export type BulkJob = Common & { readonly loop: 'bulk'; readonly recordsPerRequest: number }
export type Job = ClosedJob | OpenJob | BulkJob

const seed = 20_260_101
/** Distinct orders in each job; more connections than this get one each. */
const orderCount = 4096

function handsOf(job: ClosedJob | OpenJob): Template[][] {
  const texts = makeTexts(seed, job.run, Math.max(orderCount, job.connections), job.variant)
  const templates = texts.map((text) =>
    makeTemplate(job.target, text, (JSON.parse(text) as { orderId: string }).orderId),
  )
  return deal(templates, job.connections)
}

async function run(job: Job): Promise<unknown> {
  switch (job.loop) {
    case 'closed':
      return runClosed({ ...job, hands: handsOf(job) })
    case 'open':
      return runOpen({ ...job, hands: handsOf(job) })
    case 'bulk': {
      const texts = makeTexts(seed, job.run, job.recordsPerRequest * job.connections, job.variant)
      return runBulk({ ...job, texts, keys: texts.map((text) => (JSON.parse(text) as { orderId: string }).orderId) })
    }
  }
}

console.log(JSON.stringify(await run(JSON.parse(process.argv[2]!) as Job)))
