// Cycles in the graph of a schema. One that stays at the same value could never end and is refused; one that goes on to
// children makes the schema recursive, so that its references are charged (docs/schema.md, "Steps").
import { unsupported } from './keywords.ts'
import type { SchemaNode } from './node.ts'

// Each takes at most two of the kernel's 15,000 frames, on each of the 128 levels a record may have.
const nestingMax = 48

const inPlaceOne = ['$ref', '$dynamicRef', 'not', 'if', 'then', 'else']
const inPlaceMany = ['allOf', 'anyOf', 'oneOf']
const inPlaceNamed = ['dependentSchemas']

type Edges = (node: SchemaNode) => readonly SchemaNode[]

/** Subschemas that apply to the same value. */
function inPlaceEdges(node: SchemaNode): SchemaNode[] {
  return [
    ...inPlaceOne.flatMap((keyword) => node.one[keyword] ?? []),
    ...inPlaceMany.flatMap((keyword) => node.many[keyword] ?? []),
    ...inPlaceNamed.flatMap((keyword) => (node.named[keyword] ?? []).map(([, child]) => child)),
  ]
}

/** All subschemas that apply to something. */
function allEdges(node: SchemaNode): SchemaNode[] {
  const named = Object.entries(node.named).filter(([keyword]) => keyword !== '$defs')
  return [
    ...Object.values(node.one),
    ...Object.values(node.many).flat(),
    ...named.flatMap(([, children]) => children.map(([, child]) => child)),
  ]
}

/** A node from which the edges lead back to itself, among those reachable from `root` by `reach`; undefined: none. */
function nodeOnCycle(root: SchemaNode, reach: Edges, edges: Edges): SchemaNode | undefined {
  const done = new Set<SchemaNode>()
  for (const start of reachable(root, reach)) {
    const open = new Set<SchemaNode>()
    const stack: [SchemaNode, SchemaNode[]][] = []
    const visit = (node: SchemaNode) => {
      open.add(node)
      stack.push([node, [...edges(node)]])
    }
    if (!done.has(start)) visit(start)
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const child = frame[1].pop()
      if (child === undefined) {
        stack.pop()
        open.delete(frame[0])
        done.add(frame[0])
      } else if (open.has(child)) return child
      else if (!done.has(child)) visit(child)
    }
  }
  return undefined
}

function reachable(root: SchemaNode, edges: Edges): Set<SchemaNode> {
  const found = new Set([root])
  for (const node of found) for (const child of edges(node)) found.add(child)
  return found
}

/** How many schemas apply to one value on the longest way. There is no cycle in place. */
function nestingOf(node: SchemaNode, known: Map<SchemaNode, number>): number {
  const before = known.get(node)
  if (before !== undefined) return before
  const nesting = 1 + inPlaceEdges(node).reduce((deepest, child) => Math.max(deepest, nestingOf(child, known)), 0)
  known.set(node, nesting)
  return nesting
}

/**
 * Whether a schema is recursive.
 * @throws SluiceError SCHEMA_UNSUPPORTED when it would apply to the same value without end, or nests too deep there.
 */
export function isRecursive(root: SchemaNode): boolean {
  const endless = nodeOnCycle(root, allEdges, inPlaceEdges)
  if (endless !== undefined) throw unsupported(endless.pointer, endless.holder, 'applies to the same value without end')
  const known = new Map<SchemaNode, number>()
  for (const node of reachable(root, allEdges)) {
    if (nestingOf(node, known) <= nestingMax) continue
    throw unsupported(node.pointer, node.holder, `nests more than ${nestingMax} schemas for the same value`)
  }
  return nodeOnCycle(root, allEdges, allEdges) !== undefined
}
