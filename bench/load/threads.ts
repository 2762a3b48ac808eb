// Processor time of each thread of another process, from /proc, by the names the threads carry.
import { readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds each thread has run, by `name#id`. Threads that ended are not in it. */
export function readThreadNs(pid: number): Map<string, number> {
  const dir = `/proc/${pid}/task`
  return new Map(readdirSync(dir).flatMap((id) => readThread(`${dir}/${id}`, id)))
}

function readThread(dir: string, id: string): [string, number][] {
  try {
    const name = readFileSync(`${dir}/comm`, 'utf8').trim()
    const ns = Number(readFileSync(`${dir}/schedstat`, 'utf8').split(' ')[0])
    return [[`${name}#${id}`, ns]]
  } catch (error) {
    // A thread may end between being listed and being read.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ESRCH')
      return []
    throw error
  }
}

/** What each thread ran between two readings, the busiest first; ns. */
export function threadNsBetween(before: Map<string, number>, after: Map<string, number>): [string, number][] {
  return [...after]
    .map(([thread, ns]): [string, number] => [thread, ns - (before.get(thread) ?? 0)])
    .filter(([, ns]) => ns > 0)
    .sort((a, b) => b[1] - a[1])
}
