// What parseHead can come to, what it writes, and the bytes by which HTTP is cut up. src/kernel/heads.ts mirrors it.

/** More bytes are needed. */
export const INCOMPLETE: i32 = 0
/** Ambiguous or malformed: whoever would read on could be made to read something else than the next one does. */
export const REFUSE: i32 = -1
/** May be legal, and is for a parser that knows all of HTTP. */
export const HAND_OVER: i32 = -2

export const METHOD_GET: u32 = 1
export const METHOD_POST: u32 = 2

// Written to `out`, u32 each:
//   0  method
//   4  pathOffset      from the head's start
//   8  pathBytes
//  12  contentLength   0xffffffff for anything that long or longer
//  16  flags
/** The client asks to close the connection. */
export const FLAG_CLOSE: u32 = 1
/** The body is NDJSON. */
export const FLAG_LINES: u32 = 2

export const TAB: u32 = 0x09
export const LF: u32 = 0x0a
export const CR: u32 = 0x0d
export const SPACE: u32 = 0x20
