// Lays a revision out in a directory of its own, ready to run, with what it needs installed. The repository is not touched.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { buildDir } from './peers/build.ts'

/** Returns the directory, which the caller removes. */
export function layOut(root: string, revision: string): string {
  const tree = join(buildDir, `base-${revision.slice(0, 12)}`)
  if (existsSync(tree)) rmSync(tree, { recursive: true })
  mkdirSync(tree, { recursive: true })
  const archive = `${tree}.tar`
  execFileSync('git', ['archive', '--output', archive, revision], { cwd: root })
  execFileSync('tar', ['-xf', archive, '-C', tree])
  rmSync(archive)
  const lock = (dir: string) => readFileSync(join(dir, 'package-lock.json'))
  if (lock(tree).equals(lock(root))) symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  else execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
  buildKernel(tree)
  return tree
}

export function buildKernel(tree: string): void {
  execFileSync('npm', ['run', '--silent', 'build:kernel'], { cwd: tree, stdio: ['ignore', 'ignore', 'inherit'] })
}
