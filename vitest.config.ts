import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'web/**/*.test.{ts,tsx}'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // A test that waits on real servers may meet a busy CI machine; a second failure is a fault.
    retry: process.env.CI ? 1 : 0,
    // Tests start real servers, and mostly wait for them: twice as many at a time as a two-core machine has cores.
    maxWorkers: 4,
    reporters: ['default'],
  },
})
