import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { alerts } from '../../../signer-bridge/alerts.ts'
import { runBridge } from '../../../signer-bridge/daemon.ts'
import { settingsOf } from '../../../signer-bridge/settings.ts'
import { account } from '../../support/bridge-world.ts'
import { Prometheus } from '../../support/prometheus.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-daemon-'))
afterAll(() => rmSync(directory, { recursive: true }))

function fileWith(name: string, text: string): string {
  const file = join(directory, name)
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

/** Nothing ever listens there. */
const nowhere = 'http://127.0.0.1:1'
const servedSchema = z.object({ address: z.object({ port: z.int() }) })

test('a bridge whose device is away says so on its page before any node answers', async () => {
  const settings = settingsOf(
    fileWith(
      'bridge.json',
      JSON.stringify({
        network: 'coston2',
        rpc_urls: [nowhere],
        worker_url: 'https://oracle.example',
        journal_file: 'journal.sqlite',
        metrics_port: 0,
        keys: [
          {
            role: 'submit',
            address: account.address,
            ledger: { path: "44'/60'/0'/0/0", url: nowhere },
          },
        ],
      }),
    ),
  )
  const env = {
    CHRONO_OPERATOR_SECRET_FILE: fileWith('operator', 'o'.repeat(64)),
    CHRONO_BRIDGE_SECRET_FILE: fileWith('bridge', 'b'.repeat(64)),
  }
  let end: () => void = () => undefined
  let text = ''
  await runBridge(settings, {
    env,
    onEnd: (wish) => {
      end = wish
      if (text !== '') wish()
    },
    log: (event) => {
      if (event.event !== 'metrics-served') return
      const { port } = servedSchema.parse(event).address
      void fetch(`http://127.0.0.1:${port}/metrics`)
        .then((response) => response.text())
        .then((page) => {
          text = page
          end()
        })
    },
  })
  const rules = alerts.filter(({ name }) => name === 'ChronoDeviceNeedsHand')
  const prometheus = new Prometheus()
  expect(prometheus.read(text, 0, rules)).toEqual([])
  expect(prometheus.read(text, 60, rules)).toEqual(['ChronoDeviceNeedsHand'])
})
