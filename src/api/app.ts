/** The REST API: its routes, and the one way out for errors. */

import { OpenAPIHono } from '@hono/zod-openapi'
import { adminKeys } from './admin-keys.ts'
import { aggregateRoute } from './aggregate-route.ts'
import type { ApiEnv } from './answer.ts'
import { bridgeRoutes } from './bridge-routes.ts'
import type { ApiDeps } from './deps.ts'
import { door } from './door.ts'
import { errorAnswer } from './error-answer.ts'
import { feedDirectory } from './feed-directory.ts'
import { feedValuesRoutes } from './feed-values-routes.ts'
import { ingestRoute } from './ingest-route.ts'
import { keyRing } from './key-ring.ts'
import { metricsRoute } from './metrics-route.ts'
import { openRoutes } from './open-routes.ts'
import { openapi } from './openapi.ts'
import { preflight } from './preflight.ts'
import { priceRoute } from './price-route.ts'
import { pricesRoute } from './prices-route.ts'
import { roundsRoute } from './rounds-route.ts'
import type { Api } from './serve.ts'
import { sourcesRoute } from './sources-route.ts'
import { streamRoute } from './stream-route.ts'
import { submissionsRoute } from './submissions-route.ts'
import { volumesRoutes } from './volumes-routes.ts'

/** The API over its world. Made once an isolate: its memories of keys and counts live in it. */
export function createApi(deps: ApiDeps): Api {
  const api = new OpenAPIHono<ApiEnv>()
  const ring = keyRing(deps)
  const entrance = door(deps, ring)
  const directory = feedDirectory(deps.settings.feeds)

  priceRoute(api, deps, entrance, directory)
  sourcesRoute(api, deps, entrance, directory)
  pricesRoute(api, deps, entrance, directory)
  aggregateRoute(api, deps, entrance)
  roundsRoute(api, deps, entrance)
  submissionsRoute(api, deps, entrance)
  feedValuesRoutes(api, deps, entrance)
  volumesRoutes(api, deps, entrance)
  openRoutes(api, deps)
  metricsRoute(api, deps)
  streamRoute(api, deps, entrance)
  adminKeys(api, deps, ring)
  bridgeRoutes(api, deps)
  ingestRoute(api, deps)
  openapi(api, deps.settings)

  api.notFound(preflight(api, deps.settings))
  api.onError(errorAnswer(deps))
  return api
}
