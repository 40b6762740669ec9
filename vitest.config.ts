import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests start real servers: two at a time is what a two-core machine carries.
    maxWorkers: 2,
    reporters: ['default'],
  },
})
