// The package's entrance: what `import … from 'sluice'` gives. For a configuration file, and for a program that runs the
// server itself.
export { type Config, defineConfig, type StreamConfig, type UserConfig } from './config/config.ts'
export { loadConfig } from './config/load.ts'
export { type ErrorCode, errorTable, SluiceError } from './errors.ts'
export { type Sluice, startSluice } from './main.ts'
