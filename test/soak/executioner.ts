/**
 * Has one of two bridges killed at a named place: whichever comes there first. So the place is
 * reached whoever holds the lease, and never by both at once.
 */

/** To die at the nth visit of a place, and to be gone for so long. */
export type DeathOrder = {
  readonly place: string
  readonly nth: number
  readonly absentMs?: number
}

/** Somebody who can be ordered to die at places, and says when it has. */
export type Mortal = {
  /** In place of all earlier orders. */
  readonly dieAt: (orders: readonly DeathOrder[]) => void
  /** Is told of each place at which an order came about. */
  onDeath: (place: string) => void
}

export type Executioner = {
  readonly order: (orders: readonly DeathOrder[]) => void
  /** Takes back what has not come about. @returns The places at which somebody has died. */
  readonly spare: () => readonly string[]
}

export function executionerOf(mortals: readonly Mortal[]): Executioner {
  let standing: readonly DeathOrder[] = []
  let reached: readonly string[] = []
  const tell = () => {
    for (const mortal of mortals) mortal.dieAt(standing)
  }
  for (const mortal of mortals) {
    mortal.onDeath = (place) => {
      reached = [...reached, place]
      standing = standing.filter((order) => order.place !== place)
      tell()
    }
  }
  return {
    order: (orders) => {
      standing = orders
      reached = []
      tell()
    },
    spare: () => {
      const places = reached
      standing = []
      reached = []
      tell()
      return places
    },
  }
}
