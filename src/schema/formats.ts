// The formats of JSON Schema as plain functions over strings: the JavaScript engine's, and the oracle of the kernel's.
// Each is linear in the length of the text. docs/schema.md, "Formats", says in words what each takes.

const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i
const atoms = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const quoted = /^"(?:[ !#-[\]-~]|\\[ -~])*"$/
const domain = /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?)*$/i
const ipv4 = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/

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

/** Whether a string is of the format. Strings are well-formed: no lone surrogates. */
export const formatChecks = {
  'date-time': isDateTime,
  uuid: (text: string) => uuid.test(text),
  email: isEmail,
} as const satisfies Readonly<Record<string, (text: string) => boolean>>

export type FormatName = keyof typeof formatChecks
