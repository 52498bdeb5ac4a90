/** `GET /openapi.json`: the interface as OpenAPI 3.1, generated from the routes' own definitions. */

import { bridgeHeaders } from '../protocol/bridge-auth.ts'
import { ingestHeaders } from '../protocol/ingest-auth.ts'
import { baseHeaders } from './answer.ts'
import { apiKeyHeader } from './credentials.ts'
import type { ApiSettings } from './deps.ts'
import type { Api } from './serve.ts'

const path = '/openapi.json'

export function openapi(api: Api, { mode, version }: ApiSettings): void {
  const { openAPIRegistry: registry } = api
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: apiKeyHeader,
  })
  registry.registerComponent('securitySchemes', 'adminKey', {
    type: 'apiKey',
    in: 'header',
    name: apiKeyHeader,
    description: "The administrator's key.",
  })
  registry.registerComponent('securitySchemes', 'bridge', {
    type: 'apiKey',
    in: 'header',
    name: bridgeHeaders.signature,
    description:
      'HMAC-SHA256 with the shared secret over method, path, time, nonce and body; answers are ' +
      'signed likewise.',
  })
  registry.registerComponent('securitySchemes', 'collector', {
    type: 'apiKey',
    in: 'header',
    name: ingestHeaders.signature,
    description: 'The same with the secret of the collector that X-Chrono-Collector names.',
  })
  registry.registerComponent('securitySchemes', 'subprotocolKey', {
    type: 'apiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description: '`chrono.v1, chrono.key.<base64url of the key>`',
  })

  // Made when first asked for: most isolates never are.
  let document: string | undefined
  const headers = {
    ...baseHeaders(mode),
    'Content-Type': 'application/json',
    'Cache-Control': 'public, max-age=60',
  }
  api.get(path, () => {
    document ??= JSON.stringify(
      api.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'Chrono',
          version,
          description:
            'Prices by consensus of exchanges. Instants are Unix milliseconds; what is not known ' +
            'is absent; errors are RFC 9457 problem details with a stable `code`.',
        },
      }),
    )
    return new Response(document, { headers })
  })
}
