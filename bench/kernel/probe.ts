// The kernel's stages by themselves: assembly/probe/bench.ts, built with the kernel's own options into build/probe/, over one
// plain memory in which the inputs stand side by side. It hands out addresses and never takes one back.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { instantiateSync } from '@assemblyscript/loader'

type Exports = {
  heapBase(): number
  scratchBytes(): number
  setSeed(low: number, high: number): void
  parse(input: number, end: number, output: number, outputEnd: number, scratch: number, depthMax: number): number
  getParsedEnd(): number
  verifyProgram(program: number, bytes: number): number
  validateEach(values: number, count: number, program: number, scratch: number): number
  checksumEach(messages: number, bytes: number, stride: number, count: number, scratch: number, out: number): void
  xxh64(key: number, bytes: number, out: number): void
  hashEach(keys: number, bytes: number, count: number, out: number): void
}

export type Probe = {
  readonly exports: Exports
  readonly scratch: number
  /** The whole memory. */
  readonly memory: Buffer
  /** Address of `bytes` bytes nobody else is given; 64 more behind them may be read. */
  reserve(bytes: number): number
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const file = 'build/probe/bench.wasm'
const pageBytes = 65_536
// Pages that are never written cost nothing.
const memoryPages = 4096

/** Compiles the probe from the sources as they stand. */
export function buildProbe(): void {
  const compiler = fileURLToPath(import.meta.resolve('assemblyscript/bin/asc.js'))
  const options = ['--config', 'asconfig.json', '--target', 'plain', '--outFile', file]
  execFileSync(process.execPath, [compiler, 'assembly/probe/bench.ts', ...options], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** An instance of what `buildProbe` built. @throws Error when it was not called, ever. */
export function openProbe(): Probe {
  if (!existsSync(`${root}/${file}`)) throw new Error(`${file} was not built`)
  const memory = new WebAssembly.Memory({ initial: memoryPages, maximum: memoryPages })
  const module = new WebAssembly.Module(readFileSync(`${root}/${file}`))
  const { exports } = instantiateSync<Exports>(module, { env: { memory } })
  exports.setSeed(1, 2)
  let next = exports.heapBase()
  const reserve = (bytes: number): number => {
    const address = (next + 63) & ~63
    next = address + bytes + 64
    if (next > memoryPages * pageBytes) throw new Error(`the probe's memory of ${memoryPages} pages is used up`)
    return address
  }
  return { exports, scratch: reserve(exports.scratchBytes()), memory: Buffer.from(memory.buffer), reserve }
}

/** Writes every text behind the one before and returns where each is. */
export function placeAll(
  probe: Probe,
  texts: readonly Uint8Array[],
): { readonly start: number; readonly end: number }[] {
  const total = texts.reduce((sum, { length }) => sum + length, 0)
  let at = probe.reserve(total)
  return texts.map((text) => {
    probe.memory.set(text, at)
    const start = at
    at += text.length
    return { start, end: at }
  })
}
