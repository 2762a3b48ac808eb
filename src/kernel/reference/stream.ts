// What the JavaScript engine keeps for a stream: its limits, its rules, Ajv's compiled check where that is exact, and how its
// key is found. Made once from the compiled schema, never changed.
import { depthMax, keyBytesMax, recordBytesMax } from '../../limits.ts'
import type { CompiledSchema } from '../../schema/compile.ts'
import { compileWithAjv } from './ajv.ts'
import type { Exact } from './exact.ts'
import { exactChild, type KeyFinder, makeKeyFinder, plainChild } from './key.ts'
import { makeRules, type Rules } from './schema/rules.ts'

export type Stream = {
  readonly recordBytesMax: number
  readonly depthMax: number
  readonly keyBytesMax: number
  /** The stored value is the record's own text. */
  readonly isJsonValue: boolean
  readonly hasKey: boolean
  readonly plainKey: KeyFinder<unknown>
  readonly exactKey: KeyFinder<Exact>
  readonly rules: Rules
  /** Whether a value made by JSON.parse fits; undefined: only the rules can tell. */
  readonly fits: ((value: unknown) => boolean) | undefined
}

export function makeStream(compiled: CompiledSchema): Stream {
  const { options } = compiled
  const keyMax = Math.min(options.keyBytesMax, keyBytesMax)
  return {
    recordBytesMax: Math.min(options.recordBytesMax, recordBytesMax),
    depthMax: Math.min(options.depthMax, depthMax),
    keyBytesMax: keyMax,
    isJsonValue: options.value === 'json',
    hasKey: options.keyPointers.length > 0,
    plainKey: makeKeyFinder(options.keyPointers, keyMax, plainChild, (value) => value),
    exactKey: makeKeyFinder(options.keyPointers, keyMax, exactChild, (exact) => exact.value),
    rules: makeRules(compiled),
    fits: compileWithAjv(compiled),
  }
}
