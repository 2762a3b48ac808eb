// The numbers of assembly/schema/program.ts as the compiler uses them; a test compares the two. The drawings are there.

export const programMagic = 0x50434c53
export const programVersion = 1
export const programBytesMax = 4_194_304
export const programFlag = { VALUE_JSON: 1, CHARGED: 2 } as const

export const header = {
  MAGIC: 0,
  VERSION: 4,
  BYTES_TOTAL: 8,
  CHECKSUM: 12,
  FLAGS: 16,
  DEPTH_MAX: 20,
  RECORD_BYTES_MAX: 24,
  KEY_BYTES_MAX: 28,
  ENTRY: 32,
  KEY_PATHS: 36,
  KEY_PATH_COUNT: 40,
  LOCATION_COUNT: 44,
  ROOT: 48,
  ITEMS_END: 56,
  STARTS: 60,
  BYTES: 64,
} as const

export const slotKind = {
  ANY: 0,
  NEVER: 1,
  STRING: 2,
  INTEGER: 3,
  NUMBER: 4,
  WORDS: 5,
  TEXT: 6,
  SCALAR: 7,
  FLAT_OBJECT: 8,
  FLAT_ARRAY: 9,
  NEST_OBJECT: 10,
  BLOCK: 11,
} as const

export type SlotKind = (typeof slotKind)[keyof typeof slotKind]

export const op = {
  BLOCK: 1,
  END: 2,
  FALSE: 3,
  SCALAR: 4,
  OBJECT: 5,
  ARRAY: 6,
  WORDS: 7,
  VALUES: 8,
  KEY_PATHS: 9,
  MULTIPLE: 10,
  DFA: 11,
  MEMBERS: 12,
  DEPENDENT: 13,
  UNIQUE: 14,
  CONTAINS: 15,
  APPLY: 16,
  WHEN: 17,
  CALL: 18,
  CHARGE: 19,
  ANY: 20,
  ONE: 21,
  NOT: 22,
  IF: 23,
  COLLECT: 24,
  MARK: 25,
  RELEASE: 26,
  UNEVALUATED_ITEMS: 27,
  UNEVALUATED_PROPERTIES: 28,
} as const

export const typeBits = {
  null: 1,
  boolean: 2,
  integer: 4,
  number: 12,
  string: 16,
  array: 32,
  object: 64,
} as const

export const typesAll = 127

/** Formats the kernel has code for; the others are automata. */
export const formatCode = {
  'date-time': 1,
  uuid: 2,
  email: 3,
  date: 4,
  time: 5,
  ipv4: 6,
  ipv6: 7,
  hostname: 8,
} as const

export const blockLayout = { OWNER: 4, BYTES: 8 } as const

export const scalarLayout = {
  TYPES: 4,
  INT_MIN: 8,
  INT_MAX: 16,
  BIG_MIN: 24,
  BIG_MAX: 32,
  DOUBLE_MIN: 40,
  DOUBLE_MAX: 48,
  QUICK_MIN: 56,
  QUICK_SPAN: 60,
  LENGTH_MIN: 64,
  LENGTH_MAX: 68,
  ENUM: 72,
  CONST: 76,
  PATTERN: 80,
  FORMAT: 84,
  FORMAT_DFA: 88,
  MULTIPLE: 92,
  BOUNDS: 96,
  LOCATIONS: 128,
  BYTES: 192,
} as const

/** Keywords in the order of a SCALAR's locations. */
export const scalarKeywords = [
  'type',
  'enum',
  'const',
  'multipleOf',
  'maximum',
  'exclusiveMaximum',
  'minimum',
  'exclusiveMinimum',
  'maxLength',
  'minLength',
  'pattern',
  'format',
] as const

export const objectLayout = {
  TYPED: 4,
  TYPE_LOCATION: 8,
  MEMBERS_MIN: 12,
  MEMBERS_MAX: 16,
  MIN_LOCATION: 20,
  MAX_LOCATION: 24,
  REQUIRED_COUNT: 28,
  ADDITIONAL: 32,
  ENTRY_COUNT: 40,
  HASH: 44,
  HASH_MULTIPLIER: 48,
  HASH_SHIFT: 56,
  HASH_MASK: 60,
  NAMES: 64,
  PATTERN_COUNT: 72,
  PATTERNS: 76,
  NAMES_LOCATION: 80,
  ENTRIES: 96,
} as const

export const patternLayout = { SLOT: 8, BYTES: 16 } as const

export const entryLayout = {
  WORD: 0,
  MASK: 16,
  NAME_BYTES: 32,
  NAME: 36,
  SLOT: 40,
  REQUIRED: 48,
  REQUIRED_LOCATION: 52,
  REQUIRED_ORDER: 56,
  LISTED: 60,
  BYTES: 64,
} as const

export const arrayLayout = {
  TYPED: 4,
  TYPE_LOCATION: 8,
  ITEMS_MIN: 12,
  ITEMS_MAX: 16,
  MIN_LOCATION: 20,
  MAX_LOCATION: 24,
  PREFIX_COUNT: 28,
  ITEMS: 32,
  PREFIX: 40,
} as const

export const wordsLayout = { HASH_SHIFT: 4, HASH_MULTIPLIER: 8, HASH_MASK: 16, SLOTS: 24 } as const
export const valuesLayout = { COUNT: 4, BYTES: 8, FIRST: 16 } as const
export const keyPathsLayout = { COUNT: 4, PATHS: 8 } as const
export const tokenLayout = { ELEMENT: 40, LOCATION: 44, BYTES: 48 } as const
export const multipleLayout = { REDUCED: 8, DIVISOR: 16, MANTISSA: 24, SCALE: 32, BYTES: 40 } as const

export const dfaLayout = {
  STATE_COUNT: 4,
  CLASS_COUNT: 8,
  START: 12,
  ACCEPT_FROM: 16,
  SINK: 20,
  CLASSES: 24,
  ALSO: 280,
  NEXT: 288,
} as const

export const dependentLayout = { COUNT: 4, TOKENS: 8 } as const
export const uniqueLayout = { LOCATION: 4, BYTES: 8 } as const
export const containsLayout = { MIN: 4, MAX: 8, MIN_LOCATION: 12, MAX_LOCATION: 16, SLOT: 24, BYTES: 32 } as const
export const applyLayout = { SLOT: 8, BYTES: 16 } as const
export const whenLayout = { SLOT: 8, TOKEN: 16 } as const
export const callLayout = { BLOCK: 4, BYTES: 8 } as const
export const branchLayout = { LOCATION: 4, COUNT: 8, ALL: 12, SLOTS: 16 } as const
export const notLayout = { LOCATION: 4, SLOT: 8, BYTES: 16 } as const
export const ifLayout = { SLOT: 8, THEN: 16, ELSE: 24, BYTES: 32 } as const
export const markLayout = { BIT: 4, BYTES: 8 } as const
export const markCountMax = 192
export const unevaluatedLayout = { SLOT: 8, COUNT: 16, SOURCES: 24 } as const
export const sourceLayout = { CONDITION_COUNT: 4, KIND: 8, OPERAND: 12, BYTES: 16 } as const
export const sourceKind = { ALL: 0, NAME: 1, PATTERN: 2, PREFIX: 3, CONTAINS: 4 } as const
