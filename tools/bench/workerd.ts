/** workerd itself, with services as in wrangler.toml: nothing stands between it and the bench. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative } from 'node:path'
import { unstable_readConfig } from 'wrangler'
import { z } from 'zod'
import { freePort, untilItAnswers } from '../../local/processes.ts'
import { capnpOf, type ServicePlan } from './capnp.ts'
import { cpuMsOfChild, residentBytesOfChild, type Troupe } from './troupe.ts'

/** Compiling a bundle and opening the ports takes half a second. Milliseconds. */
const startWithinMs = 20_000

/** The package's one export that is of use, the path of its program; it comes without types. */
const workerdSchema = z.object({ default: z.string() })
const { default: workerd } = workerdSchema.parse(createRequire(import.meta.url)('workerd'))

/** What the bench takes from wrangler.toml, which wrangler has read. */
const bindingSchema = z.object({ binding: z.string() })
const configSchema = z.object({
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.string()),
  durable_objects: z.object({
    bindings: z.array(z.object({ name: z.string(), class_name: z.string() })),
  }),
  r2_buckets: z.array(bindingSchema),
  queues: z.object({ producers: z.array(bindingSchema) }),
})
const config = configSchema.parse(
  unstable_readConfig({ config: join(import.meta.dirname, '..', '..', 'wrangler.toml') }),
)

export const compatibilityDate = config.compatibility_date

/** What the Worker's service has in production, from wrangler.toml; no bucket or queue answers. */
export const deployed = {
  vars: config.vars,
  objects: Object.fromEntries(
    config.durable_objects.bindings.map(({ name, class_name: className }) => [name, className]),
  ),
  bindings: Object.fromEntries([
    ...config.r2_buckets.map(({ binding }) => [binding, 'r2Bucket = "nowhere"']),
    ...config.queues.producers.map(({ binding }) => [binding, 'queue = "nowhere"']),
  ]),
}

export type RunningWorkerd = {
  /** Port of a service. */
  readonly portOf: (service: string) => number
  /** Processor time used so far, milliseconds, if the system tells. */
  readonly cpuMs: () => number | undefined
  /** Memory resident now, bytes, if the system tells. */
  readonly residentBytes: () => number | undefined
  readonly stop: () => Promise<void>
}

/** Starts a workerd of its own for some services; resolves when the first of them answers. */
export async function startWorkerd(
  name: string,
  services: readonly Omit<ServicePlan, 'port'>[],
  at: { readonly troupe: Troupe; readonly directory: string },
  onLine?: (line: string) => void,
): Promise<RunningWorkerd> {
  const storage = join(at.directory, `${name}-storage`)
  mkdirSync(storage, { recursive: true })
  const planned: ServicePlan[] = []
  for (const service of services) {
    const module = relative(at.directory, service.module)
    planned.push({ ...service, module, port: await freePort() })
  }

  const file = join(at.directory, `${name}.capnp`)
  writeFileSync(file, capnpOf({ compatibilityDate, storage, services: planned }))
  const child = at.troupe.leashed(name, {
    program: workerd,
    args: ['serve', '--experimental', file],
    ...(onLine !== undefined && { onLine }),
  })

  const ports = new Map(planned.map((service) => [service.name, service.port]))
  const portOf = (service: string): number => {
    const port = ports.get(service)
    if (port === undefined) throw new Error(`${name} runs no service "${service}".`)
    return port
  }
  for (const { name: service, port } of planned) {
    await untilItAnswers(`http://127.0.0.1:${port}/health`, service, startWithinMs)
  }
  return {
    portOf,
    cpuMs: () => cpuMsOfChild(child.pid),
    residentBytes: () => residentBytesOfChild(child.pid),
    stop: child.stop,
  }
}
