import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

// Makes src/sandbox/schema/kubernetes.json of the Kubernetes source tree (a Go module that test/cluster/kubernetes names): joins what main.go
// prints (Go types) with its OpenAPI documents (list types, defaults) and its discovery documents.
//
//   cd test/cluster/kubernetes && go run ../../sandbox/schema-generator/main.go > TYPES
//   node test/sandbox/schema-generator/generate-schema.ts TYPES "$(go list -m -f '{{.Dir}}' k8s.io/kubernetes)" src/sandbox/schema/kubernetes.json
const [typesFile, kubernetes, output] = process.argv.slice(2) as [string, string, string]
const json = (file: string): any => JSON.parse(readFileSync(file, 'utf8'))
const go = json(typesFile)
const swagger = json(`${kubernetes}/api/openapi-spec/swagger.json`).definitions

// Defaults are in the version 3 documents only.
const directory = `${kubernetes}/api/openapi-spec/v3`
for (const file of readdirSync(directory)) {
  for (const [name, schema] of Object.entries<any>(json(`${directory}/${file}`).components?.schemas ?? {}))
    for (const [key, property] of Object.entries<any>(schema.properties ?? {}))
      if (property.default !== undefined && swagger[name]?.properties?.[key]) swagger[name].properties[key].default = property.default
}

const types: Record<string, any> = {}
for (const [name, type] of Object.entries<any>(go.types)) {
  const definition = swagger[name] ?? {}
  const fields: Record<string, any> = {}
  for (const field of type.fields ?? []) {
    const property = definition.properties?.[field.n] ?? {}
    const entry: any = { t: field.t }
    if (field.o) entry.o = 1
    if (field.m) entry.m = field.m
    if (field.s) entry.s = field.s
    if (field.p) entry.p = field.p.includes('.') ? field.p : Number(field.p)
    const list = property['x-kubernetes-list-type']
    if (list && list !== 'atomic') entry.l = list
    if (property['x-kubernetes-list-map-keys']) entry.k = property['x-kubernetes-list-map-keys']
    if (property['x-kubernetes-map-type'] === 'atomic') entry.a = 1
    if (property.default !== undefined && (typeof property.default !== 'object' || Object.keys(property.default).length > 0))
      entry.d = property.default
    if (definition.required?.includes(field.n)) entry.r = 1
    fields[field.n] = entry
  }
  types[name] = definition['x-kubernetes-map-type'] === 'atomic' ? { fields, a: 1 } : { fields }
}

const stable = (version: string): boolean => !/alpha|beta/.test(version)
const groups: any[] = []
const flatten = (name: string, version: any): any[] =>
  version.resources.map((r: any) => {
    const kind = r.responseKind
    return {
      resource: r.resource,
      kind: kind.kind,
      singular: r.singularResource,
      ...(r.scope === 'Namespaced' ? { namespaced: true } : {}),
      ...(r.shortNames ? { shortNames: r.shortNames } : {}),
      ...(r.categories ? { categories: r.categories } : {}),
      verbs: r.verbs,
      ...(go.kinds[`${name}/${version.version}/${kind.kind}`] ? { type: go.kinds[`${name}/${version.version}/${kind.kind}`] } : {}),
      ...(r.subresources
        ? {
            subresources: r.subresources.map((s: any) => ({
              name: s.subresource,
              kind: s.responseKind.kind,
              ...(s.responseKind.group ? { group: s.responseKind.group, version: s.responseKind.version } : {}),
              verbs: s.verbs,
            })),
          }
        : {}),
    }
  })
const core = json(`${kubernetes}/api/discovery/api__v1.json`)
const byName = new Map<string, any>()
for (const r of core.resources) {
  if (r.name === 'componentstatuses') continue
  if (!r.name.includes('/')) {
    byName.set(r.name, {
      resource: r.name,
      kind: r.kind,
      singular: r.singularName,
      ...(r.namespaced ? { namespaced: true } : {}),
      ...(r.shortNames ? { shortNames: r.shortNames } : {}),
      ...(r.categories ? { categories: r.categories } : {}),
      verbs: r.verbs,
      ...(go.kinds[`/v1/${r.kind}`] ? { type: go.kinds[`/v1/${r.kind}`] } : {}),
    })
  } else {
    const [parent, sub] = r.name.split('/')
    const owner = byName.get(parent)
    owner.subresources ??= []
    owner.subresources.push({ name: sub, kind: r.kind, ...(r.group ? { group: r.group, version: r.version } : {}), verbs: r.verbs })
  }
}
groups.push({ group: '', versions: [{ version: 'v1', resources: [...byName.values()] }] })
for (const group of json(`${kubernetes}/api/discovery/aggregated_v2.json`).items) {
  if (['resource.k8s.io', 'internal.apiserver.k8s.io', 'storagemigration.k8s.io'].includes(group.metadata.name)) continue
  const versions = group.versions.filter((v: any) => stable(v.version))
  if (versions.length === 0) continue
  groups.push({
    group: group.metadata.name,
    versions: versions.map((v: any) => ({ version: v.version, resources: flatten(group.metadata.name, v) })),
  })
}

// Only what a served resource reaches.
const kept: Record<string, any> = {}
const keep = (name: string): void => {
  if (kept[name] || !types[name]) return
  kept[name] = types[name]
  for (const field of Object.values<any>(types[name].fields)) {
    const at = field.t.indexOf('#')
    if (at >= 0) keep(field.t.slice(at + 1))
  }
}
for (const group of groups) for (const v of group.versions) for (const r of v.resources) if (r.type) keep(r.type)
for (const extra of [
  'io.k8s.api.policy.v1.Eviction',
  'io.k8s.api.autoscaling.v1.Scale',
  'io.k8s.api.authentication.v1.TokenRequest',
  'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions',
])
  keep(extra)
const sorted = Object.fromEntries(Object.entries(kept).sort(([a], [b]) => (a < b ? -1 : 1)))
const lines = Object.entries(sorted).map(([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`)
writeFileSync(output, `{"groups":${JSON.stringify(groups)},\n"types":{\n${lines.join(',\n')}\n}}\n`)
