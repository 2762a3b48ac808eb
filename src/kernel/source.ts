// Gets the plain kernel's WebAssembly from wherever a host has it, without a Node import: this file is bundled for browsers.
// It refuses what is no WebAssembly, or of another ABI than this host.
import { SluiceError } from '../errors.ts'
import { abiVersion } from './abi.ts'

// Bundlers know the file by this very expression and put it beside the bundle.
const packaged = () => new URL('../../build/kernel.wasm', import.meta.url)

/** The plain build: a compiled module, its bytes, a response with them, or where they are. */
export type KernelSource = WebAssembly.Module | ArrayBuffer | Uint8Array | Response | URL | string

/** The export by which a kernel of an ABI version is known. */
export function markerName(version: number): string {
  return `sluice_abi_v${version}`
}

/**
 * Compiles the kernel; without a source, the one of this package.
 * @throws SluiceError KERNEL_FAILED
 */
export async function openSource(source?: KernelSource): Promise<WebAssembly.Module> {
  const from = source ?? packaged()
  const module = from instanceof WebAssembly.Module ? from : await compile(from)
  const marker = markerName(abiVersion)
  if (WebAssembly.Module.exports(module).some(({ name }) => name === marker)) return module
  throw new SluiceError('KERNEL_FAILED', `the kernel does not export ${marker}: it belongs to another version`)
}

async function compile(from: Exclude<KernelSource, WebAssembly.Module>): Promise<WebAssembly.Module> {
  const bytes = await readBytes(from)
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw new SluiceError('KERNEL_FAILED', 'the kernel is not WebAssembly that this host runs', {}, cause)
  }
}

async function readBytes(from: Exclude<KernelSource, WebAssembly.Module>): Promise<ArrayBuffer | Uint8Array> {
  if (from instanceof ArrayBuffer || from instanceof Uint8Array) return from
  if (from instanceof Response) return responseBytes(from)
  const url = from instanceof URL ? from : URL.parse(from)
  try {
    // A relative address is one of the page's.
    return url?.protocol === 'file:' ? await readLocal(url) : await responseBytes(await fetch(from))
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause
    throw new SluiceError('KERNEL_FAILED', `the kernel at ${from} cannot be read`, { url: String(from) }, cause)
  }
}

async function responseBytes(response: Response): Promise<ArrayBuffer> {
  if (response.ok) return response.arrayBuffer()
  throw new SluiceError('KERNEL_FAILED', `${response.url} answered ${response.status}`, { url: response.url })
}

// Node's fetch takes no file URL; its file system is asked for at run time, where there is one.
async function readLocal(url: URL): Promise<ArrayBuffer | Uint8Array> {
  const files = globalThis.process?.getBuiltinModule?.('node:fs/promises')
  return files === undefined ? responseBytes(await fetch(url)) : files.readFile(url)
}
