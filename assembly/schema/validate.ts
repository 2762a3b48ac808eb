// Whether a record fits its schema: yes, no, or too much work. Says no more; explain.ts does, for the few that do not.
// The value is MessagePack of the kernel's own parser, with 64 readable bytes behind it.
import { OK, SCHEMA_INVALID } from '../abi'
import { plainEnd } from './flat'
import { compareStackOf } from './machine'
import { FLAG_CHARGED, HEADER_FLAGS, HEADER_ROOT, SLOT_BLOCK } from './program'
import { run } from './run'
import { setCompareStack } from './scalar'

/** OK, SCHEMA_INVALID or TOO_COMPLEX. The program was verified; `scratch` is the instance's scratch. */
export function validate(value: usize, valueEnd: usize, program: usize, scratch: usize): i32 {
  const kind = load<u32>(program, HEADER_ROOT)
  const operand = <usize>load<u32>(program, HEADER_ROOT + 4)
  setCompareStack(compareStackOf(scratch))
  if (kind != SLOT_BLOCK) return plainEnd(program, kind, operand, value) != 0 ? OK : SCHEMA_INVALID
  return run(program, operand, value, valueEnd, scratch, (load<u32>(program, HEADER_FLAGS) & FLAG_CHARGED) != 0)
}
