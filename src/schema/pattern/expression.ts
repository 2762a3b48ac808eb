// An ECMA-262 regular expression (flag u) as a nondeterministic automaton over classes of code points that no part of the
// expression tells apart. refa parses the expression; look-around stays in the automaton as edges with a condition.
// It refuses what is not regular: back references that cannot be written out, look-ahead inside look-behind.
import { CharBase, type CharSet, JS, type Node, type NoParent } from 'refa'
import { writeOutProperties } from './characters.ts'

/** What an edge needs to be passed: nothing but the position. */
export type Look = {
  readonly kind: 'ahead' | 'behind'
  readonly negate: boolean
  /** Start of the look-around's own automaton, whose end is `accept`. */
  readonly start: number
  readonly accept: number
}

export type State = {
  /** Edges that take no character; `look`: index of the look-around that must hold here. */
  readonly free: { readonly to: number; readonly look: number | undefined }[]
  /** Edges that take one character of a class. */
  readonly taking: { readonly to: number; readonly classes: readonly number[] }[]
}

export type Expression = {
  readonly states: State[]
  /** Inner look-arounds stand before those that contain them. */
  readonly looks: Look[]
  readonly start: number
  readonly accept: number
  /** Disjoint sets that together are all code points. */
  readonly classes: readonly CharSet[]
}

type Piece = { readonly from: number; readonly to: number }
type Builder = {
  readonly states: State[]
  readonly looks: Look[]
  readonly base: CharBase
  readonly stateCountMax: number
  behindDepth: number
}

/** Says why an expression is no automaton of ours. */
export class PatternError extends Error {}

const codePointMax = 0x10ffff

/**
 * Parses an expression.
 * @throws PatternError when it is malformed, not regular, or needs more than `stateCountMax` states.
 */
export function parseExpression(pattern: string, stateCountMax: number): Expression {
  const { expression, maxCharacter } = parse(pattern)
  const sets: CharSet[] = []
  visitSets(expression, (set) => sets.push(set))
  const all = JS.createCharSet([{ kind: 'any' }], { unicode: true, dotAll: true })
  if (maxCharacter !== codePointMax) throw new PatternError('characters are no code points')
  const builder: Builder = { states: [], looks: [], base: new CharBase([...sets, all]), stateCountMax, behindDepth: 0 }
  const whole = addAlternatives(builder, expression.alternatives)
  const { states, looks, base } = builder
  return { states, looks, start: whole.from, accept: whole.to, classes: base.sets }
}

function parse(pattern: string) {
  try {
    return JS.Parser.fromLiteral({ source: writeOutProperties(pattern), flags: 'u' }).parse({
      backreferences: 'throw',
      assertions: 'parse',
    })
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error))
  }
}

function visitSets(node: NoParent<Node>, visit: (set: CharSet) => void): void {
  if (node.type === 'CharacterClass') visit(node.characters)
  else if (node.type === 'Concatenation') for (const element of node.elements) visitSets(element, visit)
  else if (node.type !== 'Unknown') for (const alternative of node.alternatives) visitSets(alternative, visit)
}

function addState({ states, stateCountMax }: Builder): number {
  if (states.length >= stateCountMax) throw new PatternError(`it needs more than ${stateCountMax} states`)
  return states.push({ free: [], taking: [] }) - 1
}

function link({ states }: Builder, from: number, to: number, look?: number): void {
  states[from]?.free.push({ to, look })
}

/** Thompson's construction (Communications of the ACM 11, 1968): one start and one end for each part. */
function addAlternatives(builder: Builder, alternatives: readonly NoParent<Node>[]): Piece {
  const piece = { from: addState(builder), to: addState(builder) }
  for (const alternative of alternatives) {
    const { from, to } = addNode(builder, alternative)
    link(builder, piece.from, from)
    link(builder, to, piece.to)
  }
  return piece
}

function addNode(builder: Builder, node: NoParent<Node>): Piece {
  switch (node.type) {
    case 'Concatenation':
      return addSequence(builder, node.elements)
    case 'CharacterClass': {
      const piece = { from: addState(builder), to: addState(builder) }
      builder.states[piece.from]?.taking.push({ to: piece.to, classes: builder.base.split(node.characters) })
      return piece
    }
    case 'Quantifier':
      return addRepeated(builder, node.alternatives, node.min, node.max)
    case 'Assertion':
      return addLook(builder, node)
    case 'Unknown':
      throw new PatternError('a part of it is not known')
    default:
      return addAlternatives(builder, node.alternatives)
  }
}

function addSequence(builder: Builder, elements: readonly NoParent<Node>[]): Piece {
  const from = addState(builder)
  let to = from
  for (const element of elements) {
    const piece = addNode(builder, element)
    link(builder, to, piece.from)
    to = piece.to
  }
  return { from, to }
}

/** `min` copies, then a loop, or copies that may be passed over. */
function addRepeated(builder: Builder, alternatives: readonly NoParent<Node>[], min: number, max: number): Piece {
  const from = addState(builder)
  let to = from
  for (let count = 0; count < min; count++) {
    const piece = addAlternatives(builder, alternatives)
    link(builder, to, piece.from)
    to = piece.to
  }
  if (max === Infinity) {
    const piece = addAlternatives(builder, alternatives)
    const end = addState(builder)
    link(builder, to, piece.from)
    link(builder, piece.to, piece.from)
    link(builder, to, end)
    link(builder, piece.to, end)
    return { from, to: end }
  }
  const end = addState(builder)
  for (let count = min; count < max; count++) {
    const piece = addAlternatives(builder, alternatives)
    link(builder, to, end)
    link(builder, to, piece.from)
    to = piece.to
  }
  link(builder, to, end)
  return { from, to: end }
}

type Assertion = {
  readonly kind: 'ahead' | 'behind'
  readonly negate: boolean
  readonly alternatives: readonly NoParent<Node>[]
}

function addLook(builder: Builder, { kind, negate, alternatives }: Assertion): Piece {
  if (kind === 'ahead' && builder.behindDepth > 0) throw new PatternError('it looks ahead inside of a look-behind')
  if (kind === 'behind') builder.behindDepth++
  const inner = addAlternatives(builder, alternatives)
  if (kind === 'behind') builder.behindDepth--
  const look = builder.looks.push({ kind, negate, start: inner.from, accept: inner.to }) - 1
  const piece = { from: addState(builder), to: addState(builder) }
  link(builder, piece.from, piece.to, look)
  return piece
}
