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
export const SLOT_TEXT: u32 = 6
export const SLOT_SCALAR: u32 = 7
export const SLOT_FLAT_OBJECT: u32 = 8
export const SLOT_FLAT_ARRAY: u32 = 9
export const SLOT_NEST_OBJECT: u32 = 10
export const SLOT_BLOCK: u32 = 11

export const OP_BLOCK: u32 = 1
export const OP_END: u32 = 2
export const OP_FALSE: u32 = 3
export const OP_SCALAR: u32 = 4
export const OP_OBJECT: u32 = 5
export const OP_ARRAY: u32 = 6
export const OP_WORDS: u32 = 7
export const OP_VALUES: u32 = 8
export const OP_KEY_PATHS: u32 = 9
export const OP_MULTIPLE: u32 = 10
export const OP_DFA: u32 = 11
export const OP_MEMBERS: u32 = 12
export const OP_DEPENDENT: u32 = 13
export const OP_UNIQUE: u32 = 14
export const OP_CONTAINS: u32 = 15
export const OP_APPLY: u32 = 16
export const OP_WHEN: u32 = 17
export const OP_CALL: u32 = 18
export const OP_CHARGE: u32 = 19
export const OP_ANY: u32 = 20
export const OP_ONE: u32 = 21
export const OP_NOT: u32 = 22
export const OP_IF: u32 = 23
export const OP_COLLECT: u32 = 24
export const OP_MARK: u32 = 25
export const OP_RELEASE: u32 = 26
export const OP_UNEVALUATED_ITEMS: u32 = 27
export const OP_UNEVALUATED_PROPERTIES: u32 = 28

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
//   88  u32  formatDfa        item DFA, likewise; with FORMAT_HOSTNAME it is for decoded labels
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
export const FORMAT_DATE: u32 = 4
export const FORMAT_TIME: u32 = 5
export const FORMAT_IPV4: u32 = 6
export const FORMAT_IPV6: u32 = 7
export const FORMAT_HOSTNAME: u32 = 8
export const FORMAT_LAST: u32 = FORMAT_HOSTNAME

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
//   64  slot names            MEMBERS only: what each name is checked by, as a string
//   72  u32  patternCount     MEMBERS only
//   76  u32  patterns         from the item's start, 16 bytes each: u32 DFA, from the item's start · u32 0 · slot
//   80  u32  namesLocation
//   96  entries, one more than counted: the last never matches
//  then the hash, the patterns, and names that are longer than an entry holds
// MEMBERS is OBJECT with patterns and names: each member is checked by all that apply to it, `additional` is for those that
// neither an entry with `listed` nor a pattern took.
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
export const OBJECT_NAMES: usize = 64
export const OBJECT_PATTERN_COUNT: usize = 72
export const OBJECT_PATTERNS: usize = 76
export const OBJECT_NAMES_LOCATION: usize = 80
export const OBJECT_ENTRIES: usize = 96
export const PATTERN_SLOT: usize = 8
export const PATTERN_BYTES: usize = 16

// Entry, 64 bytes: a name as MessagePack writes it, and what its value is checked by.
//    0  u8×16  word           the first 16 bytes of the encoded name, zeros behind it
//   16  u8×16  mask           ff where the word counts
//   32  u32    nameBytes      of the encoded name
//   36  u32    name           from the entry's start: the whole encoded name; 0: the word holds it
//   40  slot   of the value
//   48  u32    required       1 or 0
//   52  u32    requiredLocation
//   56  u32    requiredOrder  place in the schema's list
//   60  u32    listed         1: in `properties`; 0: only required
export const ENTRY_WORD: usize = 0
export const ENTRY_MASK: usize = 16
export const ENTRY_NAME_BYTES: usize = 32
export const ENTRY_NAME: usize = 36
export const ENTRY_SLOT: usize = 40
export const ENTRY_REQUIRED: usize = 48
export const ENTRY_REQUIRED_LOCATION: usize = 52
export const ENTRY_REQUIRED_ORDER: usize = 56
export const ENTRY_LISTED: usize = 60
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
//  then tokens, 48 bytes each: the first 40 of an entry · u32 element (0xffffffff: the token names no element)
//       · u32 location (in DEPENDENT)
//  then names
export const KEY_PATHS_COUNT: usize = 4
export const KEY_PATHS_PATHS: usize = 8
export const TOKEN_ELEMENT: usize = 40
export const TOKEN_LOCATION: usize = 44
export const TOKEN_BYTES: usize = 48

