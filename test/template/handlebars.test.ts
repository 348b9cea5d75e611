import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { render } from '../../src/chart/render.ts'
import { ConvergeError } from '../../src/errors.ts'

const directories: string[] = []
afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
})

/** Renders a chart of these templates and gives the first document's text. */
async function renderFiles(files: Record<string, string>, values = ''): Promise<string> {
  const directory = mkdtempSync(path.join(tmpdir(), 'converge-handlebars-'))
  directories.push(directory)
  mkdirSync(path.join(directory, 'templates'))
  writeFileSync(path.join(directory, 'Chart.yaml'), 'apiVersion: v2\nname: app\nversion: 1.0.0\n')
  writeFileSync(path.join(directory, 'values.yaml'), values)
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(directory, name), text)
  const { manifests } = await render({ chart: directory, releaseName: 'r', namespace: 'n' })
  return manifests[0]?.text ?? ''
}

test('the example chart mixes both languages', async () => {
  const { manifests } = await render({ chart: 'charts-fixtures/handlebars', releaseName: 'r', namespace: 'n' })
  expect(manifests.map(({ kind, name, source }) => `${source} ${kind}/${name}`)).toEqual([
    'handlebars/templates/config.yaml ConfigMap/r-handlebars',
    'handlebars/templates/deployment.hbs Deployment/r-handlebars',
  ])
  expect(manifests[1]!.object()).toMatchObject({
    spec: {
      replicas: 2,
      template: { spec: { containers: [{ image: 'registry.example/app:2.0', resources: { limits: { memory: '64Mi' } } }] } },
    },
  })
})

test.each([
  ['text is not escaped', '{{Values.a}}', 'a: "<&>"', '<&>'],
  ['functions take whole numbers where they want integers', '{{trunc 3 Values.a}}{{add 1 2}}', 'a: abcdef', 'abc3'],
  ['functions nest', '{{upper (default "x" Values.none)}}', '', 'X'],
  ['an empty map is false', '{{#if Values.m}}yes{{else}}no{{/if}}', 'm: {}', 'no'],
  ['zero is false', '{{#unless Values.z}}none{{/unless}}', 'z: 0', 'none'],
  ['and, or, not and eq', '{{#if (and (eq Values.a 1) (not Values.b))}}{{or Values.b "c"}}{{/if}}', 'a: 1\nb: false', 'c'],
  ['keys come in order', '{{#each Values.m}}{{@key}}={{this}};{{/each}}', 'm: {b: 2, a: 1}', 'a=1;b=2;'],
  ['methods of Go objects', '{{#if (Capabilities.APIVersions.Has "apps/v1")}}has{{/if}}', '', 'has'],
  ['a map becomes JSON again', '{{toJson Values.m}}', 'm: {b: [1, x], a: true}', '{"a":true,"b":[1,"x"]}'],
  ['prototypes are out of reach', '[{{Values.constructor}}{{Values.__proto__.x}}{{Values.m.toString.name}}]', 'm: {}', '[]'],
])('%s', async (_, template, values, expected) => {
  // The text is read as it is rendered: comments alone are a manifest without a kind.
  expect(await renderFiles({ 'templates/a.hbs': `# ${template.replaceAll('\n', ' ')}` }, values)).toBe(`# ${expected}`)
})

test('errors name file and line, and the nearest name', async () => {
  const error = await renderFiles({ 'templates/a.hbs': 'a: 1\nb: {{upperr "x"}}\n' }).catch((failure: unknown) => failure)
  expect(error).toBeInstanceOf(ConvergeError)
  expect(error).toMatchObject({ code: 'ERR_TEMPLATE_EXEC', location: { file: 'app/templates/a.hbs' }, hint: 'Did you mean upper?' })
})

test('a broken template is a parse error with its line', async () => {
  await expect(renderFiles({ 'templates/a.hbs': 'a: 1\n{{#if x}}\n' })).rejects.toMatchObject({
    code: 'ERR_TEMPLATE_PARSE',
    location: { file: 'app/templates/a.hbs' },
  })
})

test('partials that call each other without end are an error', async () => {
  await expect(renderFiles({ 'templates/_p.hbs': '{{> p}}', 'templates/a.hbs': 'a: {{> p}}\n' })).rejects.toMatchObject({
    code: 'ERR_TEMPLATE_EXEC',
  })
})
