// The request vectors of llhttp, in strict mode: what the lane takes, llhttp reads without an error up to the end of the
// head, with the same method, path and length; and no cut changes anything. Most vectors lack a Host, so each runs a second
// time with one. The vectors are not part of the repository: without them the test is skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { badCut, type HeadParser, openHeadParser } from './heads.ts'

const corpus = fileURLToPath(new URL('../../../../shared/corpora/llhttp/test/request', import.meta.url))

type Vector = { readonly name: string; readonly text: string; readonly log: string }

/** The vectors of one file; the rules of reading them are those of llhttp's test/md-test.ts. */
function vectorsOf(file: string): Vector[] {
  const text = readFileSync(join(corpus, file), 'utf8')
  const pattern = /<!-- meta=(.*?)-->\s*```http\n([\s\S]*?)```\s*```log\n([\s\S]*?)```/g
  return [...text.matchAll(pattern)]
    .filter(([, meta = '']) => /"type":\s*"request"/.test(meta))
    .map(([, , input = '', log = ''], index) => ({ name: `${file} ${index}`, text: bytesOf(input), log }))
}

function bytesOf(input: string): string {
  return input
    .replace(/\n$/, '')
    .replace(/\\\n/g, '')
    .replace(/\n/g, '\r\n')
    .replace(/\\([rntf])/g, (_, letter: 'r' | 'n' | 't' | 'f') => ({ r: '\r', n: '\n', t: '\t', f: '\f' })[letter])
    .replace(/\\x([0-9a-fA-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

const vectors = existsSync(corpus)
  ? readdirSync(corpus)
      .filter((file) => file.endsWith('.md'))
      .flatMap(vectorsOf)
  : []
if (vectors.length === 0) console.log(`left out: the vectors of llhttp are not at ${corpus}`)

let parser: HeadParser
beforeAll(async () => {
  parser = await openHeadParser()
})

describe.skipIf(vectors.length === 0)('the vectors of llhttp', () => {
  test('are all there', () => {
    expect(vectors.length).toBeGreaterThan(100)
  })

  test('are taken only where llhttp reads the head without an error, and alike', () => {
    for (const { name, text, log } of vectors) {
      const head = parser.parse(text)
      if (head.length <= 0) continue
      const end = log.indexOf('headers complete')
      expect(end, `${name}: taken`).toBeGreaterThan(0)
      expect(log.slice(0, end), name).not.toContain('error')
      expect(log, name).toContain(`off=${head.length} headers complete`)
      expect(log, name).toContain(`span[method]="${head.method}"`)
      expect(log, name).toContain(`span[url]="${head.path}"`)
      expect(log, name).toContain(`content_length=${head.contentLength}`)
    }
  })

  test('with a Host are taken only where llhttp reads the head without an error', () => {
    let taken = 0
    for (const { name, text, log } of vectors) {
      const withHost = text.replace(/\r\n/, '\r\nHost: x\r\n')
      const head = parser.parse(/^host:/im.test(text) ? text : withHost)
      if (head.length <= 0) continue
      taken++
      const end = log.indexOf('headers complete')
      expect(end, `${name}: taken`).toBeGreaterThan(0)
      expect(log.slice(0, end), name).not.toContain('error')
      expect(log, name).toContain(`content_length=${head.contentLength}`)
    }
    expect(taken).toBeGreaterThan(5)
  })

  test('come to the same wherever they are cut', () => {
    for (const { name, text } of vectors) {
      expect(badCut(parser, text), name).toBeUndefined()
      expect(badCut(parser, text.replace(/\r\n/, '\r\nHost: x\r\n')), `${name} with a Host`).toBeUndefined()
    }
  })
})
