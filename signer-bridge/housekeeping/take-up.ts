/** What a command finds open is followed before anything new is done, if its person agrees. */

import { getAddress, isAddressEqual } from 'viem'
import type { RoleKey } from '../roles.ts'
import { type Asked, openJobOf } from './book-keeping.ts'
import { type Done, type ErrandDeps, followJob } from './errand.ts'
import { HouseError } from './house-error.ts'
import { capitalised, jobWords } from './job-words.ts'

/**
 * Follows what is open to its end, with the words of what it is, and not of what was asked for.
 *
 * @returns `undefined` where nothing is open, or is no longer by the time of the yes.
 * @throws {HouseError} `house-pending` if another key has sent it.
 */
export async function takeUp(
  deps: ErrandDeps,
  key: RoleKey,
  asked: Omit<Asked, 'sender'>,
): Promise<Done | undefined> {
  const { withBook, say, agree } = deps
  const open = await withBook((book) => openJobOf(book, { ...asked, sender: key.address }))
  if (open === undefined) return undefined
  const words = jobWords(open)
  if (!isAddressEqual(open.sender, key.address)) {
    throw new HouseError(
      'house-pending',
      `${capitalised(words)} is open, and another key has sent it: say --from ${getAddress(open.sender)}.`,
    )
  }
  say(`${capitalised(words)} is open at nonce ${open.nonce}: it is followed first.`)
  if (!(await agree('Follow it? Type yes: '))) return { kind: 'declined' }
  return await withBook(async (book) => {
    const isStillOpen = book.openJobs().some(({ id }) => id === open.id)
    return isStillOpen ? await followJob({ ...deps, book }, open, key) : undefined
  })
}
