// Processor time and memory of another process, from /proc. Where there is no /proc (not Linux) the answers are undefined,
// and the tables show a dash.
import { readFileSync } from 'node:fs'

// USER_HZ is 100 on every Linux that Node runs on; the kernel scales its exact times to it.
const msPerTick = 10

/** User plus system time of all threads of a process so far, in ms. */
export function readCpuMs(pid: number): number | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name in parentheses may contain anything; the fields after it are fixed. utime and stime are fields 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * msPerTick
}

/** Processor time in µs for each of `count`; undefined when it could not be read or there was nothing to divide it among. */
export function usEach(cpuMs: number | undefined, count: number): number | undefined {
  return cpuMs === undefined || count === 0 ? undefined : (cpuMs * 1000) / count
}

/** Resident memory, in bytes. */
export function readRssBytes(pid: number): number | undefined {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(`/proc/${pid}/status`) ?? '')?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}
