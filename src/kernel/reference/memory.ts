// The shared memory as the JavaScript engine sees it: one buffer, a view for each width. Positions are addresses.
// It refuses nothing: who reads or writes has checked the bounds. Slabs and their tables are 4-aligned.

export type Memory = {
  readonly bytes: TextBuffer
  readonly view: DataView
  readonly words: Uint32Array
  readonly halves: Uint16Array
}

/** A Buffer with the two decoders behind `toString`, which spare the look-up of the encoding for each string. */
export type TextBuffer = Buffer & {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

export function viewMemory(buffer: ArrayBufferLike): Memory {
  return {
    bytes: Buffer.from(buffer as ArrayBuffer) as unknown as TextBuffer,
    view: new DataView(buffer),
    words: new Uint32Array(buffer),
    halves: new Uint16Array(buffer),
  }
}
