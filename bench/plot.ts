// Bars as SVG, without a library: one bar a server, the longest across the whole width. Colours work on light and dark pages.

export type Bar = { readonly label: string; readonly value: number; readonly durable: boolean }

const width = 760
const barHeight = 22
const gap = 8
const labelWidth = 280
const valueWidth = 90
const headHeight = 52

/** A chart of `bars` in the given order; `unit` stands behind each figure. */
export function barChart(title: string, note: string, unit: string, bars: readonly Bar[]): string {
  const longest = Math.max(...bars.map(({ value }) => value))
  const height = headHeight + bars.length * (barHeight + gap)
  const rows = bars.map((bar, index) => barRow(bar, headHeight + index * (barHeight + gap), longest, unit))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}">`,
    '<style>text{font:13px system-ui,sans-serif;fill:#57606a}.title{font-weight:600;font-size:15px}' +
      '.durable{fill:#1a7f64}.volatile{fill:#8c959f}@media(prefers-color-scheme:dark){text{fill:#9da7b3}}</style>',
    `<text class="title" x="0" y="18">${escapeXml(title)}</text>`,
    `<text x="0" y="38">${escapeXml(note)}</text>`,
    ...rows,
    '</svg>\n',
  ].join('\n')
}

function barRow(bar: Bar, y: number, longest: number, unit: string): string {
  const barWidth = Math.max(1, (bar.value / longest) * (width - labelWidth - valueWidth))
  const middle = y + barHeight / 2 + 5
  return [
    `<text x="0" y="${middle}">${escapeXml(bar.label)}</text>`,
    `<rect class="${bar.durable ? 'durable' : 'volatile'}" x="${labelWidth}" y="${y}" width="${barWidth.toFixed(1)}" height="${barHeight}" rx="3"/>`,
    `<text x="${(labelWidth + barWidth + 8).toFixed(1)}" y="${middle}">${bar.value.toFixed(1)} ${escapeXml(unit)}</text>`,
  ].join('\n')
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
