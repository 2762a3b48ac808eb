// Makes an expression deterministic: which characters, one by one, lead to a match somewhere in the text.
//
// A look-behind is watched from the start of the text on: a set of states that begins anew at each position. A look-ahead
// is an obligation: the rest of the text must, or must not, match something. So what may still match is a set of threads,
// any of which is enough; a thread is a state and obligations, all of which must be kept; an obligation is threads again.
// The states of the automaton are these sets, as far as they are reached.
import { type Expression, PatternError } from './expression.ts'

type Obligation = { readonly negate: boolean; readonly goal: number; readonly threads: Threads; readonly key: string }
type Thread = { readonly state: number; readonly obligations: readonly Obligation[]; readonly key: string }
/** `true`: whatever follows, it matches. */
type Threads = readonly Thread[] | true
/** For each look-behind the states it has come to; for look-aheads nothing. */
type Watches = readonly (readonly number[])[]

/** A deterministic automaton over the classes of an expression. */
export type ClassAutomaton = {
  readonly start: number
  /** Next state by state and class. */
  readonly next: readonly (readonly number[])[]
  readonly accepts: readonly boolean[]
  readonly classCount: number
}

type Reached = { readonly state: number; readonly added: readonly Obligation[] }

/** @throws PatternError when more than `stateCountMax` states are reached. */
export function determine(expression: Expression, stateCountMax: number): ClassAutomaton {
  const classCount = expression.classes.length
  const numbers = new Map<string, number>()
  const states: { threads: Threads; watches: Watches }[] = []
  const numberOf = (threads: Threads, watches: Watches) => {
    const isTrue = threads === true || matchesAlready(expression, threads, expression.accept, watches)
    const key = isTrue ? 'true' : `${keyOf(threads)}#${watches.map((watch) => watch.join()).join(';')}`
    const known = numbers.get(key)
    if (known !== undefined) return known
    if (states.length >= stateCountMax) throw new PatternError(`it needs more than ${stateCountMax} states`)
    numbers.set(key, states.length)
    return states.push({ threads: isTrue ? true : threads, watches }) - 1
  }
  const seed = makeThread(expression.start, [])
  const start = numberOf([seed], firstWatches(expression))
  const next: number[][] = []
  const accepts: boolean[] = []
  for (let index = 0; index < states.length; index++) {
    const { threads, watches } = states[index] as { threads: Threads; watches: Watches }
    accepts.push(threads === true || acceptsAtEnd(expression, threads, expression.accept, watches))
    next.push(
      Array.from({ length: classCount }, (_, taken) => {
        if (threads === true) return index
        const stepped = step(expression, threads, expression.accept, taken, watches)
        // A match may begin at any later position too.
        const later = nextWatches(expression, watches, taken)
        return numberOf(stepped === true ? true : union([...stepped, seed]), later)
      }),
    )
  }
  return { start, next, accepts, classCount }
}

function makeThread(state: number, obligations: readonly Obligation[]): Thread {
  const sorted = [...new Map(obligations.map((each) => [each.key, each])).values()].sort((a, b) =>
    a.key < b.key ? -1 : 1,
  )
  return { state, obligations: sorted, key: `${state}${sorted.map(({ key }) => `(${key})`).join('')}` }
}

function keyOf(threads: Threads): string {
  return threads === true ? 'true' : threads.map(({ key }) => key).join()
}

function makeObligation(negate: boolean, goal: number, threads: Threads): Obligation {
  return { negate, goal, threads, key: `${negate ? '!' : ''}${goal}:${keyOf(threads)}` }
}

function union(threads: readonly Thread[]): Thread[] {
  const byKey = new Map(threads.map((thread) => [thread.key, thread]))
  return [...byKey.values()].sort((a, b) => a.state - b.state || (a.key < b.key ? -1 : 1))
}

