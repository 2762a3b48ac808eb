// A wrong command line is told in words, with the usage, and ends with 2; questions are answered and end with 0.
import { describe, expect, test } from 'vitest'
import { runCli } from '../../src/cli.ts'
import { keepPrinted } from './printed.ts'

const printed = keepPrinted()

describe('a wrong command line', () => {
  test.each([
    [['send'], 'an argument is missing'],
    [['send', 'x.ndjson'], '--to URL is missing'],
    [['send', 'x.ndjson', '--to', 'localhost:80'], 'takes an http URL'],
    [['send', 'x.ndjson', '--to', 'http://localhost'], 'the URL of a stream'],
    [['send', 'x.ndjson', '--to', 'http://a/b', '--connections', '0'], 'from 1 to 64'],
    [['send', 'x.ndjson', '--to', 'http://a/b', '--bogus'], "Unknown option '--bogus'"],
    [['nonsense'], 'there is no command "nonsense"'],
    [['log', 'eat'], 'verify, dump or stat'],
    [['check', 'x'], '--schema FILE is missing'],
    [['check', '--schema', 'none.json', 'x'], 'the schema none.json cannot be read as JSON: ENOENT'],
    [['bench'], '--schema FILE is missing'],
    [['bench', '--schema', 'x.json'], '--data FILE is missing'],
    [['bench', '--schema', 'package.json', '--data', 'x', '--rounds', '1'], 'from 3 to 1000'],
    [['bench', 'load'], '--url URL is missing'],
    [['bench', 'load', '--url', 'https://a/b'], 'takes an http URL'],
    [['bench', 'load', '--url', 'http://a/b', '--rate', '0'], '--rate'],
    [['start', 'now'], 'unexpected argument "now"'],
    [['start', '--port', '99999'], '--port'],
    [['start', '--config', 'none.ts'], 'none.ts'],
    [['check', '--schema', 'package.json', '--engine', 'go', 'x'], '--engine'],
    [['check', '--schema', 'package.json', '--errors', 'some', 'x'], '--errors is first or all'],
    [['check', '--schema', 'package.json', '--errors-max', '0', 'x'], 'from 1 to 1000'],
  ])('%j', async (args, message) => {
    expect(await runCli(args)).toBe(2)
    expect(printed.err).toContain(message)
  })
})

test('--version and --help answer', async () => {
  expect(await runCli(['--version'])).toBe(0)
  expect(printed.out).toMatch(/^\d+\.\d+\.\d+\n$/)
  for (const args of [[], ['--help'], ['help']]) {
    printed.out = ''
    expect(await runCli(args)).toBe(0)
    for (const name of ['start', 'send', 'check', 'log', 'bench', 'bench load'])
      expect(printed.out).toContain(`sluice ${name}`)
  }
})

test.each(['start', 'send', 'check', 'log', 'bench', 'bench load'])(
  '%s --help shows usage and explanation',
  async (name) => {
    expect(await runCli([...name.split(' '), '--help'])).toBe(0)
    expect(printed.out).toMatch(new RegExp(`^sluice ${name} .*\n\n.{100}`, 's'))
  },
)
