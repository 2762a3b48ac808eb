// Grows a program item by item. It knows items and their addresses, nothing of what they mean.

import { unsupported } from './keywords.ts'
import { programBytesMax } from './layout.ts'

export type Writer = {
  bytes: Uint8Array
  view: DataView
  /** Where the next item starts. */
  end: number
  /** Where items start. */
  readonly starts: number[]
}

export function makeWriter(start: number): Writer {
  const bytes = new Uint8Array(4096)
  return { bytes, view: new DataView(bytes.buffer), end: start, starts: [] }
}

function grow(writer: Writer, bytesNeeded: number): void {
  if (bytesNeeded > programBytesMax)
    throw unsupported('', '', `the compiled schema is longer than ${programBytesMax} bytes`)
  if (bytesNeeded <= writer.bytes.length) return
  const bytes = new Uint8Array(Math.max(bytesNeeded, 2 * writer.bytes.length))
  bytes.set(writer.bytes)
  writer.bytes = bytes
  writer.view = new DataView(bytes.buffer)
}

/** Appends an item of at least `bytes` bytes, zero but for its first word; returns its offset. */
export function addItem(writer: Writer, op: number, bytes: number): number {
  const offset = writer.end
  const units = Math.ceil(bytes / 8)
  grow(writer, offset + units * 8)
  writer.end = offset + units * 8
  writer.starts.push(offset)
  writer.view.setUint32(offset, op | (units << 8), true)
  return offset
}

export function putU16(writer: Writer, offset: number, value: number): void {
  writer.view.setUint16(offset, value, true)
}

export function putU32(writer: Writer, offset: number, value: number): void {
  writer.view.setUint32(offset, value, true)
}

export function putU64(writer: Writer, offset: number, value: bigint): void {
  writer.view.setBigUint64(offset, BigInt.asUintN(64, value), true)
}

export function putF64(writer: Writer, offset: number, value: number): void {
  writer.view.setFloat64(offset, value, true)
}

export function putBytes(writer: Writer, offset: number, bytes: Uint8Array): void {
  writer.bytes.set(bytes, offset)
}

export function putSlot(writer: Writer, offset: number, kind: number, operand: number): void {
  putU32(writer, offset, kind)
  putU32(writer, offset + 4, operand)
}
