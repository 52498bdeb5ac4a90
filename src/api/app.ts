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
import { keyRing } from './key-ring.ts'
import { openRoutes } from './open-routes.ts'
import { openapi } from './openapi.ts'
import { preflight } from './preflight.ts'
import { priceRoute } from './price-route.ts'
import { pricesRoute } from './prices-route.ts'
import { roundsRoute } from './rounds-route.ts'
import type { Api } from './serve.ts'
import { streamRoute } from './stream-route.ts'
import { submissionsRoute } from './submissions-route.ts'

/** The API over its world. Made once an isolate: its memories of keys and counts live in it. */
export function createApi(deps: ApiDeps): Api {
  const api = new OpenAPIHono<ApiEnv>()
  const ring = keyRing(deps)
  const entrance = door(deps, ring)
  const directory = feedDirectory(deps.settings.feeds)

  priceRoute(api, deps, entrance, directory)
  pricesRoute(api, deps, entrance, directory)
  aggregateRoute(api, deps, entrance)
  roundsRoute(api, deps, entrance)
  submissionsRoute(api, deps, entrance)
  openRoutes(api, deps)
  streamRoute(api, deps, entrance)
  adminKeys(api, deps, ring)
  bridgeRoutes(api, deps)
  openapi(api, deps.settings)

  api.notFound(preflight(api, deps.settings))
  api.onError(errorAnswer(deps))
  return api
}
