// The random numbers of the command line, for the benchmarks.
export { integerWithin, makeRandom, pick, type Random, shuffle } from '../src/measure/random.ts'
