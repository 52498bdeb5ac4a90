import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CsvRecord, csvRecords, maxRecordLength } from '../../../../tools/backtest/csv.ts'

async function recordsOf(pieces: Iterable<string>): Promise<readonly CsvRecord[]> {
  const records: CsvRecord[] = []
  for await (const some of csvRecords(pieces)) records.push(...some)
  return records
}

async function fieldsOf(text: string): Promise<readonly (readonly string[])[]> {
  return (await recordsOf([text])).map(({ fields }) => fields)
}

describe('csvRecords', () => {
  test.each([
    {
      name: 'LF',
      text: 'a,b\n1,2\n',
      is: [
        ['a', 'b'],
        ['1', '2'],
      ],
    },
    {
      name: 'CRLF, and no break at the end',
      text: 'a,b\r\n1,2',
      is: [
        ['a', 'b'],
        ['1', '2'],
      ],
    },
    { name: 'a byte order mark', text: '\uFEFFa,b\n', is: [['a', 'b']] },
    { name: 'blank lines', text: 'a\n\n \r\nb\n\n', is: [['a'], ['b']] },
    {
      name: 'empty fields',
      text: ',\n,,\n',
      is: [
        ['', ''],
        ['', '', ''],
      ],
    },
    { name: 'quoted fields', text: '"a","b,c",""\n', is: [['a', 'b,c', '']] },
    { name: 'doubled quotes', text: '"say ""a""",b\n', is: [['say "a"', 'b']] },
    {
      name: 'a break within quotes',
      text: '"a\r\nb",c\r\nd,e',
      is: [
        ['a\r\nb', 'c'],
        ['d', 'e'],
      ],
    },
    { name: 'nothing', text: '', is: [] },
  ])('reads $name', async ({ text, is }) => {
    expect(await fieldsOf(text)).toEqual(is)
  })

  test('numbers records by the line on which they begin', async () => {
    const lines = (await recordsOf(['a\n"b\nb"\n\nc'])).map(({ line }) => line)
    expect(lines).toEqual([1, 2, 5])
  })

  test.each([
    { name: 'a quote within a field', text: 'a\nb"c,d\n', says: 'Line 2, field 1:' },
    { name: 'text after a closing quote', text: 'x,"a"b\n', says: 'Line 1, field 2:' },
    { name: 'a quote that is never closed', text: 'a\n"b,c', says: 'Line 2: a quote is opened' },
    {
      name: 'a line without an end',
      text: `a\n${'b'.repeat(maxRecordLength + 1)}`,
      says: 'Line 2:',
    },
  ])('refuses $name, and says where', async ({ text, says }) => {
    await expect(recordsOf([text])).rejects.toMatchObject({
      code: 'csv-malformed',
      message: expect.stringContaining(says),
    })
  })

  test('property: undoes writing, in pieces of whatever length', async () => {
    const field = fc.string({
      unit: fc.constantFrom('a', ' ', ',', '"', '\n', '\r', 'é'),
      maxLength: 6,
    })
    const record = fc.array(field, { minLength: 2, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(record), fc.integer({ min: 1, max: 9 }), async (rows, length) => {
        const text = rows
          .map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(','))
          .join('\r\n')
        const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, i) =>
          text.slice(i * length, (i + 1) * length),
        )
        expect((await recordsOf(pieces)).map(({ fields }) => fields)).toEqual(rows)
      }),
    )
  })
})
