// The spelling of `date-time` that machines write, checked without a regular expression: YYYY-MM-DDThh:mm:ss, perhaps a
// fraction, and Z. It knows no leap seconds, offsets or small letters: what it does not take is left to the full check, so
// it only ever says yes.

/** Days that every month of the number has. */
const daysOfMonth = new Uint8Array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])

/** True: the text is surely a date-time. False: ask the full check. */
export function isPlainDateTime(text: string): boolean {
  const last = text.length - 1
  if (last < 19 || text.charCodeAt(last) !== 0x5a || !hasMarks(text)) return false
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= daysOfMonth[month]!
  const isTime =
    isBelow(twoDigits(text, 11), 24) && isBelow(twoDigits(text, 14), 60) && isBelow(twoDigits(text, 17), 60)
  const isYear = twoDigits(text, 0) >= 0 && twoDigits(text, 2) >= 0
  return isYear && isDate && isTime && isFraction(text, 19, last)
}

function hasMarks(text: string): boolean {
  return (
    text.charCodeAt(4) === 0x2d &&
    text.charCodeAt(7) === 0x2d &&
    text.charCodeAt(10) === 0x54 &&
    text.charCodeAt(13) === 0x3a &&
    text.charCodeAt(16) === 0x3a
  )
}

function isBelow(value: number, bound: number): boolean {
  return value >= 0 && value < bound
}

/** The number two digits write, or −1. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 0x30
  const ones = text.charCodeAt(at + 1) - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

/** Nothing, or a dot and digits, from `start` to `end`. */
function isFraction(text: string, start: number, end: number): boolean {
  if (start === end) return true
  if (text.charCodeAt(start) !== 0x2e || start + 1 === end) return false
  for (let at = start + 1; at < end; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x30 || unit > 0x39) return false
  }
  return true
}
