/** A pause within long work, in which whatever else is due is done: a commit that is, before all. */

export function breath(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
