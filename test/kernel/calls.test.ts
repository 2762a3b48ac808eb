// Which function of the compiled kernel calls which: none comes back to itself, so no input can recurse or use up the stack,
// and none is called by way of a table or asks for more memory. Both builds. The one exception is the loader: constants in a
// program are read by a function that calls itself, at most as often as a value may have levels.
import { readFile } from 'node:fs/promises'
import binaryen from 'binaryen'
import { expect, test } from 'vitest'
import { kernelFile } from '../../src/kernel/module.ts'

/** Callees by function, as WebAssembly text has them. */
function callsIn(text: string): Map<string, Set<string>> {
  const calls = new Map<string, Set<string>>()
  for (const body of text.split('\n (func ').slice(1)) {
    const name = /^\S+/.exec(body)![0]
    calls.set(name, new Set(Array.from(body.matchAll(/\(call (\S+)/g), ([, callee]) => callee!.replace(')', ''))))
  }
  return calls
}

/** The functions behind the exports, by name. */
function exportsIn(text: string): Map<string, string> {
  return new Map(Array.from(text.matchAll(/\(export "(\w+)" \(func (\S+)\)\)/g), ([, name, inner]) => [name!, inner!]))
}

/** A way from one of the functions, or what it calls, back to itself; undefined when there is none. */
function circleIn(calls: ReadonlyMap<string, ReadonlySet<string>>, roots: Iterable<string>): string[] | undefined {
  const done = new Set<string>()
  const walk = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return [...way, name]
    if (done.has(name)) return undefined
    for (const callee of calls.get(name) ?? []) {
      const circle = walk(callee, [...way, name])
      if (circle !== undefined) return circle
    }
    done.add(name)
    return undefined
  }
  for (const name of roots) {
    const circle = walk(name, [])
    if (circle !== undefined) return circle
  }
  return undefined
}

test.each(['plain', 'shared'] as const)('no function of the %s build calls itself, by whatever way', async (target) => {
  const module = binaryen.readBinary(new Uint8Array(await readFile(kernelFile(target))))
  const text = module.emitText()
  module.dispose()
  const calls = callsIn(text)
  expect(calls.size).toBeGreaterThan(50)
  expect([...calls.values()].flatMap((callees) => [...callees]).filter((callee) => !calls.has(callee))).toEqual([])
  const roots = exportsIn(text)
  expect(roots.has('runSlab') && roots.delete('verifyProgram')).toBe(true)
  expect(circleIn(calls, roots.values())).toBeUndefined()
  expect(text).not.toMatch(/call_indirect|call_ref|return_call|memory\.grow/)
})

test('a circle is found where there is one', () => {
  const calls = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c', 'd'])],
    ['c', new Set<string>()],
    ['d', new Set(['b'])],
  ])
  expect(circleIn(calls, ['a'])).toEqual(['a', 'b', 'd', 'b'])
  expect(circleIn(calls, ['c'])).toBeUndefined()
})
