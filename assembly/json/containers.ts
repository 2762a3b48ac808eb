// Headers of containers with more than 15 members. The walk keeps one byte for each header, as it cannot know the count
// before the end; here all bytes behind a longer header move at once, from the last container to the first, so that the
// time is linear however deep they are nested. The table of containers is drawn in frames.ts.
import { OBJECT_FLAG } from './frames'
import { CONTAINER_BYTES } from './layout'
import { containerHeaderBytes, writeLongContainerHeader } from './msgpack'

/**
 * Gives every container of the table from `first` up to `end` its header, in the MessagePack that ends at `outEnd`.
 * Returns the new end.
 */
export function growContainers(first: usize, end: usize, outEnd: usize): usize {
  let grown: usize = 0
  for (let entry = first; entry < end; entry += CONTAINER_BYTES) {
    const count = load<u32>(entry, 4) & ~OBJECT_FLAG
    if (count != 0) grown += containerHeaderBytes(count) - 1
  }
  const newEnd = outEnd + grown
  let movedEnd = outEnd
  for (let entry = end - CONTAINER_BYTES; grown > 0; entry -= CONTAINER_BYTES) {
    const count = load<u32>(entry, 4) & ~OBJECT_FLAG
    if (count == 0) continue
    const header = <usize>load<u32>(entry)
    memory.copy(header + 1 + grown, header + 1, movedEnd - (header + 1))
    movedEnd = header
    grown -= containerHeaderBytes(count) - 1
    writeLongContainerHeader(header + grown, (load<u32>(entry, 4) & OBJECT_FLAG) != 0, count)
  }
  return newEnd
}
