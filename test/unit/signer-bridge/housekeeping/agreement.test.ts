import { describe, expect, test } from 'vitest'
import { type Node, nodeAt } from '../../../../signer-bridge/chain/nodes.ts'
import {
  majority,
  unanimous,
  type Voice,
} from '../../../../signer-bridge/housekeeping/agreement.ts'

const patienceMs = 50

/** Nodes that answer what their place says; a missing answer is a node that fails, `hangs` one that hangs. */
function aRoom(...answers: readonly (string | undefined)[]) {
  const nodes = answers.map((_, place) => nodeAt(`http://127.0.0.1:${place + 1}`, 14, 100))
  const asked: number[] = []
  const alone: string[] = []
  const ask = (node: Node): Promise<string> => {
    const place = nodes.indexOf(node)
    asked.push(place)
    const answer = answers[place]
    if (answer === 'hangs') return new Promise(() => {})
    return answer === undefined ? Promise.reject(new Error('Down.')) : Promise.resolve(answer)
  }
  const onAlone = (what: string) => void alone.push(what)
  const hear = (voice: Voice) => voice('the root', ask)
  return { nodes, asked, alone, onAlone, hear }
}

describe('what money hangs on', () => {
  const saying = (...answers: readonly (string | undefined)[]) => {
    const { nodes, hear } = aRoom(...answers)
    return hear(unanimous(nodes, { patienceMs }))
  }

  test.each([
    { name: 'the only one', answers: ['a'] },
    { name: 'both', answers: ['a', 'a'] },
    { name: 'two of three', answers: ['a', undefined, 'a'] },
    { name: 'two, while a third one hangs', answers: ['hangs', 'a', 'a'] },
  ])('is what $name say', async ({ answers }) => {
    expect(await saying(...answers)).toBe('a')
  })

  test.each([
    { name: 'contradict one another', answers: ['a', 'b'] },
    { name: 'contradict one another, though two agree', answers: ['a', 'a', 'b'] },
    { name: 'are silent but one of two', answers: ['a', undefined] },
    { name: 'hang but one of two', answers: ['a', 'hangs'] },
    { name: 'are silent', answers: [undefined] },
  ])('is not known where nodes $name', async ({ answers }) => {
    await expect(saying(...answers)).rejects.toMatchObject({ code: 'nodes-differ' })
  })

  test('is shown as one node has it where the others are silent, and told to be so', async () => {
    const { nodes, hear, alone, onAlone } = aRoom('a', undefined, 'hangs')
    expect(await hear(unanimous(nodes, { patienceMs, onAlone }))).toBe('a')
    expect(alone).toEqual(['the root'])
  })
})

describe('what a lie could only make useless', () => {
  const saying = async (...answers: readonly (string | undefined)[]) => {
    const { nodes, hear, alone, onAlone } = aRoom(...answers)
    return { said: await hear(majority(nodes, { patienceMs, onAlone })), alone }
  }

  test.each([
    { name: 'two of three say', answers: ['b', 'a', 'a'], alone: [] },
    { name: 'the only node says', answers: ['a'], alone: [] },
    { name: 'one alone says', answers: ['a', undefined], alone: ['the root'] },
    { name: 'one alone says while another hangs', answers: ['hangs', 'a'], alone: ['the root'] },
  ])('is what $name', async ({ answers, alone }) => {
    expect(await saying(...answers)).toEqual({ said: 'a', alone })
  })

  test.each([
    { name: 'one says this and one that', answers: ['a', 'b'] },
    { name: 'two say this and two that', answers: ['a', 'a', 'b', 'b'] },
    { name: 'all are silent', answers: [undefined, undefined] },
  ])('is not known where $name', async ({ answers }) => {
    await expect(saying(...answers)).rejects.toMatchObject({ code: 'nodes-differ' })
  })
})

test('a command waits for a node that hangs once, and not at each question', async () => {
  const { nodes, hear, asked, onAlone } = aRoom('hangs', 'a')
  const voice = unanimous(nodes, { patienceMs, onAlone })
  await hear(voice)
  await hear(voice)
  expect(asked).toEqual([0, 1, 1])
})
