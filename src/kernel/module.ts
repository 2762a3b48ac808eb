// Finds and compiles the kernel's WebAssembly. It is compiled once, by main; every other thread is handed the module.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { SluiceError } from '../errors.ts'
import { abiVersion } from './abi.ts'
import { markerName } from './source.ts'

/** `shared`: for the server's threads over one memory. `plain`: for one instance with a memory of its own. */
export type KernelTarget = 'shared' | 'plain'

const fileNames: Readonly<Record<KernelTarget, string>> = { shared: 'kernel.shared.wasm', plain: 'kernel.wasm' }

/** Where the build puts a target, seen from the sources as from what is published. */
export function kernelFile(target: KernelTarget): URL {
  return new URL(`../../build/${fileNames[target]}`, import.meta.url)
}

/** @throws SluiceError KERNEL_FAILED when the file is not there, is no WebAssembly, or has another ABI than this host. */
export async function loadKernel(target: KernelTarget = 'shared'): Promise<WebAssembly.Module> {
  const file = kernelFile(target)
  const path = fileURLToPath(file)
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new SluiceError('KERNEL_FAILED', `${path} cannot be read; \`npm run build:kernel\` makes it`, { path }, cause)
  })
  const module = await WebAssembly.compile(bytes).catch((cause: unknown) => {
    throw new SluiceError('KERNEL_FAILED', `${path} is not WebAssembly that this Node runs`, { path }, cause)
  })
  const marker = markerName(abiVersion)
  if (WebAssembly.Module.exports(module).some(({ name }) => name === marker)) return module
  throw new SluiceError('KERNEL_FAILED', `${path} does not export ${marker}: it belongs to another version`, { path })
}
