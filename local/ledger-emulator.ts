/**
 * A Ledger with the Ethereum app, emulated: a Nano S+, Nano X or Flex behind Speculos' REST
 * interface, with a person who may be automated, and bad days on order. For development and tests:
 * its keys come from a mnemonic on a command line.
 *
 *     npm run ledger-emulator -- --mnemonic "…" --port 5001 --model nanosp \
 *       --automation approve --blind-signing on
 *
 * Given the same mnemonic and the same commands it answers as the genuine app 1.22.0 does, to the
 * byte. The genuine app signs for any chain, so a transaction for a mainnet is signed here, too;
 * what is refused is to be started *for* a mainnet (`--chain-id 14` or `19`) unless told. Routes,
 * options and orders are in `--help`; what is not here are the instructions that explain calldata.
 *
 * Prints its address as one JSON line when it answers, and ends at SIGINT or SIGTERM, or with the
 * process that started it if that one keeps a channel to it.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { Device } from './ledger/device.ts'
import { ledgerListener } from './ledger/http.ts'
import { type LedgerOptions, ledgerOptionsOf, usage } from './ledger/options.ts'
import { seedOf } from './ledger/seed.ts'
import { runIfMain } from './stand-in.ts'

export type LedgerEmulator = {
  readonly url: string
  readonly port: number
  /** Ends all connections, those that wait for a person, too. */
  readonly stop: () => Promise<void>
}

const host = '127.0.0.1'

/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const keepAliveTimeoutMs = 300_000

const challengeBytes = 4

/**
 * Starts an emulator on the loopback interface.
 *
 * @param options.port 0 takes any free port.
 * @throws {Error} `EADDRINUSE` if the port is taken; in one sentence if the mnemonic is none.
 */
export async function startLedgerEmulator(options: LedgerOptions): Promise<LedgerEmulator> {
  const { mnemonic, model, settings, automation } = options
  const open = new Set<ServerResponse>()
  const device = new Device({
    seed: seedOf(mnemonic),
    model,
    settings,
    automation,
    challenge: () => new Uint8Array(randomBytes(challengeBytes)),
    onGone: () => {
      for (const response of open) response.destroy()
    },
  })
  const server = createServer(
    { keepAliveTimeout: keepAliveTimeoutMs },
    ledgerListener(device, open),
  )
  server.listen(options.port, host)
  await once(server, 'listening')

  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return {
    url: `http://${host}:${address.port}`,
    port: address.port,
    async stop() {
      device.stop()
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

await runIfMain(import.meta.url, 'Ledger', async () => {
  const options = ledgerOptionsOf(process.argv.slice(2))
  if (options === 'help') {
    process.stdout.write(`${usage}\n`)
    process.exit(0)
  }
  const { url, port, stop } = await startLedgerEmulator(options)
  const warning = 'An emulated Ledger: its keys are for development, and no secret.'
  return { address: { warning, mode: 'emulator', url, port, model: options.model }, stop }
})
