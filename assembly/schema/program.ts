// The layout of a compiled schema after its header (docs/formats.md, "Program"). src/schema/layout.ts mirrors the numbers.
// From offset 64 on it is a row of items, each 8-aligned and led by one word: op in the low byte, size in 8-byte units above.
// An address in a program is an offset from its start. A block is BLOCK, instructions, END; a slot names what is checked:
//
//   slot, 8 bytes:   0 u32 kind   4 u32 operand
//
// Kinds up to SLOT_SCALAR check a value in one step; FLAT and NEST kinds check a whole value by plain loops, without the
// machine's stack; SLOT_BLOCK is evaluated by the machine. The operand of all but the first two is an item's offset.

// Header: what is used here, and the words from 48 on, which docs/formats.md leaves to the compiler.
//   48  slot  root        what a record is checked by
//   56  u32   itemsEnd    offset behind the last item
//   60  u32   starts      offset of a bitmap of item starts: bit i is set when an item starts at 64 + 8 i
export const HEADER_BYTES_TOTAL: usize = 8
export const HEADER_CHECKSUM: usize = 12
export const HEADER_FLAGS: usize = 16
export const HEADER_DEPTH_MAX: usize = 20
export const HEADER_RECORD_BYTES_MAX: usize = 24
export const HEADER_KEY_BYTES_MAX: usize = 28
export const HEADER_KEY_PATHS: usize = 36
export const HEADER_KEY_PATH_COUNT: usize = 40
export const HEADER_LOCATION_COUNT: usize = 44
export const HEADER_ROOT: usize = 48
export const HEADER_ITEMS_END: usize = 56
export const HEADER_STARTS: usize = 60
/** In the flags: references charge for the value they are followed at. */
export const FLAG_CHARGED: u32 = 2

export const SLOT_ANY: u32 = 0
export const SLOT_NEVER: u32 = 1
export const SLOT_STRING: u32 = 2
export const SLOT_INTEGER: u32 = 3
export const SLOT_NUMBER: u32 = 4
export const SLOT_WORDS: u32 = 5
export const SLOT_SCALAR: u32 = 6
export const SLOT_FLAT_OBJECT: u32 = 7
export const SLOT_FLAT_ARRAY: u32 = 8
export const SLOT_NEST_OBJECT: u32 = 9
export const SLOT_BLOCK: u32 = 10

export const OP_BLOCK: u32 = 1
export const OP_END: u32 = 2
export const OP_FALSE: u32 = 3
export const OP_SCALAR: u32 = 4
export const OP_OBJECT: u32 = 5
export const OP_ARRAY: u32 = 6
export const OP_WORDS: u32 = 7
export const OP_VALUES: u32 = 8
export const OP_KEY_PATHS: u32 = 9

// BLOCK, 8 bytes:  4 u32 owner, the offset of the one slot that names it; 0: it is called by reference
export const BLOCK_OWNER: usize = 4
export const BLOCK_BYTES: usize = 8

// FALSE, 8 bytes:  4 u32 location
export const FALSE_LOCATION: usize = 4

// SCALAR, 192 bytes: everything that can be asked of a value without looking into it.
//    4  u32  types            bits of the types taken
//    8  i64  intMin, intMax   inclusive, for integers below 2^63
//   24  u64  bigMin, bigMax   inclusive, for integers from 2^63 on
//   40  f64  doubleMin, Max   inclusive, for doubles
//   56  u32  quickMin, span   a string of quickMin … quickMin + span bytes has a right length whatever is in it
//   64  u32  lengthMin, Max   in code points
//   72  u32  enum, const      items WORDS or VALUES, as bytes from this item's start; 0: none
//   80  u32  pattern          item DFA, likewise
//   84  u32  format           a code of FORMAT_*; 0: none
//   88  u32  formatDfa        item DFA, likewise; 0: the format is checked by code
//   92  u32  multiple         item MULTIPLE, likewise
//   96  f64  maximum, exclusiveMaximum, minimum, exclusiveMinimum as written; ±infinity: none
//  128  u32  locations        of type, enum, const, multipleOf, the four bounds, maxLength, minLength, pattern, format
// SLOT_WORDS names a SCALAR whose enum is WORDS and which asks nothing else.
export const SCALAR_TYPES: usize = 4
export const SCALAR_INT_MIN: usize = 8
export const SCALAR_INT_MAX: usize = 16
export const SCALAR_BIG_MIN: usize = 24
export const SCALAR_BIG_MAX: usize = 32
export const SCALAR_DOUBLE_MIN: usize = 40
export const SCALAR_DOUBLE_MAX: usize = 48
export const SCALAR_QUICK_MIN: usize = 56
export const SCALAR_QUICK_SPAN: usize = 60
export const SCALAR_LENGTH_MIN: usize = 64
export const SCALAR_LENGTH_MAX: usize = 68
export const SCALAR_ENUM: usize = 72
export const SCALAR_CONST: usize = 76
export const SCALAR_PATTERN: usize = 80
export const SCALAR_FORMAT: usize = 84
export const SCALAR_FORMAT_DFA: usize = 88
export const SCALAR_MULTIPLE: usize = 92
export const SCALAR_BOUNDS: usize = 96
export const SCALAR_LOCATIONS: usize = 128
export const SCALAR_BYTES: u32 = 192

