/**
 * What the device answers around its app: that it is locked, that no app or another one is open,
 * which one it is, and to the host's wish to open or close one.
 */

import type { Apdu } from './apdu.ts'
import { appName, appVersion } from './app.ts'
import { answerOf, statusWords } from './status-words.ts'

export type OpenApp = 'ethereum' | 'none' | 'other'

export type SystemState = {
  readonly app: OpenApp
  /** The status word that a locked device answers with; absent if it is unlocked. */
  readonly lockedWord?: number
  /** Whether the person would refuse to open an app. */
  readonly isRefusing: boolean
}

export type SystemAnswer = {
  readonly bytes: Uint8Array
  /** The app that is open from now on, if that changes. */
  readonly app?: 'ethereum' | 'none'
}

const systemClass = 0xb0
const appClass = 0xe0
const whoInstruction = 0x01
const closeInstruction = 0xa7
const openInstruction = 0xd8

/** The operating system refuses with a word of its own. */
const refusedBySystem = 0x5501

/** The answer of the system; undefined if the command is for the Ethereum app. */
export function systemAnswer(
  apdu: Apdu | undefined,
  { app, lockedWord, isRefusing }: SystemState,
): SystemAnswer | undefined {
  if (lockedWord !== undefined) return { bytes: answerOf(lockedWord) }
  if (apdu?.cla === systemClass && apdu.ins === whoInstruction) return { bytes: whoIs(app) }
  if (apdu?.cla === systemClass && apdu.ins === closeInstruction) {
    return { bytes: answerOf(statusWords.ok), app: 'none' }
  }
  if (app === 'ethereum') return undefined
  return app === 'none' ? dashboardAnswer(apdu, isRefusing) : { bytes: unknownClass }
}

/** Another app knows neither the class of Ethereum's commands nor how to open one. */
const unknownClass = answerOf(statusWords.unknownClass)

function dashboardAnswer(apdu: Apdu | undefined, isRefusing: boolean): SystemAnswer {
  if (apdu?.cla !== appClass || apdu.ins !== openInstruction) {
    return { bytes: answerOf(statusWords.appNotOpen) }
  }
  return opened(new TextDecoder().decode(apdu.data), isRefusing)
}

const names: Readonly<Record<OpenApp, readonly [name: string, version: string]>> = {
  ethereum: [appName, appVersion],
  none: ['BOLOS', '1.3.0'],
  other: ['Bitcoin', '2.4.0'],
}

/** Format 1, then name, version and flags, each after its length. */
function whoIs(app: OpenApp): Uint8Array {
  const [name, version] = names[app].map((text) => new TextEncoder().encode(text))
  const told = [name, version, Uint8Array.of(0)].flatMap((part) => [
    part?.length ?? 0,
    ...(part ?? []),
  ])
  return answerOf(statusWords.ok, Uint8Array.of(1, ...told))
}

function opened(name: string, isRefusing: boolean): SystemAnswer {
  if (name === '') return { bytes: answerOf(statusWords.noAppName) }
  if (name !== appName) return { bytes: answerOf(statusWords.unknownApp) }
  if (isRefusing) return { bytes: answerOf(refusedBySystem) }
  return { bytes: answerOf(statusWords.ok), app: 'ethereum' }
}
