// What the measured ratios mean for who has to choose an engine. Pure. It never names a winner where the interval holds 1, and
// says so when the winner is JavaScript.
import type { Interval } from '../measure/statistics.ts'
import type { Comparison, Shape } from './bench-compare.ts'

type Winner = 'wasm' | 'js' | 'neither'

// Below this nobody would notice, however sure it is.
const worthwhile = 1.1

const shapeNames: Readonly<Record<Shape, string>> = {
  gathered: 'single requests',
  lines: 'NDJSON',
  call: 'one record a call',
}

export function winnerOf({ low, high }: Interval): Winner {
  return low > 1 ? 'wasm' : high < 1 ? 'js' : 'neither'
}

/**
 * A sentence a line: what was seen of each shape, what to choose for a server, and whether less than an engine would do.
 * @param checkOnlyNs what only checking a record takes without either engine; undefined: not known.
 */
export function advise(comparisons: readonly Comparison[], checkOnlyNs: number | undefined): string[] {
  const served = comparisons.filter(({ shape }) => shape !== 'call')
  return [...comparisons.map(seen), choice(served), ...checkOnly(comparisons, checkOnlyNs)]
}

// An engine also makes the stored bytes, the key and the reason for a refusal. Who wants none of these should know.
function checkOnly(comparisons: readonly Comparison[], checkOnlyNs: number | undefined): string[] {
  const single = comparisons.find(({ shape }) => shape === 'call')
  if (single === undefined || checkOnlyNs === undefined || checkOnlyNs >= Math.min(single.wasmNs, single.jsNs))
    return []
  return ['Where only a yes or no is wanted, one record a call, JSON.parse and Ajv take less than either engine.']
}

function isSmall({ middle }: Interval): boolean {
  return Math.max(middle, 1 / middle) < worthwhile
}

function seen({ shape, ratio }: Comparison): string {
  const name = `${capital(shapeNames[shape])}: `
  const winner = winnerOf(ratio)
  if (winner === 'neither') return `${name}no difference that these rounds could show.`
  const times = winner === 'wasm' ? ratio.middle : 1 / ratio.middle
  const [fast, slow] = winner === 'wasm' ? ['WebAssembly', 'JavaScript'] : ['JavaScript', 'WebAssembly']
  return `${name}${fast} is the faster one, ${slow} takes ${times.toFixed(2)} times the processor time.`
}

function choice(comparisons: readonly Comparison[]): string {
  const winners = comparisons.map(({ ratio }) => (isSmall(ratio) ? 'neither' : winnerOf(ratio)))
  const decided = new Set(winners.filter((winner) => winner !== 'neither'))
  if (decided.size === 0) return 'Either engine will do: the difference, if there is one, is not worth a change.'
  if (decided.size === 1)
    return decided.has('js')
      ? "Choose JavaScript for these records: engine: 'js' in the configuration, or --engine js."
      : "Keep WebAssembly for these records: it is what a server runs unless told otherwise, engine: 'wasm'."
  const parts = comparisons.map(({ shape }, index) => `${winners[index]} for ${shapeNames[shape]}`)
  return `Choose by how your records come: ${parts.join(', ')}.`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
