import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { encrypt, generateKey, parseKey } from '../../src/secret/cipher.ts'
import { writeTree } from '../cli/files.ts'
import { expectSuccess, newScenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'

vi.setConfig({ testTimeout: 120_000 })

let target: Target
beforeAll(async () => {
  target = await openTarget()
})
afterAll(() => target?.stop())

const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  url: postgres://shop:{{ .Values.password }}@db
  mode: {{ .Values.mode }}
`

it('what was decrypted is in the cluster, and in no report of the runs that bring it there', async () => {
  const text = generateKey()
  const key = parseKey(text, 'test')
  const chart = (password: string) =>
    writeTree({
      'Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\n',
      'templates/settings.yaml': template,
      'secret-values.yaml': `password: ${encrypt(password, key)}\n`,
    })
  const app = await newScenario(target)
  const env = { CONVERGE_SECRET_KEY: text }
  try {
    const cwd = writeTree({})
    const reports = ['--report', 'lines', '--report', 'ndjson=events', '--report', 'html=page']
    const written = () => ['events', 'page'].map((name) => readFileSync(path.join(cwd, name), 'utf8')).join('\n')
    expectSuccess(await app.deploy({ mode: 'a' }, { chart: chart('correct-horse'), args: reports, env, cwd }))
    expect((await app.get('v1/configmaps/settings')).data.url).toBe('postgres://shop:correct-horse@db')
    expect(written()).not.toContain('correct-horse')
    const changed = await app.deploy({ mode: 'b' }, { chart: chart('battery-staple'), args: reports, env, cwd })
    expectSuccess(changed)
    expect(written()).toMatch(/"path":"data\.url","before":"<hidden \d+ bytes, hash [0-9a-f]{12}>","after":"<hidden/)
    expect(`${changed.output}${written()}`).not.toMatch(/correct-horse|battery-staple/)
    expect(written()).toContain('data.mode')
  } finally {
    await app.remove()
  }
})
