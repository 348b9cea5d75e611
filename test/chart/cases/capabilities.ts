import { type ChartCase, chart } from '../case.ts'

const template = `
# {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Major }} {{ .Capabilities.KubeVersion.Minor }}
# {{ .Capabilities.KubeVersion.GitVersion }} {{ .Capabilities.KubeVersion | quote }} {{ .Capabilities.KubeVersion.String }} {{ print .Capabilities.KubeVersion }}
# {{ .Capabilities | toJson }}
# {{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" }} {{ .Capabilities.APIVersions.Has "foo/v1" }} {{ len .Capabilities.APIVersions }}
# {{ .Capabilities.HelmVersion }} {{ .Capabilities.HelmVersion.Version }} {{ typeOf .Capabilities }} {{ typeOf .Capabilities.APIVersions }}
# {{ .Release | toJson }} {{ typeOf .Release.Revision }} {{ typeOf . }} {{ typeOf .Template }} {{ .Template | toJson }}
# {{ has "v1" .Capabilities.APIVersions }} {{ .Capabilities.APIVersions | first }} {{ printf "%v" .Capabilities.KubeVersion }} {{ printf "%+v" .Capabilities.KubeVersion }}
`
const files = chart({ 'templates/a.yaml': template })

/** What functions make of structs, and of the one map that is a type of its own. */
const structs = [
  'toToml .Capabilities.KubeVersion',
  'toToml .Capabilities.HelmVersion',
  'toToml (dict "b" (list .Capabilities.KubeVersion) "a" (dict "c" .Capabilities.HelmVersion))',
  'toToml .Files',
  'deepCopy .Capabilities.KubeVersion',
  '(deepCopy .Capabilities).KubeVersion.String',
  'deepCopy (dict "a" .Capabilities.KubeVersion)',
  'eq .Capabilities.KubeVersion .Capabilities.KubeVersion',
  'eq .Files nil',
  'merge (dict "a" .Subcharts) (dict "a" 1)',
  'merge (dict "a" (.Files.Glob "none")) (dict "a" 1)',
  'regexReplaceAll "0x[0-9a-f]+" (print (list .Capabilities) (dict "a" .Capabilities) (list (semver "1.2.3"))) "0x"',
]
const incomparable = ['eq .Files .Files', 'ne .Release .Files', 'eq .Chart .Files', 'eq (printf "a") .Files']

export const cases: ChartCase[] = [
  { name: 'without a cluster', files },
  ...['1.35.0', 'v1.30', '1.30.5-gke.1', 'v1.2.3+k3s1', '1', '01.2', 'x', '1.x', '1.35.0.1', '', '1.035', ' v1.2'].map((kubeVersion) => ({
    name: `--kube-version ${kubeVersion}`,
    files,
    options: { kubeVersion },
  })),
  { name: 'structs', files: chart({ 'templates/a.yaml': structs.map((call) => `# {{ ${call} | toJson }}\n`).join(''), 'b.txt': 'x' }) },
  ...incomparable.map((call) => ({ name: call, files: chart({ 'templates/a.yaml': `{{ ${call} }}`, 'b.txt': 'x' }) })),
  { name: '-a', files, options: { apiVersions: ['foo/v1,bar/v2', 'foo/v1/Foo'] } },
  { name: '--is-upgrade', files, options: { isUpgrade: true } },
  { name: 'a field that is not there', files: chart({ 'templates/a.yaml': '# {{ .Capabilities.TillerVersion }}\n' }) },
  { name: 'a field of the version that is not there', files: chart({ 'templates/a.yaml': '# {{ .Capabilities.KubeVersion.Nope }}\n' }) },
]
