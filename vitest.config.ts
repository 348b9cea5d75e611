import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The real-cluster suite needs a running API server: `npm run test:cluster` starts one.
    exclude: process.env.CONVERGE_TEST_CLUSTER ? [] : ['test/cluster/**'],
    reporters: ['default', './test/summary-reporter.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})
