// Headers of containers with more than 15 members. The walk keeps one byte for each header, as it cannot know the count
// before the end; here all bytes behind a longer header move at once, from the last container to the first, so that the
// time is linear however deep they are nested.
//
// An entry of the table, 8 bytes, in the order of the opening brackets:
//   0  u32  header  address of the byte kept for the header
//   4  u32  count   of a container with more than 15 members, and in bit 31 whether it is an object; otherwise 0
import { CONTAINER_BYTES } from './layout'
import { containerHeaderBytes, writeLongContainerHeader } from './msgpack'

const OBJECT: u32 = 0x80000000

/**
 * Gives every container of the table from `first` up to `end` its header, in the MessagePack that ends at `outEnd`.
 * Returns the new end.
 */
export function growContainers(first: usize, end: usize, outEnd: usize): usize {
  let grown: usize = 0
  for (let entry = first; entry < end; entry += CONTAINER_BYTES) {
    const count = load<u32>(entry, 4) & ~OBJECT
    if (count != 0) grown += containerHeaderBytes(count) - 1
  }
  const newEnd = outEnd + grown
  let movedEnd = outEnd
  for (let entry = end - CONTAINER_BYTES; grown > 0; entry -= CONTAINER_BYTES) {
    const count = load<u32>(entry, 4) & ~OBJECT
    if (count == 0) continue
    const header = <usize>load<u32>(entry)
    memory.copy(header + 1 + grown, header + 1, movedEnd - (header + 1))
    movedEnd = header
    grown -= containerHeaderBytes(count) - 1
    writeLongContainerHeader(header + grown, load<u32>(entry, 4) >>> 31, count)
  }
  return newEnd
}