// MULTIPLE, 40 bytes: a divisor m × 10^−k (docs/schema.md, "multipleOf")
//    8  u64  reduced          m ÷ gcd(m, 10^k), never 0
//   16  f64  divisor, mantissa m, scale 10^k; a scale of 0: k is above 22
export const MULTIPLE_REDUCED: usize = 8
export const MULTIPLE_DIVISOR: usize = 16
export const MULTIPLE_MANTISSA: usize = 24
export const MULTIPLE_SCALE: usize = 32
export const MULTIPLE_BYTES: u32 = 40

// DFA: an automaton over the bytes of a text. State 0 refuses whatever follows.
//    4  u32  stateCount
//    8  u32  classCount       of bytes that no state tells apart
//   12  u32  start
//   16  u32  acceptFrom       states from this one on accept at the end of the text
//   20  u32  sink             this state accepts whatever follows; 0: none does
//   24  u8   class of each of the 256 bytes
//  280  u32  also           another DFA that must accept too, as bytes from this item's start; 0: none
//  288  u16  next state, for each state and class
export const DFA_STATE_COUNT: usize = 4
export const DFA_CLASS_COUNT: usize = 8
export const DFA_START: usize = 12
export const DFA_ACCEPT_FROM: usize = 16
export const DFA_SINK: usize = 20
export const DFA_CLASSES: usize = 24
export const DFA_ALSO: usize = 280
export const DFA_NEXT: usize = 288

// DEPENDENT: 4 u32 count · 8 tokens: the trigger, then `count` names that are required with it · names
export const DEPENDENT_COUNT: usize = 4
export const DEPENDENT_TOKENS: usize = 8

// UNIQUE, 8 bytes:  4 u32 location
export const UNIQUE_LOCATION: usize = 4

// CONTAINS, 32 bytes:  4 u32 min, max, and their locations · 24 slot
export const CONTAINS_MIN: usize = 4
export const CONTAINS_MAX: usize = 8
export const CONTAINS_MIN_LOCATION: usize = 12
export const CONTAINS_MAX_LOCATION: usize = 16
export const CONTAINS_SLOT: usize = 24
export const CONTAINS_BYTES: usize = 32

// APPLY, 16 bytes:  8 slot, checked at the same value
export const APPLY_SLOT: usize = 8
export const APPLY_BYTES: usize = 16

// WHEN:  8 slot, checked at the same value when it has the member · 16 token · name
export const WHEN_SLOT: usize = 8
export const WHEN_TOKEN: usize = 16

// CALL, 8 bytes:  4 u32 offset of a block without an owner; costs the bytes of the value
export const CALL_BLOCK: usize = 4

// CHARGE, 8 bytes: costs the bytes of the value

// ANY, ONE:  4 u32 location · 8 u32 count · 12 u32 all (1: every branch is looked at) · 16 slots
export const BRANCH_LOCATION: usize = 4
export const BRANCH_COUNT: usize = 8
export const BRANCH_ALL: usize = 12
export const BRANCH_SLOTS: usize = 16

// NOT, 16 bytes:  4 u32 location · 8 slot
export const NOT_LOCATION: usize = 4
export const NOT_SLOT: usize = 8

// IF, 32 bytes:  8 slots of the condition, of `then`, of `else`
export const IF_SLOT: usize = 8
export const IF_THEN: usize = 16
export const IF_ELSE: usize = 24
export const IF_BYTES: usize = 32

// COLLECT, RELEASE, 8 bytes: first and last instruction of a block that asks what was evaluated. MARK, 8 bytes: 4 u32 bit:
// notes that a branch fits, in the innermost block that collects.
export const MARK_BIT: usize = 4
export const MARK_COUNT_MAX: u32 = 192

// UNEVALUATED_ITEMS, UNEVALUATED_PROPERTIES:  8 slot, for the children that no source has evaluated
//   16  u32  sourceCount
//   24  sources, 16 bytes each: u32 conditions, from the item's start · u32 conditionCount · u32 kind · u32 operand
//  then conditions, u32 each: bits that all must be marked; tokens, slots and names
// The operand of SOURCE_NAME is a token and of SOURCE_CONTAINS a slot, of SOURCE_PATTERN a DFA, each from the item's start;
// of SOURCE_PREFIX the number of elements.
export const UNEVALUATED_SLOT: usize = 8
export const UNEVALUATED_COUNT: usize = 16
export const UNEVALUATED_SOURCES: usize = 24
export const SOURCE_CONDITION_COUNT: usize = 4
export const SOURCE_KIND: usize = 8
export const SOURCE_OPERAND: usize = 12
export const SOURCE_BYTES: usize = 16
export const SOURCE_ALL: u32 = 0
export const SOURCE_NAME: u32 = 1
export const SOURCE_PATTERN: u32 = 2
export const SOURCE_PREFIX: u32 = 3
export const SOURCE_CONTAINS: u32 = 4
