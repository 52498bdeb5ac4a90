/** The stream's state in a person's words. */

import type { EndReason, StreamState } from '../../../src/client/stream-event.ts'

export type ConnectionView = {
  readonly tone: 'good' | 'busy' | 'bad'
  readonly label: string
  /** More of it, for those who want to know. */
  readonly detail: string
}

const reasons: Readonly<Record<EndReason, string>> = {
  unreachable: 'The Worker could not be reached.',
  ended: 'The connection ended.',
  silent: 'The Worker fell silent.',
  'shown-out': 'The Worker asked to reconnect.',
}

export function connectionView(state: StreamState): ConnectionView {
  switch (state.kind) {
    case 'open':
      return { tone: 'good', label: 'Live', detail: 'Prices come as they are made.' }
    case 'connecting':
      return { tone: 'busy', label: 'Connecting', detail: 'A connection is being made.' }
    case 'waiting':
      return { tone: 'bad', label: 'Reconnecting', detail: reasons[state.reason] }
    case 'closed':
      return { tone: 'bad', label: 'Closed', detail: 'The page listens no more.' }
  }
}
