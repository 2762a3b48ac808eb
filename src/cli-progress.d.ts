// The part of cli-progress that Sluice uses; the package has no types of its own.
declare module 'cli-progress' {
  type Options = { format: string; hideCursor: boolean; clearOnComplete: boolean; etaBuffer: number }
  class SingleBar {
    constructor(options: Options)
    start(total: number, value: number, payload: Readonly<Record<string, string>>): void
    update(value: number, payload: Readonly<Record<string, string>>): void
    stop(): void
  }
  const module: { SingleBar: typeof SingleBar }
  export default module
}
