// The statistics of the command line, for the benchmarks.
export { type Interval, median, medianOf, ratioInterval } from '../src/measure/statistics.ts'
