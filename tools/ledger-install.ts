/**
 * Brings what a Ledger over USB needs, which is native code and in no other installation here:
 *
 *     npm run ledger:install
 *
 * Installs from the lock file in `signer-bridge/ledger/native`, tries to load it, and says in
 * sentences what this machine lacks. Ends with 1 if a Ledger could not be used.
 */

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { nativeDirectory } from '../signer-bridge/ledger/usb.ts'
import { diagnosis } from './ledger/diagnosis.ts'
import { found } from './ledger/found.ts'

/** Tarballs of a few megabytes and no compiling. */
const installMs = 300_000

const directory = fileURLToPath(nativeDirectory)

function main(): number {
  console.log(`Installing into ${directory}`)
  // Without its scripts: what it needs of them is in the packages, built for most machines.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefix', directory]
  const { status, error } = spawnSync('npm', args, { stdio: 'inherit', timeout: installMs })
  if (status !== 0) {
    console.log(`npm could not install it: ${error?.message ?? `it ended with ${status}`}.`)
    return 1
  }
  const { isUsable, sentences } = diagnosis(found(directory))
  for (const sentence of sentences) console.log(sentence)
  return isUsable ? 0 : 1
}

process.exitCode = main()
