// A process that drains the log of a directory until it is killed or done; one line a batch says how far it is.
import { openTestDrain } from './fixture.ts'
import { killStreams } from './kill-streams.ts'

const [dir = '', end = ''] = process.argv.slice(2)
// Small batches at a pace that leaves time to be killed.
const drain = { batchBytesMax: 8192, recordsPerSecond: 20_000, pollMs: 5 }
const running = await openTestDrain({ dir, streams: killStreams, committed: [Number(end)], drain })
const timer = setInterval(() => process.stdout.write(`${running.batches.at(-1)?.nextOffset ?? 0}\n`), 1)
await running.drained(0, Number(end))
clearInterval(timer)
await running.drain.close()
