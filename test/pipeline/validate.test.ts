import { describe, expect, it } from 'vitest'
import { connect } from '../../src/cluster/connection.ts'
import { checkOffline, kubernetesServed } from '../../src/pipeline/offline.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { configMap, releaseIn, yaml } from './charts.ts'

const deployment = (spec: object, container: object = { name: 'a', image: 'x' }) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [container] } },
    ...spec,
  },
})

describe.each(targets)('on the %s', (target) => {
  const test = useNamespace(target)
  const release = () => releaseIn(test.cluster, test.name)

  it('says which annotations look like a mistake, and leaves those of other programs alone', async () => {
    const annotations = {
      'converge.dev/failmode': 'x',
      'werf.io/track-terminaton-mode': 'NonBlocking',
      'helm.sh/resource-polic': 'keep',
      'converge.dev/fancy': 'x',
      'werf.io/version': 'v2',
      'werf.io/log-regex-for-app': '.*',
      'other.example/weight': '1',
    }
    const { events, findings } = await release().plan(yaml(configMap('c', {}, annotations)))
    expect(findings).toEqual([])
    expect(events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))).toEqual([
      'ConfigMap/c is annotated converge.dev/failmode, which nothing reads; did you mean converge.dev/fail-mode?',
      'ConfigMap/c is annotated werf.io/track-terminaton-mode, which nothing reads; did you mean werf.io/track-termination-mode?',
      'ConfigMap/c is annotated helm.sh/resource-polic, which nothing reads; did you mean helm.sh/resource-policy?',
      'ConfigMap/c is annotated converge.dev/fancy, which nothing reads',
    ])
  })

  describe('what the server refuses is refused before anything is touched, with the field', () => {
    const cases: [string, object, RegExp][] = [
      ['an unknown field', deployment({ replcas: 1 }), /has an unknown field spec\.replcas \(did you mean replicas\?\)/],
      [
        'an unknown field deep down',
        deployment({}, { name: 'a', imge: 'x' }),
        /spec\.template\.spec\.containers\[0\]\.imge \(did you mean image\?\)/,
      ],
      ['a string for a number', deployment({ replicas: '2' }), /has a string where spec\.replicas must be a whole number/],
      [
        'a number for a string',
        deployment({}, { name: 'a', image: 'x', env: [{ name: 'A', value: 1 }] }),
        /env\[0\]\.value must be a string \(quote it\)/,
      ],
      ['a value of no enum', deployment({}, { name: 'a', image: 'x', imagePullPolicy: 'Allways' }), /IfNotPresent|Allways/],
      ['a missing field', { ...deployment({}), spec: { selector: { matchLabels: { a: 'b' } } } }, /lacks spec\.template/],
      ['a list for a mapping', deployment({ selector: [] }), /has a list where spec\.selector must be a mapping/],
      ['a number in a ConfigMap', { ...configMap('c'), data: { a: 1 } }, /has a number where data\.a must be a string/],
      ['a bad key in a ConfigMap', configMap('c', { 'a/b': 'x' }), /invalid key "a\/b" in data/],
      [
        'no base64 in a Secret',
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: '#' } },
        /data\.a, which is not base64/,
      ],
      ['a bad name', configMap('Upper'), /invalid name: "Upper"/],
      ['a bad label', { ...configMap('c'), metadata: { name: 'c', labels: { a: 'b c' } } }, /invalid label value a: "b c"/],
    ]
    it.each(cases)('%s', async (_, object, reason) => {
      const { findings, finished } = await release().plan(yaml(object as never))
      expect(findings).toEqual([expect.stringMatching(reason)])
      expect(finished.error?.code).toBe('ERR_VALIDATION')
      const manifest = { source: 'c/templates/a.yaml', object: () => object as never }
      const offline = await checkOffline(kubernetesServed(), { name: 'r', namespace: test.name }, [manifest], [])
      expect(offline.map(({ message, hint }) => (hint ? `${message} (${hint})` : message))).toEqual([expect.stringMatching(reason)])
      // The server is the judge.
      const placed = { ...object, metadata: { ...(object as any).metadata, namespace: test.name } } as never
      await expect(test.cluster.apply(placed, { dryRun: true, fieldValidation: 'Strict' })).rejects.toMatchObject({ name: 'ConvergeError' })
    })

    it('and what it takes passes: empty enums, quantities, ports by name, null values, open maps', async () => {
      const container = {
        name: 'a',
        image: 'x',
        imagePullPolicy: '',
        resources: { limits: { cpu: 1, memory: '1Gi' } },
        ports: [{ name: 'web', containerPort: 80 }],
        livenessProbe: { httpGet: { path: '/', port: 'web', httpHeaders: [{ name: 'X' }] } },
        env: null,
      }
      const text = yaml(deployment({ replicas: null }, container), { ...configMap('c'), data: null as never })
      expect((await release().plan(text)).operations).toEqual(['create ConfigMap/c', 'create Deployment/d'])
    })
  })

  it('all findings come at once, by line', async () => {
    const text = [
      'apiVersion: v1',
      'kind: ConfigMap',
      'metadata:',
      '  name: c',
      '  annotations:',
      '    werf.io/weight: heavy',
      '    werf.io/log-regex: "("',
      'foo: bar',
      '---',
      'apiVersion: v1',
      'kind: List',
      'items:',
      '- apiVersion: v1',
      '  kind: Secret',
      '  metadata: {name: s}',
      '  data:',
      '    a: "#"',
      '---',
      'apiVersion: extensions/v1beta1',
      'kind: Ingress',
      'metadata: {name: i}',
      '---',
      'apiVersion: apps/v1',
      'kind: Deployment',
      'metadata: {name: d}',
      'spec:',
      '  replicas: 1',
      '  replicas: 2',
      '  selector: {matchLabels: {a: b}}',
      '  template:',
      '    metadata: {labels: {a: b}}',
      '    spec: {containers: [{name: a, image: x}]}',
      '',
    ].join('\n')
    const { findings, events } = await release().plan(text)
    expect(findings.map((finding) => finding.replace('c/templates/all.yaml:', '').slice(0, 60))).toEqual([
      expect.stringMatching(/^6: ConfigMap\/c is annotated werf\.io\/weight/),
      expect.stringMatching(/^7: ConfigMap\/c is annotated werf\.io\/log-regex/),
      expect.stringMatching(/^8: ConfigMap\/c has an unknown field foo/),
      expect.stringMatching(/^17: Secret\/s has data\.a, which is not base64/),
      expect.stringMatching(/^19: Ingress\/i is of a kind that the cluster does not serve/),
    ])
    // Helm deploys it, by the later one.
    const warnings = events.flatMap((event) => (event.type === 'warning' ? [event.message] : []))
    expect(warnings).toContain(
      'c/templates/all.yaml:28: Deployment/d has spec.replicas twice, with different values (only the last one counts)',
    )
    expect(findings[4]).toContain('Kubernetes 1.22 removed it; use networking.k8s.io/v1')
  })

  it('conflicts of ownership are listed together, and --take-ownership adopts', async () => {
    for (const name of ['own-1', 'own-2']) {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: test.name } }
      await test.cluster.create(object)
    }
    const text = yaml(configMap('own-1'), configMap('own-2'))
    const { findings } = await release().plan(text)
    expect(findings).toHaveLength(2)
    expect(findings[1]).toMatch(/:\d+: ConfigMap\/own-2 exists and cannot be imported into the current release/)
    expect((await release().plan(text, { takeOwnership: true })).operations).toEqual(['adopt ConfigMap/own-1', 'adopt ConfigMap/own-2'])
  })

  it('the namespace of the release is no part of it', async () => {
    const { findings } = await release().plan(yaml({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: test.name } }))
    expect(findings).toEqual([expect.stringMatching(/is the namespace of the release/)])
  })

  it('a definition and an object of it come in one chart, and the object is held to its schema', async () => {
    const group = `${test.name}.example.com`
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `widgets.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer' } } } },
              },
            },
          },
        ],
      },
    }
    const widget = (spec: object) => ({ apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec })
    const app = release()
    expect((await app.plan(yaml(definition as never, widget({ siz: 1 })))).findings).toEqual([
      expect.stringMatching(/Widget\/w lacks spec\.size/),
      expect.stringMatching(/Widget\/w has an unknown field spec\.siz \(did you mean size\?\)/),
    ])
    const text = yaml(definition as never, widget({ size: 1 }))
    try {
      expect((await app.deploy(text)).finished.outcome).toBe('deployed')
      expect((await app.deploy(text)).finished.outcome).toBe('unchanged')
      expect((await app.plan(yaml(definition as never, widget({ size: 2 })))).operations).toContain('update Widget/w')
    } finally {
      await test.cluster.delete({ apiVersion: definition.apiVersion, kind: definition.kind, name: definition.metadata.name })
    }
  })

  it('a claim template that cannot be changed is named with its values', async () => {
    const stateful = (storage: string) => ({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 's', annotations: { 'werf.io/track-termination-mode': 'NonBlocking' } },
      spec: {
        serviceName: 's',
        replicas: 0,
        selector: { matchLabels: { app: 's' } },
        template: { metadata: { labels: { app: 's' } }, spec: { containers: [{ name: 'a', image: 'x' }] } },
        volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } } }],
      },
    })
    const app = release()
    expect((await app.deploy(yaml(stateful('1Gi')))).finished.outcome).toBe('deployed')
    expect((await app.plan(yaml(stateful('2Gi')))).findings).toEqual([
      expect.stringMatching(
        /cannot be changed: spec\.volumeClaimTemplates\[0\]\.spec\.resources\.requests\.storage \(1Gi -> 2Gi\) is immutable \(.*Orphan/,
      ),
    ])
  })

  it('a Service changes its type and keeps its address', async () => {
    const service = (type: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { type, selector: { a: 'b' }, ports: [{ port: 80 }] },
    })
    const app = release()
    await app.deploy(yaml(service('ClusterIP')))
    const ref = { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: test.name }
    const before = await test.cluster.get(ref)
    const first = await app.plan(yaml(service('NodePort')))
    expect(first.changes[0]!.fields).toContainEqual({ path: 'spec.ports[port=80].nodePort', after: '(the server chooses)' })
    expect((await app.deploy(yaml(service('NodePort')))).finished.outcome).toBe('deployed')
    expect((await app.deploy(yaml(service('ClusterIP')))).finished.outcome).toBe('deployed')
    expect((await test.cluster.get(ref))!.spec.clusterIP).toBe(before!.spec.clusterIP)
  })

  it('policies keep, skip and make anew', async () => {
    const job = (image: string) => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j' },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } } },
    })
    const still = { 'werf.io/resource-policy': 'skip-update' }
    const anew = { 'werf.io/delete-policy': 'before-creation' }
    const kept = { 'helm.sh/resource-policy': 'keep' }
    const app = release()
    const first = [
      configMap('still', { a: '1' }, still),
      configMap('anew', { a: '1' }, anew),
      configMap('kept', {}, kept),
      configMap('gone'),
      configMap('same'),
    ]
    const absent = configMap('absent', {}, { 'werf.io/resource-policy': 'skip-create' })
    expect((await app.deploy(yaml(...first, absent, job('x:1')))).finished.outcome).toBe('deployed')
    const next = yaml(configMap('still', { a: '2' }, still), configMap('anew', { a: '1' }, anew), configMap('same'), absent, job('x:2'))
    expect((await app.plan(next)).changes.map(({ operation, ref, reason }) => `${operation} ${ref.name}: ${reason ?? ''}`)).toEqual([
      'keep still: resource-policy skip-update',
      'recreate anew: delete-policy before-creation',
      'unchanged same: ',
      'keep absent: resource-policy skip-create',
      'recreate j: spec.template.spec.containers[0].image (x:1 -> x:2) is immutable',
      'keep kept: not in the chart any more; its resource-policy keeps it',
      'delete gone: not in the chart any more',
    ])
  })

  it('weights, dependencies, deploy-on and deletion after success are obeyed', async () => {
    const job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: 'once',
        annotations: { 'werf.io/weight': '-5', 'werf.io/delete-policy': 'succeeded', 'werf.io/deploy-on': 'install' },
      },
      spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'x', command: ['true'] }] } } },
    }
    const after = configMap('after', {}, { 'werf.io/deploy-dependency-x': 'state=ready,kind=Service,name=svc' })
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'svc' },
      spec: { type: 'ExternalName', externalName: 'x.example.com' },
    }
    const pre = configMap('pre', {}, { 'werf.io/deploy-on': 'pre-install,pre-upgrade' })
    const app = release()
    const { events, finished } = await app.deploy(yaml(after, service, job, pre, configMap('plain')))
    expect(finished.outcome).toBe('deployed')
    const done = events.flatMap((event) =>
      (event.type === 'change' && event.state === 'done') || (event.type === 'hook' && event.state === 'succeeded') ? [event.ref.name] : [],
    )
    expect(done).toEqual(['pre', 'once', 'plain', 'svc', 'after', 'once'])
    expect(await test.cluster.get({ apiVersion: 'batch/v1', kind: 'Job', name: 'once', namespace: test.name })).toBeUndefined()
    expect((await app.plan(yaml(after, service, job, pre, configMap('plain', { a: '1' })))).operations).toContain('keep Job/once')
  })

  it.runIf(target === 'real cluster')('what the user may not do is found with the rest, once for each kind', async () => {
    const weak = await connect({ kubeconfig: test.kubeconfig, context: 'weak' })
    try {
      const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: test.name }, rules: [] }
      const foreign = { ...configMap('c'), metadata: { name: 'c', namespace: test.name } }
      const { findings } = await releaseIn(weak, 'weak').plan(yaml(foreign, role as never, { ...configMap('d'), foo: 1 }))
      expect(findings).toEqual([
        expect.stringMatching(
          /^c\/templates\/all\.yaml:\d+: ConfigMap\/c is out of reach: you may not get, create or patch configmaps in namespace/,
        ),
        expect.stringMatching(/ClusterRole\/\S+ is out of reach: you may not get, create or patch clusterroles\.\S+ in the whole cluster/),
        expect.stringMatching(/ConfigMap\/d has an unknown field foo/),
      ])
    } finally {
      await weak.close()
    }
  })

  it('a circle of dependencies is printed and nothing is touched', async () => {
    const needs = (name: string) => ({ 'werf.io/deploy-dependency-x': `state=ready,kind=ConfigMap,name=${name}` })
    const { findings } = await release().deploy(yaml(configMap('a1', {}, needs('b1')), configMap('b1', {}, needs('a1'))))
    expect(findings).toEqual([expect.stringMatching(/depends on itself: ConfigMap\/a1 -> ConfigMap\/b1 -> ConfigMap\/a1/)])
    expect(await test.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'a1', namespace: test.name })).toBeUndefined()
  })
})
