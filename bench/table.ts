// Tables as people read them: for the terminal and for Markdown, from the same rows. A missing figure is a dash.

export type Cell = string | number | undefined
export type Column<Row> = {
  readonly title: string
  value(row: Row): Cell
  /** Digits after the point, for numbers. */
  readonly digits?: number
}

/** Rows as aligned text; the first column to the left, the others to the right. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = cellsOf(columns, rows)
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)))
  return lines
    .map((line) =>
      line.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  '),
    )
    .join('\n')
}

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

function cellsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[][] {
  return [
    columns.map((column) => column.title),
    ...rows.map((row) => columns.map((column) => format(column.value(row), column.digits ?? 0))),
  ]
}

function format(cell: Cell, digits: number): string {
  if (cell === undefined || (typeof cell === 'number' && !Number.isFinite(cell))) return '–'
  if (typeof cell === 'string') return cell
  return cell.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
