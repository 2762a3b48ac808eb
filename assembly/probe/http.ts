// What the tests of assembly/http call.

export { parseHead } from '../http/head'

/** First address that is free for the host. */
export function heapBase(): i32 {
  return <i32>__heap_base
}
