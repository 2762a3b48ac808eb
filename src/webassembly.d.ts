// The part of the WebAssembly interface that Sluice uses. TypeScript keeps these types in its browser library only,
// and taking that in would give every file `window`.
declare namespace WebAssembly {
  type Exports = Record<string, unknown>
  type Imports = Record<string, Record<string, unknown>>
  class Module {
    // Tells it from any other object.
    private readonly compiled: unknown
    constructor(bytes: ArrayBufferView | ArrayBuffer)
    static exports(module: Module): { name: string; kind: string }[]
    static imports(module: Module): { module: string; name: string; kind: string }[]
  }
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: ArrayBuffer | SharedArrayBuffer
  }
  class Table {}
  class Global {}
  class Instance {
    constructor(module: Module, imports?: Imports)
    readonly exports: Exports
  }
  class RuntimeError extends Error {}
  class CompileError extends Error {}
  class LinkError extends Error {}
  function compile(bytes: ArrayBufferView | ArrayBuffer): Promise<Module>
  function instantiate(module: Module, imports?: Imports): Promise<Instance>
  // Named by the loader's types.
  type ResultObject = { module: Module; instance: Instance }
  type WebAssemblyInstantiatedSource = ResultObject
}
