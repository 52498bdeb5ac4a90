import { expect, test } from 'vitest'
import { z } from 'zod'
import { anApi } from '../../support/api.ts'

const documentSchema = z.object({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({
    schemas: z.record(z.string(), z.unknown()),
    securitySchemes: z.record(z.string(), z.unknown()),
  }),
})

async function document() {
  const response = await anApi().api.request('/openapi.json')
  expect(response.headers.get('Content-Type')).toBe('application/json')
  return documentSchema.parse(await response.json())
}

test('the document has every route that the router has, but itself', async () => {
  const { api } = anApi()
  const served = api.routes.map(
    ({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  )
  const { openapi, paths } = await document()
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  expect(openapi).toBe('3.1.0')
  expect([...listed, 'GET /openapi.json'].toSorted()).toEqual(served.toSorted())
  expect(listed).toContain('GET /api/v1/price/{base}')
})

test('the routes are those of the design', async () => {
  expect(Object.keys((await document()).paths).toSorted()).toEqual([
    '/admin/v1/keys',
    '/admin/v1/keys/{id}',
    '/api/v1/aggregate',
    '/api/v1/feeds',
    '/api/v1/price/{base}',
    '/api/v1/price/{base}/sources',
    '/api/v1/prices',
    '/api/v1/rounds',
    '/api/v1/rounds/{id}',
    '/api/v1/status',
    '/api/v1/submissions',
    '/bridge/v1/lease',
    '/bridge/v1/reports',
    '/bridge/v1/reservations',
    '/bridge/v1/rounds/{id}/freeze',
    '/bridge/v1/standby',
    '/feed-values',
    '/feed-values/',
    '/feed-values/{votingRoundId}',
    '/health',
    '/internal/ingest',
    '/metrics',
    '/volumes',
    '/volumes/',
    '/vp/{key}/feed-values',
    '/vp/{key}/feed-values/',
    '/vp/{key}/feed-values/{votingRoundId}',
    '/vp/{key}/volumes',
    '/vp/{key}/volumes/',
    '/ws',
  ])
})

test('what is said more than once is said by name, and every name is defined', async () => {
  const told = await document()
  const names = Object.keys(told.components.schemas)
  expect(names).toEqual(expect.arrayContaining(['Price', 'Prices', 'Problem', 'Status']))
  const references = JSON.stringify(told).matchAll(/#\/components\/schemas\/(\w+)/g)
  for (const [, name] of references) expect(names).toContain(name)
  expect(Object.keys(told.components.securitySchemes)).toEqual(
    expect.arrayContaining(['apiKey', 'adminKey', 'bridge', 'collector', 'subprotocolKey']),
  )
})

test('each route that needs a key says what it answers without one', async () => {
  const { paths } = await document()
  const operationSchema = z.object({
    security: z.array(z.unknown()).optional(),
    responses: z.record(z.string(), z.unknown()),
  })
  let keyed = 0
  for (const operation of Object.values(paths).flatMap((methods) => Object.values(methods))) {
    const { security, responses } = operationSchema.parse(operation)
    if (security === undefined) continue
    keyed += 1
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '503']))
  }
  expect(keyed).toBe(22)
})
