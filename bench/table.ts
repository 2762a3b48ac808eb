// Tables of src/measure as Markdown, and how they come into a page: between markers, and nowhere else.
import { type Column, cellsOf } from '../src/measure/table.ts'

/** The same rows as a Markdown table. */
export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const [head, ...body] = cellsOf(columns, rows).map((line) => `| ${line.join(' | ')} |`)
  const rule = `|${columns.map((_, column) => (column === 0 ? '---' : '--:')).join('|')}|`
  return [head, rule, ...body].join('\n')
}

/** Returns `text` with what stands between the markers of `name` replaced. @throws Error without the markers. */
export function replaceBetween(text: string, name: string, replacement: string): string {
  const start = `<!-- ${name}: start -->\n`
  const end = `<!-- ${name}: end -->`
  const from = text.indexOf(start)
  const to = text.indexOf(end)
  if (from < 0 || to < from) throw new Error(`the page has no place for ${name}`)
  return `${text.slice(0, from + start.length)}\n${replacement}\n\n${text.slice(to)}`
}
