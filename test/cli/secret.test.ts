import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { converge } from '../e2e/process.ts'
import { writeTree } from './files.ts'

const key = 'bc3458408a5687e60b9417adb84e4ad0'
const other = '0123456789abcdef0123456789abcdef'
const env = { WERF_SECRET_KEY: key }
const chart = {
  'Chart.yaml': 'apiVersion: v2\nname: demo\nversion: 1.0.0\n',
  'values.yaml': 'password: none\nuser: none\n',
  'secret-values.yaml':
    'password: 10007b717b44ec49b722c5d517cf6259bd20c93ea5ef2dcfc3934bccee59613d0ac07f5f39835d30f3736fc5d3edc10335bb\nnothing: null\n',
  'secret/app/config.txt': '100052fb0fa1cc8ef1cb123be089cdb853cc153772691b8fb743d612a7b64d65614d4d8745250752564941227eb8d7161523\n',
  'templates/a.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  password: {{ .Values.password }}\n  user: {{ .Values.user }}\n  file: {{ werf_secret_file "app/config.txt" | quote }}\n',
}

test('a chart is rendered with its secret values and files: over -f, below --set', async () => {
  const cwd = writeTree({ ...chart, 'f.yaml': 'password: file\nuser: file\n' })
  const { stdout, stderr } = await converge(['render', '.', '-f', 'f.yaml', '--set', 'user=set'], { cwd, env })
  expect(stderr).toBe('')
  expect(stdout).toContain('password: added_via_secret_values\n  user: set\n  file: "secretConfigContent\\n"\n')
  const again = await converge(['render', '.', '--set', 'password=set'], { cwd, env })
  expect(again.stdout).toContain('password: set\n')
  const raw = await converge(['render', '.', '--ignore-secret-key'], { cwd })
  expect(raw.stdout).toContain('password: 10007b717b')
})

test('the key comes from a file of the project too; none, a wrong one and a broken one are told without showing it', async () => {
  const cwd = writeTree({ ...chart, '.werf_secret_key': `${key}\n` })
  expect((await converge(['render', '.'], { cwd })).stdout).toContain('added_via_secret_values')
  for (const [value, words] of [
    ['', 'there is no key for secret-values.yaml'],
    [other, 'password of secret-values.yaml: it cannot be decrypted with this key'],
    ['abcdef', 'the key of CONVERGE_SECRET_KEY has 3 bytes'],
  ] as const) {
    const { status, stderr } = await converge(['render', '.'], { cwd: writeTree(chart), env: value ? { CONVERGE_SECRET_KEY: value } : {} })
    expect(status).toBe(1)
    expect(stderr).toContain(words)
    if (value) expect(stderr).not.toContain(value)
  }
})

test('a chart that has a plain file of that name is rendered as Helm does', async () => {
  const cwd = writeTree({ ...chart, 'secret-values.yaml': 'password: plain\n', 'templates/a.yaml': 'a: {{ .Values.password }}\n' })
  expect((await converge(['render', '.'], { cwd })).stdout).toContain('a: none')
})

test('a secret file is read from below secret/ only', async () => {
  const cwd = writeTree({ ...chart, 'templates/a.yaml': 'a: {{ werf_secret_file "../values.yaml" }}\n' })
  const { status, stderr } = await converge(['render', '.'], { cwd, env })
  expect(status).toBe(1)
  expect(stderr).toContain('../values.yaml is not below secret/ of the chart')
})

test('files are encrypted, decrypted, edited and rotated', async () => {
  const cwd = writeTree({ ...chart, 'plain.yaml': '# note\na: one\nb: two\n', 'key.pem': 'KEY\n' })
  const run = (...args: string[]) => converge(['secret', ...args], { cwd, env })
  const read = (name: string) => readFileSync(path.join(cwd, name), 'utf8')
  expect((await run('encrypt', 'plain.yaml', '-o', 'secret.yaml')).status).toBe(0)
  expect(read('secret.yaml')).toMatch(/^# note\na: 1000[0-9a-f]+\nb: 1000[0-9a-f]+\n$/)
  expect((await run('decrypt', 'secret.yaml')).stdout).toBe('# note\na: one\nb: two\n')
  expect((await run('encrypt', 'secret.yaml')).stderr).toContain('secret.yaml is encrypted already')

  expect((await run('encrypt', 'key.pem', '-o', 'secret/key.pem')).status).toBe(0)
  expect((await run('decrypt', 'secret/key.pem')).stdout).toBe('KEY\n')
  const piped = await converge(['secret', 'encrypt'], { cwd, env, input: 'word\n' })
  expect((await converge(['secret', 'decrypt'], { cwd, env, input: piped.stdout })).stdout).toBe('word\n')

  const before = read('secret.yaml').split('\n')
  const edited = await converge(['secret', 'edit', 'secret.yaml'], { cwd, env: { ...env, EDITOR: "sed -i 's/two/three/'" } })
  expect(edited.status, edited.stderr).toBe(0)
  const after = read('secret.yaml').split('\n')
  expect([after[1] === before[1], after[2] === before[2]]).toEqual([true, false])
  const failed = await converge(['secret', 'edit', 'secret.yaml'], { cwd, env: { ...env, EDITOR: 'false' } })
  expect(failed.stderr).toContain('the editor false failed')
  expect(read('secret.yaml').split('\n')).toEqual(after)

  const rotated = await converge(['secret', 'rotate'], { cwd, env: { WERF_SECRET_KEY: other, WERF_OLD_SECRET_KEY: key } })
  expect(rotated.stdout).toBe('rotated secret-values.yaml\nrotated secret/app/config.txt\nrotated secret/key.pem\n')
  expect((await converge(['render', '.'], { cwd, env: { WERF_SECRET_KEY: other } })).stdout).toContain('added_via_secret_values')
  expect((await converge(['render', '.'], { cwd, env })).status).toBe(1)
})

test('a new key is printed, or written where there is none, for its owner alone', async () => {
  const cwd = writeTree({})
  expect((await converge(['secret', 'generate-key'], { cwd })).stdout).toMatch(/^[0-9a-f]{32}\n$/)
  expect((await converge(['secret', 'generate-key', '-o', '.werf_secret_key'], { cwd })).stdout).toBe('')
  const again = await converge(['secret', 'generate-key', '-o', '.werf_secret_key'], { cwd })
  expect([again.status, again.stderr]).toEqual([1, expect.stringContaining('.werf_secret_key exists')])
})
