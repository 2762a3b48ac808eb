// The formats of JSON Schema as plain functions over strings: the JavaScript engine's, and the oracle of the kernel's.
// Each is linear in the length of the text. Those that are a regular expression are that for the kernel too, as an
// automaton; it has code for the others. docs/schema.md, "Formats", says in words what each takes.
import { isALabel } from './idna.ts'

const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/
const fullDate = /^(\d{4})-(\d\d)-(\d\d)$/
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const atoms = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const quoted = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/
const domain = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const quad = `${octet}(?:\\.${octet}){3}`
const ipv4 = new RegExp(`^${quad}$`)

/** RFC 3339, appendix A: `duration`. */
const clockUnits = '(?:\\d+H(?:\\d+M(?:\\d+S)?)?|\\d+M(?:\\d+S)?|\\d+S)'
const dateUnits = '(?:\\d+Y(?:\\d+M(?:\\d+D)?)?|\\d+M(?:\\d+D)?|\\d+D)'

/** RFC 3986, appendix A, rule by rule. */
const escaped = '%[\\dA-Fa-f]{2}'
const unreserved = 'A-Za-z\\d\\-._~'
const delimiters = "!$&'()*+,;="
const pathCharacter = `(?:[${unreserved}${delimiters}:@]|${escaped})`
const hex4 = '[\\dA-Fa-f]{1,4}'
const last32 = `(?:${hex4}:${hex4}|${quad})`
const ipv6Forms = [
  `(?:${hex4}:){6}${last32}`,
  `::(?:${hex4}:){5}${last32}`,
  ...[4, 3, 2, 1, 0].map((after, before) => `(?:(?:${hex4}:){0,${before}}${hex4})?::(?:${hex4}:){${after}}${last32}`),
  `(?:(?:${hex4}:){0,5}${hex4})?::${hex4}`,
  `(?:(?:${hex4}:){0,6}${hex4})?::`,
]
const ipFuture = `[vV][\\dA-Fa-f]+\\.[${unreserved}${delimiters}:]+`
const host = `(?:\\[(?:${ipv6Forms.join('|')}|${ipFuture})\\]|(?:[${unreserved}${delimiters}]|${escaped})*)`
const authority = `(?:(?:[${unreserved}${delimiters}:]|${escaped})*@)?${host}(?::\\d*)?`
const rest = `(?:/${pathCharacter}*)*`
const hierarchy = `(?://${authority}${rest}|/(?:${pathCharacter}+${rest})?|${pathCharacter}+${rest}|)`
const firstSegment = `(?:[${unreserved}${delimiters}@]|${escaped})+`
const relative = `(?://${authority}${rest}|/(?:${pathCharacter}+${rest})?|${firstSegment}${rest}|)`
const tail = `(?:\\?(?:${pathCharacter}|[/?])*)?(?:#(?:${pathCharacter}|[/?])*)?`
const uri = `[A-Za-z][A-Za-z\\d+.\\-]*:${hierarchy}${tail}`

/** Formats that are a regular expression (ECMA-262, flag u). */
export const formatPatterns = {
  duration: `^P(?:\\d+W|${dateUnits}(?:T${clockUnits})?|T${clockUnits})$`,
  uri: `^${uri}$`,
  'uri-reference': `^(?:${uri}|${relative}${tail})$`,
  'json-pointer': '^(?:/(?:[^~/]|~[01])*)*$',
} as const

const daysOfMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function isDate(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1 || day > (daysOfMonth[month - 1] as number)) return false
  return month !== 2 || day < 29 || (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0))
}

/** Whether the clock time exists; second 60 does only where UTC shows 23:59:60. */
function isTime(hour: number, minute: number, second: number, offsetMinutes: number): boolean {
  if (hour > 23 || minute > 59 || second > 60) return false
  if (second < 60) return true
  return (hour * 60 + minute - offsetMinutes + 2880) % 1440 === 1439
}

/** Minutes east of UTC, or undefined when there is no such offset. */
function offsetMinutes(sign: string | undefined, hour: string | undefined, minute: string | undefined) {
  if (sign === undefined) return 0
  const minutes = Number(hour) * 60 + Number(minute)
  if (Number(hour) > 23 || Number(minute) > 59) return undefined
  return sign === '-' ? -minutes : minutes
}

function isDateTime(text: string): boolean {
  const match = dateTime.exec(text)
  if (match === null) return false
  const offset = offsetMinutes(match[7], match[8], match[9])
  if (offset === undefined || !isDate(Number(match[1]), Number(match[2]), Number(match[3]))) return false
  return isTime(Number(match[4]), Number(match[5]), Number(match[6]), offset)
}

/** RFC 4291, section 2.2: eight groups, `::` for one or more of them, the last two perhaps as IPv4. */
function isIpv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  let groupCount = 0
  for (const [half, part] of halves.entries()) {
    if (part === '') {
      if (halves.length === 1) return false
      continue
    }
    const groups = part.split(':')
    for (const [index, group] of groups.entries()) {
      const last = half === halves.length - 1 && index === groups.length - 1
      if (/^[\da-f]{1,4}$/i.test(group)) groupCount += 1
      else if (last && ipv4.test(group)) groupCount += 2
      else return false
    }
  }
  return halves.length === 2 ? groupCount <= 7 : groupCount === 8
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  const host = text.slice(at + 1)
  if (at < 1 || at > 64 || !(atoms.test(local) || quoted.test(local))) return false
  if (!host.startsWith('[')) return host.length <= 253 && domain.test(host)
  if (!host.endsWith(']')) return false
  const literal = host.slice(1, -1)
  return ipv4.test(literal) || (/^ipv6:/i.test(literal) && isIpv6(literal.slice(5)))
}

function isDay(text: string): boolean {
  const match = fullDate.exec(text)
  return match !== null && isDate(Number(match[1]), Number(match[2]), Number(match[3]))
}

/** RFC 1123 and 952: dot-separated labels of letters, digits and inner hyphens; those that stand for others, RFC 5890. */
function isHostname(text: string): boolean {
  if (text.length > 253 || !domain.test(text)) return false
  return text.split('.').every((label) => !/^xn--/i.test(label) || isALabel(label))
}

const checkOf = (pattern: string) => {
  const expression = new RegExp(pattern, 'u')
  return (text: string) => expression.test(text)
}

/** Whether a string is of the format. Strings are well-formed: no lone surrogates. */
export const formatChecks = {
  'date-time': isDateTime,
  date: isDay,
  time: (text: string) => isDateTime(`2000-01-01T${text}`),
  duration: checkOf(formatPatterns.duration),
  email: isEmail,
  hostname: isHostname,
  ipv4: (text: string) => ipv4.test(text),
  ipv6: isIpv6,
  uri: checkOf(formatPatterns.uri),
  'uri-reference': checkOf(formatPatterns['uri-reference']),
  uuid: (text: string) => uuid.test(text),
  'json-pointer': checkOf(formatPatterns['json-pointer']),
} as const satisfies Readonly<Record<string, (text: string) => boolean>>

export type FormatName = keyof typeof formatChecks
