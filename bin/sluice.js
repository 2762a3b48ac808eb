#!/usr/bin/env node
// Starts the command line: from the sources in a checkout, from dist/ where the package is installed, since Node strips
// types of no file under node_modules. Written so that a Node which is too old can still say so.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const majorMin = 24
if (Number.parseInt(process.versions.node, 10) < majorMin) {
  process.stderr.write(`sluice: Node ${majorMin} or newer is needed, this is ${process.version}\n`)
  process.exit(2)
}

const source = new URL('../src/cli.ts', import.meta.url)
const entry = existsSync(fileURLToPath(source)) ? source : new URL('../dist/cli.js', import.meta.url)
const { runCli } = await import(entry.href)
process.exitCode = await runCli(process.argv.slice(2))
