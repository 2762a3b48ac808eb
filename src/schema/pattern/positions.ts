// What stands before a position of the text, as far as look-behinds want to know: for each of them the states that its own
// expression may be in, beginning anew at each position. Positions that are alike in this are one.
import type { Reached } from './determine.ts'
import type { Expression } from './expression.ts'

export type Position = {
  readonly key: string
  /** For each look-behind the states it has come to, closed over edges that take nothing; for look-aheads nothing. */
  readonly watches: readonly (readonly number[])[]
  /** Position behind one more character, by its class. */
  readonly next: Map<number, Position>
  /** What states lead to here, as far as it was asked. */
  readonly reached: Map<number, readonly Reached[]>
}

export type Matcher = {
  readonly expression: Expression
  /** Where edges that take a character lead, by class and state. */
  readonly byClass: readonly (readonly (readonly number[])[])[]
  readonly positions: Map<string, Position>
}

export function makeMatcher(expression: Expression): Matcher {
  const byClass = expression.classes.map((_, taken) =>
    expression.states.map((state) => state.taking.filter(({ classes }) => classes.includes(taken)).map(({ to }) => to)),
  )
  return { expression, byClass, positions: new Map() }
}

export function firstPosition(matcher: Matcher): Position {
  return positionOf(matcher, [])
}

export function nextPosition(matcher: Matcher, position: Position, taken: number): Position {
  const known = position.next.get(taken)
  if (known !== undefined) return known
  const edges = matcher.byClass[taken] ?? []
  const next = positionOf(
    matcher,
    position.watches.map((states) => states.flatMap((state) => edges[state] ?? [])),
  )
  position.next.set(taken, next)
  return next
}

/** Whether what a look-behind looks for ends at the position. */
export function watchHolds(matcher: Matcher, look: number, { watches }: Pick<Position, 'watches'>): boolean {
  return (watches[look] ?? []).includes(matcher.expression.looks[look]?.accept as number)
}

/** The position where look-behinds have come to these states. Inner ones stand before those that ask them. */
function positionOf(matcher: Matcher, open: readonly (readonly number[])[]): Position {
  const watches: number[][] = []
  for (const [look, { kind, start }] of matcher.expression.looks.entries()) {
    watches.push(kind === 'behind' ? close(matcher, [...(open[look] ?? []), start], watches) : [])
  }
  const key = watches.map((watch) => watch.join()).join(';')
  const known = matcher.positions.get(key)
  if (known !== undefined) return known
  const position = { key, watches, next: new Map(), reached: new Map() }
  matcher.positions.set(key, position)
  return position
}

/** All states that lead from these without taking a character. There is no look-ahead in a look-behind. */
function close(matcher: Matcher, from: readonly number[], watches: readonly (readonly number[])[]): number[] {
  const closed = new Set(from)
  for (const state of closed) {
    for (const { to, look } of matcher.expression.states[state]?.free ?? []) {
      const negate = look !== undefined && matcher.expression.looks[look]?.negate === true
      if (look === undefined || watchHolds(matcher, look, { watches }) !== negate) closed.add(to)
    }
  }
  return [...closed].sort((a, b) => a - b)
}
