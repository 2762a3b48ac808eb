// Status codes, regions and limits of the kernel: docs/formats.md as constants. src/kernel/abi.ts mirrors them and a test
// compares the two. Nothing here is state.

export const ABI_VERSION: i32 = 1

// Record statuses.
export const OK: i32 = 0
export const ENCODED: i32 = 1
export const ACCEPTED: i32 = 2
export const DUPLICATE: i32 = 3
export const CONFLICT: i32 = 4
export const EMPTY: i32 = 16
export const UNEXPECTED_END: i32 = 17
export const UNEXPECTED_BYTE: i32 = 18
export const CONTROL_CHARACTER: i32 = 19
export const BAD_ESCAPE: i32 = 20
export const LONE_SURROGATE: i32 = 21
export const BAD_UTF8: i32 = 22
export const NUMBER_RANGE: i32 = 23
export const DUPLICATE_KEY: i32 = 24
export const TOO_DEEP: i32 = 25
export const TRAILING_BYTES: i32 = 26
export const RECORD_TOO_LARGE: i32 = 27
export const SCHEMA_INVALID: i32 = 32
export const KEY_MISSING: i32 = 33
export const TOO_COMPLEX: i32 = 34

// Call statuses.
export const BAD_PROGRAM: i32 = -1
export const BAD_SLAB: i32 = -2
export const BAD_BATCH: i32 = -3
export const NO_ROOM: i32 = -4

// Limits; src/limits.ts has the same.
export const RECORD_BYTES_MAX: usize = 262144
export const KEY_BYTES_MAX: usize = 1024
export const DEPTH_MAX: i32 = 128
export const POINTER_BYTES_MAX: usize = 1024
export const RECORD_ERRORS_MAX: u32 = 1000
export const SLAB_INPUT_BYTES: usize = 524288
export const SLAB_OUTPUT_BYTES: usize = 1048576
export const SLAB_DETAIL_BYTES: usize = 65536
export const SLAB_CHUNK_COUNT_MAX: u32 = 4096
export const SLAB_RECORD_COUNT_MAX: u32 = 16384

// The slab's parts, from its start.
export const HEADER_BYTES: usize = 128
export const CHUNK_BYTES: usize = 32
export const DESCRIPTOR_BYTES: usize = 64
export const CHUNK_TABLE_OFFSET: usize = HEADER_BYTES
export const DESCRIPTORS_OFFSET: usize = 131200
export const DETAIL_OFFSET: usize = 1179776
export const INPUT_OFFSET: usize = 1245312
export const OUTPUT_OFFSET: usize = 1769600
export const SLAB_BYTES: usize = 2818240

export const CHUNK_RECORD: i32 = 1
export const CHUNK_LINES: i32 = 2
export const CHUNK_MSGPACK: i32 = 3

// A list of errors, docs/formats.md "Error list". It must fit the detail text of a slab, which it is aligned to 4 in.
export const ERROR_LIST_HEAD_BYTES: usize = 8
export const ERROR_BYTES: usize = 16
export const ERROR_LIST_BYTES_MAX: usize = 65532

// Scratch of an instance, from its start. Each stage has a part of its own and touches no other.
//   0          value    MessagePack of the record at hand, up to 1 MiB − 64; wide stores may pass the end by 64 bytes
//   1 MiB      json     parse stack, table of keys, digits of long numbers
//   4 MiB      schema   validation stack, tables for uniqueItems and unevaluated*, path of the value at hand
//   7 MiB      key      key of the record at hand; list of its errors
//   8 MiB − 64 owner    mark of the instance that used the region last
export const SCRATCH_VALUE: usize = 0
export const SCRATCH_JSON: usize = 1048576
export const SCRATCH_SCHEMA: usize = 4194304
export const SCRATCH_KEY: usize = 7340032
export const SCRATCH_OWNER: usize = 8388544
export const SCRATCH_BYTES: usize = 8388608

// A compiled schema, docs/formats.md "Program".
export const PROGRAM_MAGIC: u32 = 0x50434c53
export const PROGRAM_VERSION: u32 = 1
export const PROGRAM_HEADER_BYTES: usize = 64
export const PROGRAM_BYTES_MAX: u32 = 4194304
export const PROGRAM_FLAG_VALUE_JSON: u32 = 1
