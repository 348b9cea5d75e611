import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Writes files below a new directory, and gives its path. */
export function writeTree(files: Record<string, string>): string {
  const root = mkdtempSync(path.join(os.tmpdir(), 'converge-cli-'))
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  return root
}

/** A chart with a subchart, hooks, notes and values of every kind; what it creates is there at once. */
export const demoChart: Record<string, string> = {
  'Chart.yaml': `apiVersion: v2
name: demo
version: 0.1.0
appVersion: "1.10"
annotations: {zeta: "1", alpha: "2"}
dependencies:
- {name: sub, version: 0.2.0, repository: "", condition: sub.enabled}
`,
  'values.yaml': `a: 1
big: 12345678
list: [x, "y", 1.5]
html: "<b>&"
nested: {k: v, z: null}
drop: me
`,
  'templates/cm.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-cm}
data: {a: {{ .Values.a | quote }}, html: {{ .Values.html | quote }}}
`,
  'templates/hooks.yaml': `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: "3"}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-test
  annotations: {helm.sh/hook: test}
`,
  'templates/NOTES.txt': 'Notes of {{ .Release.Name }} revision {{ .Release.Revision }}\n',
  'charts/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.2.0\n',
  'charts/sub/values.yaml': 's: 1\nglobal: {g: 1}\n',
  'charts/sub/templates/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-sub}\n',
}

/** A chart without values, notes or an app version. */
export const emptyChart: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: empty\nversion: 1.0.0-rc.1+b5\n',
  'templates/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}-e}\n',
}
