// What must hold if the code is right: a broken one is a bug, and stops whoever found it. Like node:assert, but for browsers
// as well: the kernel's files run there too.

/** @throws Error with the message when the condition does not hold. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
