// Shows how far a transfer is: a bar on a terminal, a line now and then elsewhere. It goes to standard error, so that the
// summary on standard output can be piped.
import cliProgress from 'cli-progress'

export type Progress = {
  update(fileBytes: number, records: number): void
  stop(): void
}

const lineMs = 2_000

/** @param totalBytes 0 when nobody knows. */
export function makeProgress(totalBytes: number): Progress {
  return process.stderr.isTTY && totalBytes > 0 ? makeBar(totalBytes) : makeLines(totalBytes)
}

function makeBar(totalBytes: number): Progress {
  const startedMs = performance.now()
  const format = ' {bar} {percentage}% | {records} records | {rate}/s | {eta_formatted} left'
  const bar = new cliProgress.SingleBar({ format, hideCursor: true, clearOnComplete: false, etaBuffer: 50 })
  bar.start(totalBytes, 0, { records: '0', rate: '0' })
  return {
    update(fileBytes, records) {
      const rate = perSecond(records, performance.now() - startedMs)
      bar.update(fileBytes, { records: grouped(records), rate })
    },
    stop: () => bar.stop(),
  }
}

function makeLines(totalBytes: number): Progress {
  const startedMs = performance.now()
  let shownMs = startedMs
  return {
    update(fileBytes, records) {
      const nowMs = performance.now()
      if (nowMs - shownMs < lineMs) return
      shownMs = nowMs
      const share = totalBytes > 0 ? ` (${Math.floor((100 * fileBytes) / totalBytes)} %)` : ''
      process.stderr.write(`${grouped(records)} records${share}, ${perSecond(records, nowMs - startedMs)}/s\n`)
    },
    stop() {
      shownMs = Number.POSITIVE_INFINITY
    },
  }
}

/** Records a second, with thousands apart. */
export function perSecond(records: number, ms: number): string {
  return grouped(Math.round(records / Math.max(0.001, ms / 1000)))
}

export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}
