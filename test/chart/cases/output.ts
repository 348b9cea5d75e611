import { type ChartCase, chart } from '../case.ts'

const files = chart({
  'templates/a.yaml': 'kind: ConfigMap\nmetadata: {name: a}\n---\nkind: Secret\nmetadata: {name: a2}\n\n',
  'templates/b.yaml': 'kind: Service\n\n\n',
  'templates/deep/c.yaml': 'kind: Job\nmetadata: {annotations: {"helm.sh/hook": pre-install}}\n',
  'crds/one.yaml':
    'kind: CustomResourceDefinition\nmetadata: {name: one}\n---\nkind: CustomResourceDefinition\nmetadata: {name: two}\n\n\n',
  'crds/b.JSON': '{"kind":"CustomResourceDefinition"}',
  'crds/README.md': 'no manifest',
  'crds/deep/x.yml': 'kind: Deep # {{ not a template }}\n',
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 1.0.0\n',
  'charts/sub/crds/s.yaml': 'kind: CustomResourceDefinition\nmetadata: {name: sub}\n',
  'charts/sub/templates/s.yaml': 'kind: ServiceAccount\n',
})

export const cases: ChartCase[] = [
  { name: 'everything', files },
  { name: '--include-crds', files, options: { includeCrds: true } },
  ...[
    ['templates/a.yaml'],
    ['templates/b.yaml', 'templates/a.yaml'],
    ['templates/*.yaml'],
    ['templates/*/*.yaml'],
    ['charts/sub/templates/s.yaml'],
    ['templates/deep/c.yaml'],
    ['templates/none.yaml'],
    ['a.yaml'],
    ['templates/a.yaml', 'templates/a.yaml'],
    ['templates/[ab].yaml'],
    ['templates/['],
  ].map((showOnly) => ({ name: `-s ${showOnly.join(' -s ')}`, files, options: { showOnly } })),
  { name: '-s of a CRD', files, options: { showOnly: ['crds/one.yaml'], includeCrds: true } },
  { name: '-s with --no-hooks', files, options: { showOnly: ['templates/deep/c.yaml'], noHooks: true } },
]
