// The configured streams as the kernel takes them: their schemas, compiled. A stream's index is its place in the
// configuration, everywhere: in slabs, in shared progress, in the drain's messages.
import { SluiceError } from '../errors.ts'
import { depthMax, keyBytesMax } from '../limits.ts'
import { type CompiledSchema, type CompileOptions, compileSchema } from '../schema/compile.ts'
import type { Config, KeyConfig, StreamConfig } from './config.ts'

/** The streams' names; the position is the stream's index. */
export function streamNames(config: Config): readonly string[] {
  return Object.keys(config.streams)
}

/** JSON pointers that make a record's key; none for a stream without a key or with a key in a header. */
export function keyPointers(key: KeyConfig | undefined): readonly string[] {
  if (key === undefined) return []
  if (typeof key === 'string') return [key]
  return 'header' in key ? [] : key
}

/** The request header a record's key comes in, lower case, if the stream has it there. */
export function keyHeader(key: KeyConfig | undefined): string | undefined {
  return typeof key === 'object' && 'header' in key ? key.header.toLowerCase() : undefined
}

export function compileOptions(config: Config, stream: StreamConfig): CompileOptions {
  return {
    keyPointers: keyPointers(stream.key),
    value: stream.value ?? 'msgpack',
    depthMax,
    recordBytesMax: config.limits.recordBytesMax,
    keyBytesMax,
    assertFormat: true,
    documents: stream.documents ?? {},
  }
}

/**
 * Compiles the schema of every stream, in the streams' order.
 * @throws SluiceError SCHEMA_UNSUPPORTED naming the stream beside keyword and pointer.
 */
export function compileStreams(config: Config): readonly CompiledSchema[] {
  return Object.entries(config.streams).map(([name, stream]) => compileStream(config, name, stream))
}

function compileStream(config: Config, name: string, stream: StreamConfig): CompiledSchema {
  try {
    return compileSchema(stream.schema, compileOptions(config, stream))
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    throw new SluiceError(
      error.code,
      `streams.${name}.schema: ${error.message}`,
      { ...error.extra, stream: name },
      error,
    )
  }
}
