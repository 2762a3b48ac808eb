// A line between two threads: each calls the other's functions by name. Calls of one turn travel in one message, and so do
// answers; what is called is per connection, per slab or rarer, never per record.
// What always holds: a call has one answer, also when the other thread is gone; functions run in the order of their calls.
import { type ErrorCode, SluiceError } from '../../errors.ts'

/** The functions of one end. Their arguments and results are plain data, or memory that is shared. */
type Calls = Readonly<Record<string, (...args: never[]) => unknown>>

/** One end's port: a `Worker`, or its `parentPort`. */
export type Port = {
  postMessage(messages: readonly Message[]): void
  on(event: 'message', listen: (messages: readonly Message[]) => void): unknown
}

export type Line<Theirs extends Calls> = {
  /** Calls and waits for the answer. @throws SluiceError as thrown there; Error when the other end is gone. */
  call<Name extends keyof Theirs>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>>
  /** Calls what cannot fail and has nothing to answer. */
  tell<Name extends keyof Theirs>(name: Name, ...args: Parameters<Theirs[Name]>): void
  /** The other end is gone: who waits for it is told so, and so is who calls from now on. */
  end(reason: string): void
  hasEnded(): boolean
}

type Failure = {
  readonly code: ErrorCode | undefined
  readonly detail: string
  readonly extra: Readonly<Record<string, unknown>>
}

type Message =
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly unknown[]; readonly id: number | undefined }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }

type Waiting = { readonly resolve: (value: never) => void; readonly reject: (error: Error) => void }

/** @param mine what the other end may call. */
export function openLine<Theirs extends Calls>(port: Port, mine: Calls): Line<Theirs> {
  const waiting = new Map<number, Waiting>()
  let outbox: Message[] = []
  let nextId = 0
  let ended: string | undefined

  function post(message: Message): void {
    if (ended !== undefined || outbox.push(message) > 1) return
    queueMicrotask(() => {
      const messages = outbox
      outbox = []
      port.postMessage(messages)
    })
  }

  function take(message: Message): void {
    if (message.kind === 'call') {
      run(message.name, message.args, message.id)
      return
    }
    const asker = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.kind === 'answer') asker?.resolve(message.value as never)
    else asker?.reject(errorOf(message.failure))
  }

  function run(name: string, args: readonly unknown[], id: number | undefined): void {
    const called = () => mine[name]?.(...(args as never[]))
    if (id === undefined) called()
    else answer(id, called)
  }

  // What is thrown is an answer as well; what is thrown where nobody waits for one ends the thread.
  function answer(id: number, called: () => unknown): void {
    new Promise((resolve) => resolve(called())).then(
      (value) => post({ kind: 'answer', id, value }),
      (error: unknown) => post({ kind: 'failure', id, failure: failureOf(error) }),
    )
  }

  port.on('message', (messages) => {
    for (const message of messages) take(message)
  })
  return {
    call: (name, ...args) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) return reject(new Error(ended))
        const id = nextId++
        waiting.set(id, { resolve, reject })
        post({ kind: 'call', name: String(name), args, id })
      }),
    tell: (name, ...args) => post({ kind: 'call', name: String(name), args, id: undefined }),
    end(reason) {
      ended ??= reason
      for (const { reject } of waiting.values()) reject(new Error(reason))
      waiting.clear()
    },
    hasEnded: () => ended !== undefined,
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof SluiceError) return { code: error.code, detail: error.message, extra: error.extra }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { code: undefined, detail, extra: {} }
}

function errorOf({ code, detail, extra }: Failure): Error {
  return code === undefined ? new Error(detail) : new SluiceError(code, detail, extra)
}
