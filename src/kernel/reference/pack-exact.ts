// Packs the tree of the exact parser and notes on each value how many bytes it took.
// It refuses nothing: the parser has. The target must have room.
import type { Exact } from './exact.ts'
import { putArrayHeader, putBigInt, putMapHeader, putNull, putNumber, putString } from './pack.ts'

/** Writes a value at `start`; returns the position after it. */
export function packExact(target: Uint8Array, start: number, exact: Exact): number {
  const end = put(target, start, exact.value)
  exact.packedBytes = end - start
  return end
}

function put(target: Uint8Array, start: number, value: Exact['value']): number {
  switch (typeof value) {
    case 'string':
      return putString(target, start, value)
    case 'number':
      return putNumber(target, start, value)
    case 'bigint':
      return putBigInt(target, start, value)
    case 'boolean':
      target[start] = value ? 0xc3 : 0xc2
      return start + 1
    default:
      return value === null ? putNull(target, start) : putContainer(target, start, value)
  }
}

function putContainer(target: Uint8Array, start: number, value: readonly Exact[] | ReadonlyMap<string, Exact>): number {
  let at = start
  if (value instanceof Map) {
    at = putMapHeader(target, at, value.size)
    for (const [key, member] of value as ReadonlyMap<string, Exact>) {
      at = packExact(target, putString(target, at, key), member)
    }
    return at
  }
  const elements = value as readonly Exact[]
  at = putArrayHeader(target, at, elements.length)
  for (const element of elements) at = packExact(target, at, element)
  return at
}
