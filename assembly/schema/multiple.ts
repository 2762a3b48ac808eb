// `multipleOf`, decimal as docs/schema.md defines it, so that 4.35 is a multiple of 0.01.
import { integerBits, KIND_BIG, KIND_INT, numberKind } from './number'
import { MULTIPLE_DIVISOR, MULTIPLE_MANTISSA, MULTIPLE_REDUCED, MULTIPLE_SCALE } from './program'
import { loadDouble } from './value'

const EXACT_MAX: f64 = 9007199254740992.0

/** Whether the number at `p` is a multiple of the item's divisor. */
export function isMultiple(item: usize, p: usize): bool {
  const reduced = load<u64>(item, MULTIPLE_REDUCED)
  const kind = numberKind(p)
  if (kind == KIND_BIG) return integerBits(p) % reduced == 0
  if (kind == KIND_INT) {
    const bits = <i64>integerBits(p)
    return <u64>(bits < 0 ? 0 - bits : bits) % reduced == 0
  }
  const value = loadDouble(p)
  if (trunc(value) == value) return value % <f64>reduced == 0.0
  return isDecimalMultiple(item, value)
}

/** For a value with a fraction: whether some multiple of the divisor, rounded to a double, is the value. */
function isDecimalMultiple(item: usize, value: f64): bool {
  const divisor = load<f64>(item, MULTIPLE_DIVISOR)
  const quotient = value / divisor
  const scaled = floor(quotient + 0.5) * load<f64>(item, MULTIPLE_MANTISSA)
  const scale = load<f64>(item, MULTIPLE_SCALE)
  if (abs(scaled) <= EXACT_MAX && scale != 0.0) return scaled / scale == value
  return abs(quotient) >= EXACT_MAX || value % divisor == 0.0
}
