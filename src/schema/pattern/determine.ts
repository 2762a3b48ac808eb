// Makes an expression deterministic: which characters, one by one, lead to a match somewhere in the text.
//
// What may still match is a set of threads, any of which is enough. A thread is a state and obligations, all of which must
// be kept; an obligation is a look-ahead: threads again, of which the rest of the text must, or must not, match one.
// Look-behinds are watched from the start of the text on (positions.ts). The states of the automaton are these sets, as
// far as they are reached.
import { type Expression, PatternError } from './expression.ts'
import { firstPosition, type Matcher, makeMatcher, nextPosition, type Position, watchHolds } from './positions.ts'

export type Obligation = {
  readonly negate: boolean
  readonly goal: number
  readonly threads: Threads
  readonly key: string
}
type Thread = { readonly state: number; readonly obligations: readonly Obligation[]; readonly key: string }
/** `true`: whatever follows, it matches. */
type Threads = readonly Thread[] | true

/** Where a state leads without taking a character, and what is owed for the way. */
export type Reached = { readonly state: number; readonly owed: readonly Obligation[] }

/** A deterministic automaton over the classes of an expression. */
export type ClassAutomaton = {
  readonly start: number
  /** Next state by state and class. */
  readonly next: readonly (readonly number[])[]
  readonly accepts: readonly boolean[]
  readonly classCount: number
}

type Builder = {
  readonly matcher: Matcher
  readonly seed: Thread
  readonly numbers: Map<string, number>
  readonly states: { readonly threads: Threads; readonly position: Position }[]
  readonly stateCountMax: number
}

/** @throws PatternError when more than `stateCountMax` states are reached. */
export function determine(expression: Expression, stateCountMax: number): ClassAutomaton {
  const matcher = makeMatcher(expression)
  const seed = makeThread(expression.start, [])
  const builder: Builder = { matcher, seed, numbers: new Map(), states: [], stateCountMax }
  const classes = expression.classes.map((_, taken) => taken)
  const start = numberOf(builder, [seed], firstPosition(matcher))
  const next: number[][] = []
  const accepts: boolean[] = []
  for (const [index, { threads, position }] of builder.states.entries()) {
    accepts.push(acceptsAtEnd(matcher, threads, expression.accept, position))
    next.push(classes.map((taken) => (threads === true ? index : follow(builder, threads, position, taken))))
  }
  return { start, next, accepts, classCount: classes.length }
}

/** The number of the state after one character. A match may begin behind that character too. */
function follow(builder: Builder, threads: readonly Thread[], position: Position, taken: number): number {
  const { matcher, seed } = builder
  const stepped = step(matcher, threads, matcher.expression.accept, taken, position)
  const later = nextPosition(matcher, position, taken)
  return numberOf(builder, stepped === true ? true : union([...stepped, seed]), later)
}

function numberOf({ matcher, numbers, states, stateCountMax }: Builder, given: Threads, position: Position): number {
  const isTrue = given === true || matchesAlready(matcher, given, matcher.expression.accept, position)
  const threads = isTrue ? true : given
  const key = isTrue ? 'true' : `${keyOf(threads)}#${position.key}`
  const known = numbers.get(key)
  if (known !== undefined) return known
  if (states.length >= stateCountMax) throw new PatternError(`it needs more than ${stateCountMax} states`)
  numbers.set(key, states.length)
  return states.push({ threads, position }) - 1
}

function makeThread(state: number, obligations: readonly Obligation[]): Thread {
  if (obligations.length === 0) return { state, obligations, key: String(state) }
  const byKey = new Map(obligations.map((each) => [each.key, each]))
  const sorted = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
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

/** Everything a state leads to at a position without taking a character. */
function reach(matcher: Matcher, from: number, position: Position): readonly Reached[] {
  const known = position.reached.get(from)
  if (known !== undefined) return known
  const { states, looks } = matcher.expression
  const found = new Map<string, Reached>()
  const waiting = [makeThread(from, [])]
  for (let thread = waiting.pop(); thread !== undefined; thread = waiting.pop()) {
    if (found.has(thread.key)) continue
    const owed = thread.obligations
    found.set(thread.key, { state: thread.state, owed })
    for (const { to, look } of states[thread.state]?.free ?? []) {
      if (look === undefined) {
        waiting.push(makeThread(to, owed))
        continue
      }
      const { kind, negate, start, accept } = looks[look] as Expression['looks'][number]
      if (kind === 'ahead') {
        waiting.push(makeThread(to, [...owed, makeObligation(negate, accept, [makeThread(start, [])])]))
      } else if (watchHolds(matcher, look, position) !== negate) waiting.push(makeThread(to, owed))
    }
  }
  const reached = [...found.values()]
  position.reached.set(from, reached)
  return reached
}

/** Whether some thread has come to its goal and owes nothing. */
function matchesAlready(matcher: Matcher, threads: readonly Thread[], goal: number, position: Position): boolean {
  return threads.some(
    (thread) =>
      thread.obligations.length === 0 &&
      reach(matcher, thread.state, position).some(({ state, owed }) => state === goal && owed.length === 0),
  )
}

/** The threads after one character. A thread at its goal stays there, for what it still owes. */
function step(matcher: Matcher, threads: Threads, goal: number, taken: number, position: Position): Threads {
  if (threads === true) return true
  const after: Thread[] = []
  for (const thread of threads) {
    for (const { state, owed } of reach(matcher, thread.state, position)) {
      const edges = matcher.byClass[taken]?.[state] ?? []
      if (state !== goal && edges.length === 0) continue
      const kept = stepObligations(matcher, [...thread.obligations, ...owed], taken, position)
      if (kept === undefined) continue
      if (state === goal && kept.length === 0) return true
      if (state === goal) after.push(makeThread(goal, kept))
      for (const to of edges) after.push(makeThread(to, kept))
    }
  }
  return union(after)
}

/** What is still owed after one character; undefined: one obligation was broken. */
function stepObligations(matcher: Matcher, owed: readonly Obligation[], taken: number, position: Position) {
  const kept: Obligation[] = []
  for (const { negate, goal, threads } of owed) {
    const later = nextPosition(matcher, position, taken)
    const stepped = step(matcher, threads, goal, taken, position)
    const isTrue = stepped === true || matchesAlready(matcher, stepped, goal, later)
    const isFalse = !isTrue && (stepped as readonly Thread[]).length === 0
    if (negate ? isTrue : isFalse) return undefined
    if (!isTrue && !isFalse) kept.push(makeObligation(negate, goal, stepped))
  }
  return kept
}

/** Whether some thread comes to its goal, with all that it owes kept, when the text ends here. */
function acceptsAtEnd(matcher: Matcher, threads: Threads, goal: number, position: Position): boolean {
  if (threads === true) return true
  const isKept = (each: Obligation) => acceptsAtEnd(matcher, each.threads, each.goal, position) !== each.negate
  return threads.some(
    (thread) =>
      thread.obligations.every(isKept) &&
      reach(matcher, thread.state, position).some(({ state, owed }) => state === goal && owed.every(isKept)),
  )
}
