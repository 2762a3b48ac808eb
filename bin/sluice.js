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

// Who reads the output may have seen enough, as `head` has: there is nothing left to do then, except for a server.
const brokenPipe = 141 // what a shell shows of a program that SIGPIPE ended
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
  if (process.argv[2] !== 'start') process.exit(brokenPipe)
})

const source = new URL('../src/cli.ts', import.meta.url)
const entry = existsSync(fileURLToPath(source)) ? source : new URL('../dist/cli.js', import.meta.url)
const { runCli } = await import(entry.href)
process.exitCode = await runCli(process.argv.slice(2))
