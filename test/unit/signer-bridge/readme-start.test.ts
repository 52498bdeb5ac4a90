/** The start that README.md tells an operator to paste, held against what the bridge takes. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { secretSources } from '../../../signer-bridge/secrets.ts'
import { settingsOf } from '../../../signer-bridge/settings.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-readme-'))
afterAll(() => rmSync(directory, { recursive: true }))

const page = readFileSync(new URL('../../../signer-bridge/README.md', import.meta.url), 'utf8')
const start = page.slice(page.indexOf('\n## Start\n'), page.indexOf('\n## Settings\n'))

function blocksOf(language: string): readonly string[] {
  return [...start.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(
    ([, text = '']) => text,
  )
}

test('its bridge.json is taken as it stands, with a key for each of three roles', () => {
  const [json, ...others] = blocksOf('json')
  expect(others).toEqual([])
  const file = join(directory, 'bridge.json')
  writeFileSync(file, json ?? '')
  const { keys, network, journalFile } = settingsOf(file)
  expect(network.name).toBe('flare')
  expect(journalFile).toBe(join(directory, 'journal.sqlite'))
  expect(keys.map(({ role, place }) => [role, place.kind])).toEqual([
    ['submit', 'keystore'],
    ['submitSignatures', 'keystore'],
    ['signingPolicy', 'keystore'],
  ])
})

test('it makes and names a file for each secret that a run needs, under the names that are known', () => {
  const commands = blocksOf('sh').join('')
  const { keystorePassword, operatorSecret, bridgeSecret } = secretSources
  for (const { variable, credential, minLength } of [
    keystorePassword,
    operatorSecret,
    bridgeSecret,
  ]) {
    expect(commands).toContain(`openssl rand -base64 48 > ~/operator/${credential}\n`)
    expect(commands).toMatch(new RegExp(`^chmod 600 .*~/operator/${credential}( |\n)`, 'm'))
    expect(commands).toContain(`export ${variable}=~/operator/${credential}\n`)
    // Three bytes are four characters.
    expect(minLength).toBeLessThanOrEqual(64)
  }
  expect(commands).toContain('wrangler secret put BRIDGE_SECRET < ~/operator/bridge-secret')
})
