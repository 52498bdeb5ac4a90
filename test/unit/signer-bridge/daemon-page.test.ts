import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { alerts } from '../../../signer-bridge/alerts.ts'
import { runBridge } from '../../../signer-bridge/daemon.ts'
import { developmentKeystore } from '../../../signer-bridge/keystore.ts'
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

test.each(['submit', 'signingPolicy'])(
  'a keystore for %s that its password does not open ends the bridge before any node answers',
  async (locked) => {
    const keys = ['submit', 'signingPolicy'].map((role, index) => {
      const { address, keystore } = developmentKeystore(role === locked ? 'other' : 'password')
      const keystore_file = fileWith(`${locked}-${index}.json`, JSON.stringify(keystore))
      return { role, address, keystore_file }
    })
    const settings = settingsOf(
      fileWith(
        `${locked}.json`,
        JSON.stringify({
          network: 'coston2',
          rpc_urls: [nowhere],
          worker_url: 'https://oracle.example',
          journal_file: `${locked}.sqlite`,
          metrics_port: 0,
          keys,
        }),
      ),
    )
    const env = {
      CHRONO_OPERATOR_SECRET_FILE: fileWith('operator', 'o'.repeat(64)),
      CHRONO_BRIDGE_SECRET_FILE: fileWith('bridge', 'b'.repeat(64)),
      CHRONO_KEYSTORE_PASSWORD_FILE: fileWith('password', 'password'),
    }
    const events: string[] = []
    const log = ({ event }: { readonly event: string }) => void events.push(event)
    const run = runBridge(settings, { env, log, onEnd: () => undefined })
    await expect(run).rejects.toMatchObject({ code: 'keystore-locked' })
    expect(events).toContain('key-not-opened')
    expect(events).not.toContain('bridge-started')
  },
)
