/**
 * A data provider of this machine: keys made for this run and marked as development keys, the
 * bridge's settings, and the files in which it finds its secrets.
 */

import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { developmentKeystore } from '../signer-bridge/keystore.ts'
import { secretSources } from '../signer-bridge/secrets.ts'
import { type Addresses, portIn, secretFor } from './addresses.ts'
import type { ChainVoterInput } from './chain/voters.ts'

export type Operator = {
  /** What the chain registers. */
  readonly voter: ChainVoterInput
  readonly settingsFile: string
  /** Where the bridge finds its secrets. */
  readonly env: Readonly<Record<string, string>>
}

/** Makes an operator whose files lie below a directory. */
export function operatorIn(directory: string, address: Addresses): Operator {
  const home = join(directory, 'bridge')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  // One that is there already keeps its mode otherwise.
  chmodSync(home, 0o700)
  const keep = (name: string, text: string): string => {
    const file = join(home, name)
    writeFileSync(file, text, { mode: 0o600 })
    return file
  }

  const password = secretFor('keystore')
  const keyFor = (role: 'submit' | 'submitSignatures' | 'signingPolicy') => {
    const { address: keyAddress, keystore } = developmentKeystore(password)
    const file = keep(`${role}.keystore.json`, JSON.stringify(keystore))
    return { role, address: keyAddress, keystore_file: file }
  }
  const submit = keyFor('submit')
  const signatures = keyFor('submitSignatures')
  const policy = keyFor('signingPolicy')
  const settings = {
    network: 'local',
    round_seconds: address.file.round_seconds,
    rpc_urls: [address.file.rpc_url],
    worker_url: address.file.worker_url,
    keys: [submit, signatures, policy],
    // Nobody else is there to make a round final.
    relay: 'when-selected',
    journal_file: join(home, 'journal.sqlite'),
    metrics_port: Number(portIn(address.file.bridge_metrics_url)),
  }
  return {
    voter: {
      identity: newAddress(),
      submitAddress: submit.address,
      submitSignaturesAddress: signatures.address,
      signingPolicyAddress: policy.address,
      // More than all the silent voters together: a root needs over half of the weight.
      weight: 10_000_000,
    },
    settingsFile: keep('settings.json', JSON.stringify(settings, null, 2)),
    env: {
      [secretSources.keystorePassword.variable]: keep('keystore-password', password),
      [secretSources.operatorSecret.variable]: keep('operator-secret', secretFor('operator')),
      [secretSources.bridgeSecret.variable]: keep('bridge-secret', address.bridgeSecret),
    },
  }
}

function newAddress(): string {
  return privateKeyToAccount(generatePrivateKey()).address
}
