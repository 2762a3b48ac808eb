#!/usr/bin/env node
// Starts the command line: from the sources in a checkout, from dist/ where the package is installed, since Node strips
// types of no file under node_modules.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const source = new URL('../src/cli.ts', import.meta.url)
const entry = existsSync(fileURLToPath(source)) ? source : new URL('../dist/cli.js', import.meta.url)
const { runCli } = await import(entry.href)
process.exitCode = await runCli(process.argv.slice(2))
