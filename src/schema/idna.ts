// Internationalized labels of host names: an A-label (`xn--…`) must be the Punycode of a valid U-label. The rules of a
// U-label (RFC 5891, 5892) are regular expressions, for the JavaScript engine as they are and for the kernel as automata.
// Not checked: normalization form C of the whole label, and the rule for bidirectional text (RFC 5893).

/** Code points of Punycode without its prefix (RFC 3492, section 6.2), lower case; undefined when it is malformed. */
export function decodePunycode(text: string): number[] | undefined {
  const delimiter = text.lastIndexOf('-')
  const output = Array.from(text.slice(0, Math.max(0, delimiter)), (character) => character.charCodeAt(0))
  let codePoint = 128
  let bias = 72
  let index = 0
  let at = delimiter < 0 ? 0 : delimiter + 1
  while (at < text.length) {
    const before = index
    let weight = 1
    for (let k = 36; ; k += 36) {
      const digit = at < text.length ? digitOf(text.charCodeAt(at++)) : -1
      if (digit < 0) return undefined
      index += digit * weight
      const threshold = Math.min(Math.max(k - bias, 1), 26)
      if (digit < threshold) break
      weight *= 36 - threshold
      if (index > 0x7fffffff || weight > 0x7fffffff) return undefined
    }
    const count = output.length + 1
    bias = adapt(index - before, count, before === 0)
    codePoint += Math.floor(index / count)
    index %= count
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint < 0xe000)) return undefined
    output.splice(index++, 0, codePoint)
  }
  return output
}

function digitOf(code: number): number {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : -1
}

function adapt(delta: number, count: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? 700 : 2))
  rest += Math.floor(rest / count)
  let k = 0
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35)
  return k + Math.floor((36 * rest) / (rest + 38))
}

// RFC 5892, section 2.6: exceptions to what the properties say.
const exceptionsTaken = /[\u00df\u03c2\u06fd\u06fe\u0f0b\u3007\u00b7\u0375\u05f3\u05f4\u30fb\u0660-\u0669\u06f0-\u06f9]/
const exceptionsRefused = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b]/
const joinControl = /[\u200c\u200d]/
const oldHangulJamo = /[\u1100-\u11ff\ua960-\ua97c\ud7b0-\ud7c6\ud7cb-\ud7fb]/
const ignorable = /[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]/u
const ignorableBlocks = /[\u20d0-\u20ff\u{1d100}-\u{1d24f}]/u
const letterDigits = /[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]/u
const lastAssigned = 0x3ffff

/** RFC 5892, section 2.2: what normalization or case folding changes is unstable. */
function isStable(character: string): boolean {
  if (character.normalize('NFKC') !== character) return false
  // JavaScript folds no case; upper, then lower case is that, but for these.
  if (/[\u0131\u13a0-\u13f5]/.test(character)) return true
  if (/[\u13f8-\u13fd\uab70-\uabbf]/.test(character)) return false
  return character.toUpperCase().toLowerCase().normalize('NFKC') === character
}

/** RFC 5892, section 3: PVALID, CONTEXTJ or CONTEXTO. */
function isTaken(character: string): boolean {
  if (!letterDigits.test(character)) return exceptionsTaken.test(character) || joinControl.test(character)
  if (exceptionsTaken.test(character)) return true
  if (exceptionsRefused.test(character)) return false
  if (oldHangulJamo.test(character) || ignorable.test(character) || ignorableBlocks.test(character)) return false
  return isStable(character)
}

/** All characters beyond ASCII that are assigned to something, surrogates left out. */
function* characters(): Generator<string> {
  for (let code = 0x80; code <= lastAssigned; code++) {
    if (code < 0xd800 || code >= 0xe000) yield String.fromCodePoint(code)
  }
}

/** A character class, without its brackets, of characters in order. */
function classOf(members: readonly string[]): string {
  const ranges: [number, number][] = []
  for (const member of members) {
    const code = member.codePointAt(0) as number
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === code - 1) last[1] = code
    else ranges.push([code, code])
  }
  return ranges.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('')
}

// Canonical combining class 9 and joining types, of the scripts named in docs/schema.md; JavaScript knows neither.
const virama =
  '\\u{94d}\\u{9cd}\\u{a4d}\\u{acd}\\u{b4d}\\u{bcd}\\u{c4d}\\u{ccd}\\u{d3b}\\u{d3c}\\u{d4d}\\u{dca}\\u{e3a}\\u{eba}\\u{f84}' +
  '\\u{1039}\\u{103a}\\u{1714}\\u{1734}\\u{17d2}\\u{1a60}\\u{1b44}\\u{1baa}\\u{1bab}\\u{1bf2}\\u{1bf3}\\u{2d7f}\\u{a806}' +
  '\\u{a8c4}\\u{a953}\\u{a9c0}\\u{aaf6}\\u{abed}\\u{10a3f}\\u{11046}\\u{1107f}\\u{110b9}\\u{11133}\\u{11134}\\u{111c0}' +
  '\\u{11235}\\u{112ea}\\u{1134d}\\u{11442}\\u{114c2}\\u{115bf}\\u{1163f}\\u{116b6}\\u{1172b}\\u{11839}'
