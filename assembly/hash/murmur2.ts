// Murmur2 as Apache Kafka's Java client computes it (org.apache.kafka.common.utils.Utils.murmur2), so that a record
// forwarded to a broker lands in the partition its other producers would choose: (murmur2 & 0x7fffffff) % partitions.
// Reads exactly `bytes` bytes.

const SEED: u32 = 0x9747b28c
const MULTIPLIER: u32 = 0x5bd1e995

/** Kafka's murmur2 of `bytes` bytes at `address`. */
export function murmur2(address: usize, bytes: usize): i32 {
  const wordsEnd = address + (bytes & ~3)
  let hash: u32 = SEED ^ (bytes as u32)
  for (; address < wordsEnd; address += 4) {
    let word = load<u32>(address) * MULTIPLIER
    word = (word ^ (word >> 24)) * MULTIPLIER
    hash = (hash * MULTIPLIER) ^ word
  }
  const left = bytes & 3
  if (left == 3) hash ^= (load<u8>(address, 2) as u32) << 16
  if (left >= 2) hash ^= (load<u8>(address, 1) as u32) << 8
  if (left >= 1) hash = (hash ^ (load<u8>(address) as u32)) * MULTIPLIER
  hash = (hash ^ (hash >> 13)) * MULTIPLIER
  return (hash ^ (hash >> 15)) as i32
}
