import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: './test/temporary-directory.ts',
    reporters: ['default', './test/summary-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    // Many tests follow real processes and clusters; where CI's machine stalls for a moment, one is tried again, and said to have been.
    retry: process.env.CI ? 2 : 0,
  },
})