/** Where a state leads without taking a character, with the obligations met on the way. */
function reach(expression: Expression, from: number, watches: Watches): Reached[] {
  const found = new Map<string, Reached>()
  const visit = (state: number, added: readonly Obligation[]) => {
    const { key, obligations } = makeThread(state, added)
    if (found.has(key)) return
    found.set(key, { state, added: obligations })
    for (const { to, look } of expression.states[state]?.free ?? []) {
      if (look === undefined) visit(to, obligations)
      else {
        const { kind, negate, start, accept } = expression.looks[look] as Expression['looks'][number]
        if (kind === 'ahead') visit(to, [...obligations, makeObligation(negate, accept, [makeThread(start, [])])])
        else if (watchHolds(expression, look, watches) !== negate) visit(to, obligations)
      }
    }
  }
  visit(from, [])
  return [...found.values()]
}

/** Whether some thread has come to its goal and owes nothing. */
function matchesAlready(expression: Expression, threads: readonly Thread[], goal: number, watches: Watches): boolean {
  return threads.some(
    (thread) =>
      thread.obligations.length === 0 &&
      reach(expression, thread.state, watches).some(({ state, added }) => state === goal && added.length === 0),
  )
}

/** The threads after one character. A thread at its goal stays there, for what it still owes. */
function step(expression: Expression, threads: Threads, goal: number, taken: number, watches: Watches): Threads {
  if (threads === true) return true
  const after: Thread[] = []
  for (const thread of threads) {
    for (const { state, added } of reach(expression, thread.state, watches)) {
      const kept = stepObligations(expression, [...thread.obligations, ...added], taken, watches)
      if (kept === undefined) continue
      if (state === goal) {
        if (kept.length === 0) return true
        after.push(makeThread(goal, kept))
      }
      for (const { to, classes } of expression.states[state]?.taking ?? []) {
        if (classes.includes(taken)) after.push(makeThread(to, kept))
      }
    }
  }
  return union(after)
}

/** What is still owed after one character; undefined: one was broken. */
function stepObligations(expression: Expression, owed: readonly Obligation[], taken: number, watches: Watches) {
  const kept: Obligation[] = []
  for (const { negate, goal, threads } of owed) {
    const later = nextWatches(expression, watches, taken)
    const stepped = step(expression, threads, goal, taken, watches)
    const isTrue = stepped === true || matchesAlready(expression, stepped, goal, later)
    const isFalse = !isTrue && (stepped as readonly Thread[]).length === 0
    if (negate ? isTrue : isFalse) return undefined
    if (!isTrue && !isFalse) kept.push(makeObligation(negate, goal, stepped))
  }
  return kept
}

/** Whether some thread comes to its goal, with nothing owed, when the text ends here. */
function acceptsAtEnd(expression: Expression, threads: Threads, goal: number, watches: Watches): boolean {
  if (threads === true) return true
  const isKept = (each: Obligation) => acceptsAtEnd(expression, each.threads, each.goal, watches) !== each.negate
  return threads.some(
    (thread) =>
      thread.obligations.every(isKept) &&
      reach(expression, thread.state, watches).some(({ state, added }) => state === goal && added.every(isKept)),
  )
}

/** Whether what a look-behind looks for ends here. Its states stand closed in the watches. */
function watchHolds(expression: Expression, look: number, watches: Watches): boolean {
  return (watches[look] ?? []).includes(expression.looks[look]?.accept as number)
}

/** Closes the states of each look-behind over edges that take nothing; inner ones come first. */
function closeWatches(expression: Expression, open: readonly (readonly number[])[]): Watches {
  const watches: number[][] = []
  for (const [index, { kind, start }] of expression.looks.entries()) {
    const states = kind === 'behind' ? [...(open[index] ?? []), start] : []
    const closed = states.flatMap((state) => reach(expression, state, watches).map((reached) => reached.state))
    watches.push([...new Set(closed)].sort((a, b) => a - b))
  }
  return watches
}

function firstWatches(expression: Expression): Watches {
  return closeWatches(expression, [])
}

function nextWatches(expression: Expression, watches: Watches, taken: number): Watches {
  const open = watches.map((states) =>
    states.flatMap((state) =>
      (expression.states[state]?.taking ?? []).filter(({ classes }) => classes.includes(taken)).map(({ to }) => to),
    ),
  )
  return closeWatches(expression, open)
}
