// What the built kernel may not contain: memory of its own, an allocator, a trap that running code can reach.
import { readFile } from 'node:fs/promises'
import binaryen from 'assemblyscript/binaryen'
import { beforeAll, describe, expect, test } from 'vitest'
import { abiVersion } from '../../src/kernel/abi.ts'
import { type KernelTarget, kernelFile, loadKernel } from '../../src/kernel/module.ts'
import { markerName } from '../../src/kernel/source.ts'

const targets: readonly KernelTarget[] = ['shared', 'plain']

describe.each(targets)('the %s build', (target) => {
  let module: WebAssembly.Module
  let source: Uint8Array

  beforeAll(async () => {
    module = await loadKernel(target)
    source = await readFile(kernelFile(target))
  })

  test('imports its memory and nothing else', () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }])
  })

  test('exports functions only, the marker of this ABI among them, and no allocator', () => {
    const exports = WebAssembly.Module.exports(module)
    expect(exports.filter(({ kind }) => kind !== 'function')).toEqual([])
    const names = exports.map(({ name }) => name)
    expect(names).toContain(markerName(abiVersion))
    expect(names.filter((name) => name.startsWith('__'))).toEqual([])
  })

  test('never grows its memory and reaches no trap of its own', () => {
    const code = binaryen.readBinary(source)
    expect(count(code.emitText(), 'memory.grow')).toBe(0)
    // A loop without an end is followed by `unreachable`, which is dead. What is left when dead code goes would trap.
    code.runPasses(['dce'])
    expect(count(code.emitText(), 'unreachable')).toBe(0)
    code.dispose()
  })
})

test('a loop that AssemblyScript compiles to a trap is seen by the check above', async () => {
  const source = `export function f(n: i32): bool {
    let k = 0
    if (n == 0) k++
    else for (;;) { k++; n--; if (n > 5) continue; if (n == 3) break; return false }
    return k > 2
  }`
  const asc = await import('assemblyscript/asc')
  const { binary, stderr } = await asc.compileString(source, { optimizeLevel: 3, runtime: 'stub' })
  expect(binary, stderr.toString()).not.toBeNull()
  const code = binaryen.readBinary(binary!)
  code.runPasses(['dce'])
  expect(count(code.emitText(), 'unreachable')).toBeGreaterThan(0)
  code.dispose()
})

function count(text: string, word: string): number {
  return text.split(word).length - 1
}
