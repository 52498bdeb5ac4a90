/** What a contract says, where its refusal or its silence is an answer too: no such function, no entry. */

import { BaseError, ContractFunctionRevertedError, ContractFunctionZeroDataError } from 'viem'

/** `undefined` where the contract itself has refused, or has nothing of that name. */
export async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof BaseError && error.walk(isContractsWord) !== null) return undefined
    throw error
  }
}

function isContractsWord(cause: unknown): boolean {
  return (
    cause instanceof ContractFunctionRevertedError || cause instanceof ContractFunctionZeroDataError
  )
}
