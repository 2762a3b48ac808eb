// Which characters a class of a regular expression holds, as V8 has it: automata are made of explicit ranges, so that both
// engines go by the same version of Unicode as the JavaScript that loads the schema.
import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp'

const codePointMax = 0x10ffff
let everything: string | undefined
const rangesByClass = new Map<string, string>()

/** All characters in order. */
function allCharacters(): string {
  if (everything !== undefined) return everything
  const units = new Uint16Array(2 * codePointMax)
  let at = 0
  for (let code = 0; code <= 0xffff; code++) if (code < 0xd800 || code > 0xdfff) units[at++] = code
  for (let code = 0x10000; code <= codePointMax; code++) {
    units[at++] = 0xd7c0 + (code >> 10)
    units[at++] = 0xdc00 | (code & 0x3ff)
  }
  everything = new TextDecoder('utf-16le').decode(units.subarray(0, at))
  return everything
}

/** The ranges of a class such as `\p{L}`, written so that they can stand in brackets. */
export function rangesOf(characterClass: string): string {
  const known = rangesByClass.get(characterClass)
  if (known !== undefined) return known
  let ranges = ''
  for (const [run] of allCharacters().matchAll(new RegExp(`[${characterClass}]+`, 'gu'))) {
    const last = isTrail(run.charCodeAt(run.length - 1)) ? 2 : 1
    ranges += `${escaped(run.codePointAt(0))}-${escaped(run.codePointAt(run.length - last))}`
  }
  rangesByClass.set(characterClass, ranges)
  return ranges
}

function isTrail(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

function escaped(codePoint = 0): string {
  return `\\u{${codePoint.toString(16)}}`
}

/**
 * The expression with each property (`\p{…}`, `\P{…}`) written out as the characters it stands for.
 * @throws SyntaxError when it is malformed.
 */
export function writeOutProperties(pattern: string): string {
  if (!/\\p\{/i.test(pattern)) return pattern
  const spans: { readonly start: number; readonly end: number; readonly text: string }[] = []
  visitRegExpAST(new RegExpParser().parsePattern(pattern, 0, pattern.length, { unicode: true }), {
    onCharacterSetEnter({ kind, start, end, raw, parent }) {
      if (kind !== 'property') return
      const ranges = rangesOf(raw)
      spans.push({ start, end, text: parent?.type === 'CharacterClass' ? ranges : `[${ranges}]` })
    },
  })
  return spans
    .sort((a, b) => b.start - a.start)
    .reduce((text, span) => text.slice(0, span.start) + span.text + text.slice(span.end), pattern)
}
