/** What `workerd serve` is to run, in the language that it reads: services, bindings, sockets. */

export type WorkerdPlan = {
  readonly compatibilityDate: string
  /** Where Durable Objects keep their SQLite files; it must exist. */
  readonly storage: string
  readonly services: readonly ServicePlan[]
}

export type ServicePlan = {
  readonly name: string
  readonly port: number
  /** The bundle, one module. Its path from where the configuration lies; an absolute one fails. */
  readonly module: string
  readonly vars: Readonly<Record<string, string>>
  /** Objects that live in the service: the class by its binding. */
  readonly objects?: Readonly<Record<string, string>>
  /** Any other binding, as workerd spells it: `service = "chrono"`. */
  readonly bindings?: Readonly<Record<string, string>>
}

/** The configuration for a plan. Outgoing requests reach this machine and nothing else. */
export function capnpOf(plan: WorkerdPlan): string {
  const services = plan.services.map((service) => serviceOf(service, plan.compatibilityDate))
  const sockets = plan.services.map(
    ({ name, port }) =>
      `(name = ${quoted(name)}, address = "127.0.0.1:${port}", http = (), service = ${quoted(name)})`,
  )
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(',\n    ')},
    (name = "internet", network = (allow = ["local", "private"])),
    (name = "nowhere", network = (allow = [])),
    (name = "storage", disk = (path = ${quoted(plan.storage)}, writable = true))
  ],
  sockets = [${sockets.join(', ')}]
);
`
}

function serviceOf(service: ServicePlan, compatibilityDate: string): string {
  const { name, module, vars, objects = {}, bindings = {} } = service
  const bound = [
    ...Object.entries(vars).map(([key, value]) => binding(key, `text = ${quoted(value)}`)),
    ...Object.entries(objects).map(([key, className]) =>
      binding(key, `durableObjectNamespace = ${quoted(className)}`),
    ),
    ...Object.entries(bindings).map(([key, designator]) => binding(key, designator)),
  ]
  const namespaces = Object.values(objects).map(
    (className) =>
      `(className = ${quoted(className)}, uniqueKey = ${quoted(className)}, enableSql = true)`,
  )
  return `(name = ${quoted(name)}, worker = (
      modules = [(name = "index.js", esModule = embed ${quoted(module)})],
      compatibilityDate = ${quoted(compatibilityDate)},
      # A service binding's \`scheduled\`, which the driver fires the cron with.
      compatibilityFlags = ["service_binding_extra_handlers"],
      bindings = [${bound.join(', ')}],
      durableObjectNamespaces = [${namespaces.join(', ')}],
      durableObjectStorage = (localDisk = "storage")
    ))`
}

function binding(name: string, designator: string): string {
  return `(name = ${quoted(name)}, ${designator})`
}

/** A text literal; JSON's escapes are a part of what the format reads. */
function quoted(text: string): string {
  return JSON.stringify(text)
}
