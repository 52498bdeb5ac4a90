/** The last rounds in one line of words. */

import type { RoundsResponse, RoundStage } from '../../../src/protocol/wire-rest.ts'
import { countedText, countText } from './format.ts'

/** How many rounds came how far: `Last 24 rounds: 21 revealed, 1 missed`. */
export function stripText(rounds: RoundsResponse['rounds']): string {
  const count = (wanted: RoundStage): number =>
    rounds.filter(({ stage }) => stage === wanted).length
  const revealed = `${countText(count('revealed'))} revealed`
  const missed = `${countText(count('missed'))} missed`
  return `Last ${countedText(rounds.length, 'round')}: ${revealed}, ${missed}`
}
