// The byte a MessagePack value starts with, and the big-endian number behind it (the MessagePack specification, "Formats").

/** Whether the type byte is a string's. */
// @ts-ignore: decorator
@inline export function isString(type: u32): bool {
  return (type & 0xe0) == 0xa0 || (type >= 0xd9 && type <= 0xdb)
}

/** Bytes of the length, count or number behind the type byte: 0 for those that have it in them. For no ext and no bin. */
export function lengthBytes(type: u32): usize {
  if (type == 0xca) return 4
  if (type == 0xcb) return 8
  if (type >= 0xcc && type <= 0xcf) return 1 << (type - 0xcc)
  if (type >= 0xd0 && type <= 0xd3) return 1 << (type - 0xd0)
  if (type >= 0xd9 && type <= 0xdb) return 1 << (type - 0xd9)
  if (type >= 0xdc && type <= 0xdf) return 2 << (type & 1)
  return 0
}

/** The unsigned number of 1, 2, 4 or 8 bytes at `at`. */
export function readBig(at: usize, bytes: usize): u64 {
  if (bytes == 1) return load<u8>(at)
  if (bytes == 2) return bswap<u16>(load<u16>(at))
  if (bytes == 4) return bswap<u32>(load<u32>(at))
  return bswap<u64>(load<u64>(at))
}