export const TYPE_NULL: u32 = 1
export const TYPE_BOOLEAN: u32 = 2
export const TYPE_INTEGER: u32 = 4
export const TYPE_FRACTION: u32 = 8
export const TYPE_STRING: u32 = 16
export const TYPE_ARRAY: u32 = 32
export const TYPE_OBJECT: u32 = 64

export const FORMAT_DATE_TIME: u32 = 1
export const FORMAT_UUID: u32 = 2
export const FORMAT_EMAIL: u32 = 3

// OBJECT
//    4  u32  typed            1: any other type is refused; 0: it is passed over
//    8  u32  typeLocation
//   12  u32  membersMin, membersMax, and their locations
//   28  u32  requiredCount
//   32  slot additional       for names that no entry lists
//   40  u32  entryCount
//   44  u32  hash             from the item's start: u16 each, 1 + index of an entry, 0: none
//   48  u64  hashMultiplier
//   56  u32  hashShift        64 − log2 of the number of hash slots
//   60  u32  hashMask
//   64  entries, one more than counted: the last never matches
//  then the hash, then names that are longer than an entry holds
export const OBJECT_TYPED: usize = 4
export const OBJECT_TYPE_LOCATION: usize = 8
export const OBJECT_MEMBERS_MIN: usize = 12
export const OBJECT_MEMBERS_MAX: usize = 16
export const OBJECT_MIN_LOCATION: usize = 20
export const OBJECT_MAX_LOCATION: usize = 24
export const OBJECT_REQUIRED_COUNT: usize = 28
export const OBJECT_ADDITIONAL: usize = 32
export const OBJECT_ENTRY_COUNT: usize = 40
export const OBJECT_HASH: usize = 44
export const OBJECT_HASH_MULTIPLIER: usize = 48
export const OBJECT_HASH_SHIFT: usize = 56
export const OBJECT_HASH_MASK: usize = 60
export const OBJECT_ENTRIES: usize = 64

// Entry, 64 bytes: a name as MessagePack writes it, and what its value is checked by.
//    0  u8×16  word           the first 16 bytes of the encoded name, zeros behind it
//   16  u8×16  mask           ff where the word counts
//   32  u32    nameBytes      of the encoded name
//   36  u32    name           from the entry's start: the whole encoded name; 0: the word holds it
//   40  slot   of the value
//   48  u32    required       1 or 0
//   52  u32    requiredLocation
//   56  u32    requiredOrder  place in the schema's list
export const ENTRY_WORD: usize = 0
export const ENTRY_MASK: usize = 16
export const ENTRY_NAME_BYTES: usize = 32
export const ENTRY_NAME: usize = 36
export const ENTRY_SLOT: usize = 40
export const ENTRY_REQUIRED: usize = 48
export const ENTRY_REQUIRED_LOCATION: usize = 52
export const ENTRY_REQUIRED_ORDER: usize = 56
export const ENTRY_BYTES: usize = 64

// ARRAY
//    4  u32  typed            as for OBJECT
//    8  u32  typeLocation
//   12  u32  itemsMin, itemsMax, and their locations
//   28  u32  prefixCount
//   32  slot items            for elements behind the prefix
//   40  slots of the prefix
export const ARRAY_TYPED: usize = 4
export const ARRAY_TYPE_LOCATION: usize = 8
export const ARRAY_ITEMS_MIN: usize = 12
export const ARRAY_ITEMS_MAX: usize = 16
export const ARRAY_MIN_LOCATION: usize = 20
export const ARRAY_MAX_LOCATION: usize = 24
export const ARRAY_PREFIX_COUNT: usize = 28
export const ARRAY_ITEMS: usize = 32
export const ARRAY_PREFIX: usize = 40

// WORDS: a set of strings of at most seven bytes, each as one word of its MessagePack.
//    4  u32  hashShift
//    8  u64  hashMultiplier
//   16  u32  hashMask
//   24  u64  slots, 0: empty; never all full
export const WORDS_HASH_SHIFT: usize = 4
export const WORDS_HASH_MULTIPLIER: usize = 8
export const WORDS_HASH_MASK: usize = 16
export const WORDS_SLOTS: usize = 24

// VALUES: any values, as canonical MessagePack one after another.
//    4  u32  count
//    8  u32  bytes
//   16  the values
export const VALUES_COUNT: usize = 4
export const VALUES_BYTES: usize = 8
export const VALUES_FIRST: usize = 16

// KEY_PATHS
//    4  u32  pathCount
//    8  paths, 8 bytes each: u32 tokens, from the item's start · u32 tokenCount
//  then tokens, 48 bytes each: the first 40 of an entry · u32 element (0xffffffff: the token names no element) · u32 0
//  then names
export const KEY_PATHS_COUNT: usize = 4
export const KEY_PATHS_PATHS: usize = 8
export const TOKEN_ELEMENT: usize = 40
export const TOKEN_BYTES: usize = 48
