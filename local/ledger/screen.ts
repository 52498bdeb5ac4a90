/**
 * A screen of the device and what presses do on it: buttons on a Nano, touches on a Flex. A screen's
 * text is told in one piece where the device breaks it into lines.
 */

export const models = ['nanosp', 'nanox', 'flex'] as const
export type Model = (typeof models)[number]

/** Whether a model is touched and has no buttons. */
export function isTouch(model: Model): boolean {
  return model === 'flex'
}

export type Button = 'left' | 'right' | 'both'

/** What a press does: show another screen, or decide. `close` leaves an alert or a result. */
export type Action =
  | { readonly kind: 'show'; readonly screen: number }
  | { readonly kind: 'approve' | 'refuse' | 'close' }

/** A rectangle that can be touched, pixels from the top left corner. */
export type Zone = {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** How long a finger has to rest on it. Milliseconds. */
  readonly holdMs: number
  readonly action: Action
}

export type Screen = {
  readonly texts: readonly string[]
  readonly buttons: Readonly<Partial<Record<Button, Action>>>
  readonly zones: readonly Zone[]
}

/** What a person does with a device, once. */
export type Press =
  | { readonly kind: 'button'; readonly button: Button }
  | { readonly kind: 'touch'; readonly x: number; readonly y: number; readonly heldMs: number }

/** What a press does on a screen; undefined if nothing. */
export function actionOf({ buttons, zones }: Screen, press: Press): Action | undefined {
  if (press.kind === 'button') return buttons[press.button]
  const { x, y, heldMs } = press
  const zone = zones.find(
    ({ left, top, right, bottom }) => x >= left && x <= right && y >= top && y <= bottom,
  )
  return zone !== undefined && heldMs >= zone.holdMs ? zone.action : undefined
}

/** The fewest presses that lead from a screen of a review to a decision. */
export function pressesTo(
  screens: readonly Screen[],
  decision: 'approve' | 'refuse',
  from = 0,
): readonly Press[] {
  const ways: { readonly at: number; readonly presses: readonly Press[] }[] = [
    { at: from, presses: [] },
  ]
  const seen = new Set([from])
  // Every screen enters the list once at most.
  for (const { at, presses } of ways) {
    const screen = screens[at]
    for (const [press, action] of screen === undefined ? [] : choicesOn(screen)) {
      const way = [...presses, press]
      if (action.kind === decision) return way
      if (action.kind !== 'show' || seen.has(action.screen)) continue
      seen.add(action.screen)
      ways.push({ at: action.screen, presses: way })
    }
  }
  throw new Error(`No way leads to the decision "${decision}".`)
}

function choicesOn({ buttons, zones }: Screen): readonly (readonly [Press, Action])[] {
  const pressed = (['both', 'right', 'left'] as const).flatMap((button) => {
    const action = buttons[button]
    return action === undefined ? [] : [[{ kind: 'button', button }, action] as const]
  })
  const touched = zones.map(({ left, top, right, bottom, holdMs, action }) => {
    const x = Math.floor((left + right) / 2)
    const y = Math.floor((top + bottom) / 2)
    return [{ kind: 'touch', x, y, heldMs: holdMs }, action] as const
  })
  return [...pressed, ...touched]
}
