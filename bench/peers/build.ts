// Builds the peers that are not JavaScript, into build/bench. Where a tool is missing or a build fails, the peer is left out
// of the tables with a notice that says why: it is never silently absent.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const buildDir = fileURLToPath(new URL('../../build/bench/', import.meta.url))

export type Build = { readonly executable: string } | { readonly missing: string }

/** Compiles one command of the Go module. */
export function buildGo(command: 'nethttp' | 'fasthttp', env: Readonly<Record<string, string>> = {}): Build {
  const executable = `${buildDir}go-${command}${env.GOEXPERIMENT ?? ''}`
  return build('go', ['build', '-trimpath', '-o', executable, `./${command}`], 'go', executable, env)
}

/** Compiles the C floor. */
export function buildFloor(): Build {
  const executable = `${buildDir}floor`
  return build('cc', ['-O2', '-Wall', '-Wextra', '-o', executable, 'floor.c'], '.', executable, {})
}

function build(
  tool: string,
  args: readonly string[],
  dir: string,
  executable: string,
  env: Readonly<Record<string, string>>,
): Build {
  mkdirSync(buildDir, { recursive: true })
  const cwd = fileURLToPath(new URL(`${dir}/`, import.meta.url))
  const { status, stderr, error } = spawnSync(tool, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8' })
  if (error !== undefined) return { missing: `${tool} is not there (${error.message})` }
  if (status !== 0) return { missing: `${tool} failed: ${stderr.trim().split('\n').slice(0, 3).join(' / ')}` }
  return { executable }
}
