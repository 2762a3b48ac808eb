// Tables as people read them, in text. A missing figure is a dash.

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

/** Title line and rows as texts, for whoever lays them out in another way. */
export function cellsOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[][] {
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
