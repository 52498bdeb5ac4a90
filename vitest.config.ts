/** The tests, split by the runtime they run in. */

import { availableParallelism } from 'node:os'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { TestOrder } from './tools/test-order.ts'

/** No test takes nearly as long; on a machine that does other things too, a tenth of it happens. */
const busyMachineMs = 60_000

/** By itself vitest polls for a second, in which a busy machine may not get to look twice. */
const patient = { poll: { timeout: 20_000 } }

/** More gain nothing: what is left by then are single files that wait for a chain's rounds. */
const maxProcesses = 6

/** Node reads the sources as they stand, as it does in production; only workerd needs Vite for it. */
const nativeNode = { viteModuleRunner: false }

export default defineConfig({
  test: {
    // Two more than there are cores, since services wait for most of their time.
    maxWorkers: Math.min(availableParallelism() + 2, maxProcesses),
    sequence: { sequencer: TestOrder },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: busyMachineMs,
          expect: patient,
          // Pure functions leave nothing behind, and loading every module once halves the work.
          isolate: false,
          experimental: nativeNode,
        },
      },
      {
        test: {
          name: 'services',
          include: ['test/services/**/*.test.ts'],
          testTimeout: busyMachineMs,
          expect: patient,
          hookTimeout: 60_000,
          // Each file stops what it has started; loading every module anew took a fifth of the work.
          isolate: false,
          experimental: nativeNode,
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'worker',
          include: ['test/worker/**/*.test.ts'],
          testTimeout: busyMachineMs,
          expect: patient,
          // Each test resets all objects, and one workerd for all files loads every module once.
          isolate: false,
        },
      },
    ],
  },
})
