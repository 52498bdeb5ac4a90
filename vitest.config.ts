/** The tests, split by the runtime they run in. */

import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** No test takes nearly as long; on a machine that does other things too, a tenth of it happens. */
const busyMachineMs = 60_000

export default defineConfig({
  test: {
    // A machine of two cores would get one worker, which waits for services half of its time.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: busyMachineMs,
          // Pure functions leave nothing behind, and loading every module once halves the work.
          isolate: false,
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/services/**/*.test.ts'],
          testTimeout: busyMachineMs,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: { name: 'worker', include: ['test/worker/**/*.test.ts'], testTimeout: busyMachineMs },
      },
    ],
  },
})