const dualJoining =
  '\\u{620}\\u{626}\\u{628}\\u{62a}-\\u{62e}\\u{633}-\\u{63f}\\u{641}-\\u{647}\\u{649}\\u{64a}\\u{66e}\\u{66f}\\u{678}-\\u{687}' +
  '\\u{69a}-\\u{6bf}\\u{6c1}\\u{6c2}\\u{6cc}\\u{6ce}\\u{6d0}\\u{6d1}\\u{6fa}-\\u{6fc}\\u{6ff}\\u{712}-\\u{714}\\u{71a}-\\u{71d}' +
  '\\u{71f}-\\u{727}\\u{729}\\u{72b}\\u{72d}\\u{72e}\\u{74e}-\\u{758}\\u{75c}-\\u{76a}\\u{76d}-\\u{770}\\u{772}' +
  '\\u{775}-\\u{777}\\u{77a}-\\u{77f}\\u{7ca}-\\u{7ea}'
const rightJoining =
  '\\u{622}-\\u{625}\\u{627}\\u{629}\\u{62f}-\\u{632}\\u{648}\\u{671}-\\u{673}\\u{675}-\\u{677}\\u{688}-\\u{699}\\u{6c0}' +
  '\\u{6c3}-\\u{6cb}\\u{6cd}\\u{6cf}\\u{6d2}\\u{6d3}\\u{6d5}\\u{6ee}\\u{6ef}\\u{710}\\u{715}-\\u{719}\\u{71e}\\u{728}\\u{72a}' +
  '\\u{72c}\\u{72f}\\u{74d}\\u{759}-\\u{75b}\\u{76b}\\u{76c}\\u{771}\\u{773}\\u{774}\\u{778}\\u{779}'

function makePatterns(): string[] {
  const taken = [...characters()].filter(isTaken)
  const ofKind = (kind: RegExp) => classOf(taken.filter((character) => kind.test(character)))
  const marks = ofKind(/\p{M}/u)
  const others = ofKind(/\P{M}/u)
  const transparent = ofKind(/\p{Mn}/u)
  return [
    // Section 4.2 of RFC 5891: characters, no leading mark, hyphens, something outside ASCII.
    `^[a-z\\d${others}][a-z\\d\\-${others}${marks}]*$`,
    '^(?!..--).*[^\\-]$',
    '[^\\0-\\x7f]',
    // Appendix A of RFC 5892: rules by context.
    '^(?:[^\\u{b7}]|(?<=l)\\u{b7}(?=l))*$',
    `^(?:[^\\u{375}]|\\u{375}(?=[${ofKind(/\p{Script=Greek}/u)}]))*$`,
    `^(?:[^\\u{5f3}\\u{5f4}]|(?<=[${ofKind(/\p{Script=Hebrew}/u)}])[\\u{5f3}\\u{5f4}])*$`,
    `^[^\\u{30fb}]*$|[${ofKind(/[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u)}]`,
    '^[^\\u{660}-\\u{669}]*$|^[^\\u{6f0}-\\u{6f9}]*$',
    `^(?:[^\\u{200c}\\u{200d}]|(?<=[${virama}])[\\u{200c}\\u{200d}]` +
      `|(?<=[${dualJoining}][${transparent}]*)\\u{200c}(?=[${transparent}]*[${dualJoining}${rightJoining}]))*$`,
  ]
}

let patterns: readonly string[] | undefined
let expressions: readonly RegExp[] | undefined

/** What a U-label must match, all of it (ECMA-262, flag u). Made when it is first asked for: it takes a moment. */
export function uLabelPatterns(): readonly string[] {
  patterns ??= makePatterns()
  return patterns
}

/** Whether a label that begins with `xn--`, in any case, is an A-label. */
export function isALabel(label: string): boolean {
  const decoded = decodePunycode(label.slice(4).toLowerCase())
  if (decoded === undefined) return false
  expressions ??= uLabelPatterns().map((pattern) => new RegExp(pattern, 'u'))
  const text = String.fromCodePoint(...decoded)
  return expressions.every((expression) => expression.test(text))
}
