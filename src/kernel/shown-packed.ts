// A value of a MessagePack record as it is shown to a person: as JSON, cut short. The record was accepted by the kernel, so
// its lengths can be trusted. What always holds: little more is read than is shown, and the recursion ends with the record's
// depth, which the kernel has bounded.

const charactersMax = 60

type Shown = { readonly bytes: Uint8Array; readonly view: DataView; at: number; text: string }

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The value that starts at `from`, as JSON, cut after sixty characters. */
export function shownPacked(record: Uint8Array, from: number): string {
  const view = new DataView(record.buffer, record.byteOffset, record.length)
  const shown: Shown = { bytes: record, view, at: from, text: '' }
  show(shown)
  return shown.text.length > charactersMax ? `${shown.text.slice(0, charactersMax)}…` : shown.text
}

function show(shown: Shown): void {
  const type = shown.view.getUint8(shown.at++)
  if (type < 0x80) shown.text += type
  else if (type >= 0xe0) shown.text += type - 0x100
  else if (type < 0xa0) showContainer(shown, type & 15, type < 0x90)
  else if (type < 0xc0) showText(shown, type & 31)
  else if (type >= 0xdc) showContainer(shown, size(shown, 2 << (type & 1)), type >= 0xde)
  else if (type >= 0xd9) showText(shown, size(shown, 1 << (type - 0xd9)))
  else shown.text += scalar(shown.view, type, shown)
}

function size(shown: Shown, bytes: number): number {
  const { view, at } = shown
  shown.at += bytes
  return bytes === 1 ? view.getUint8(at) : bytes === 2 ? view.getUint16(at) : view.getUint32(at)
}

function showText(shown: Shown, bytes: number): void {
  const start = shown.at
  shown.at += bytes
  // A cut may fall into a character; what is left of it is dropped.
  const text = textDecoder.decode(shown.bytes.slice(start, Math.min(shown.at, start + 4 * charactersMax)))
  shown.text += JSON.stringify(text.replace(/\ufffd+$/, ''))
}

function showContainer(shown: Shown, count: number, isMap: boolean): void {
  shown.text += isMap ? '{' : '['
  for (let i = 0; i < count && shown.text.length <= charactersMax; i++) {
    if (i > 0) shown.text += ','
    if (isMap) {
      show(shown)
      shown.text += ':'
    }
    show(shown)
  }
  shown.text += isMap ? '}' : ']'
}

function scalar(view: DataView, type: number, shown: Shown): string {
  const { at } = shown
  if (type < 0xca) return type === 0xc0 ? 'null' : type === 0xc3 ? 'true' : 'false'
  shown.at += type === 0xca ? 4 : type === 0xcb ? 8 : 1 << (type - (type < 0xd0 ? 0xcc : 0xd0))
  switch (type) {
    case 0xca:
      return String(view.getFloat32(at))
    case 0xcb:
      return String(view.getFloat64(at))
    case 0xcf:
      return view.getBigUint64(at).toString()
    case 0xd0:
      return String(view.getInt8(at))
    case 0xd1:
      return String(view.getInt16(at))
    case 0xd2:
      return String(view.getInt32(at))
    case 0xd3:
      return view.getBigInt64(at).toString()
    default:
      return String(size({ ...shown, at }, 1 << (type - 0xcc)))
  }
}
