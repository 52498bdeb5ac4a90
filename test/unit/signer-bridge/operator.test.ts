import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Addresses } from '../../../local/addresses.ts'
import { operatorIn } from '../../../local/operator.ts'

test('a local operator’s directory is its owner’s alone, also one that was not', () => {
  const directory = mkdtempSync(join(tmpdir(), 'chrono-operator-'))
  const home = join(directory, 'bridge')
  mkdirSync(home)
  chmodSync(home, 0o755)
  const file = {
    round_seconds: 10,
    rpc_url: 'http://127.0.0.1:1',
    worker_url: 'http://127.0.0.1:2',
    bridge_metrics_url: 'http://127.0.0.1:3/metrics',
  }
  // As much of the addresses as an operator is made of.
  operatorIn(directory, { file, bridgeSecret: 'b'.repeat(32) } as unknown as Addresses)
  expect(statSync(home).mode & 0o777).toBe(0o700)
  rmSync(directory, { recursive: true })
})
