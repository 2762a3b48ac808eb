// Builds what is not fresh, and says what and for how long: `node scripts/build.ts [kernel|dist]…`, both without a name.
// npm runs it after an install, before a pack and before the tests; `npm run build` builds in any case.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildNoted, isFresh, type Target } from './fresh.ts'

type Step = Target & { readonly words: string }

const root = dirname(dirname(fileURLToPath(import.meta.url)))
// The lock file stands for the compilers.
const steps: Readonly<Record<string, Step>> = {
  kernel: {
    root,
    inputs: ['assembly', 'asconfig.json', 'package-lock.json'],
    outputs: ['build/kernel.wasm', 'build/kernel.shared.wasm'],
    note: 'build/kernel.fresh',
    words: 'the WebAssembly kernel, for half a minute',
  },
  dist: {
    root,
    inputs: ['src', 'tsconfig.json', 'package-lock.json'],
    outputs: ['dist'],
    note: 'build/dist.fresh',
    words: 'dist/, for some seconds',
  },
}

for (const name of namesGiven()) {
  const step = steps[name]
  if (step === undefined) throw new Error(`there is no ${name} to build, only ${Object.keys(steps).join(' and ')}`)
  if (isFresh(step)) continue
  process.stderr.write(`building ${step.words}\n`)
  buildNoted(step, () => run(`build:${name}`))
}

// What compilers say is no output of this: `npm pack --json` prints there. They have said what is wrong when they fail.
function run(script: string): void {
  const stdio = ['ignore', process.stderr, process.stderr] as const
  const { status } = spawnSync('npm', ['run', '--silent', script], { cwd: root, stdio: [...stdio] })
  if (status !== 0) process.exit(status ?? 1)
}

function namesGiven(): readonly string[] {
  const { positionals } = parseArgs({ allowPositionals: true })
  return positionals.length > 0 ? positionals : Object.keys(steps)
}
