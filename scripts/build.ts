/** Builds dist/: the library as ES modules, and the command line as the scripts and the code cache that bin/converge.js loads. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, build, type Metafile, type Plugin, transform } from 'esbuild'
import { plainOptionsOf } from '../src/cli/plain-options.ts'
import { createProgram } from '../src/cli/program.ts'
import { licensesOf } from './licenses.ts'

process.chdir(fileURLToPath(new URL('..', import.meta.url)))

/** What is imported at the top of a file but seldom used is loaded at its first use. Packages get a chunk of their own for that. */
const lazyPackages = ['re2js', 'bcryptjs', 'string-width', 'cli-table3']
const lazyModules = ['node:child_process', 'node:crypto', 'node:os']

const loadLazily: Plugin = {
  name: 'load-lazily',
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^(${[...lazyPackages, ...lazyModules].join('|')})$`) }, ({ kind, path: name }) =>
      kind === 'import-statement' ? { path: `lazy:${lazyPackages.includes(name) ? `./${name}.js` : name}`, external: true } : undefined,
    )
  },
}

/** Takes the sentences and examples out of the function tables: 600 strings and objects that no run reads. */
const leaveOutDocs: Plugin = {
  name: 'leave-out-docs',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/]template[\\/]funcs[\\/][^\\/]+\.ts$/ }, ({ path: file }) => {
      const contents = readFileSync(file, 'utf8').replaceAll(/^ +(?:doc: (['"`]).*\1|example: \{.*\}),\n/gm, '')
      return { contents, loader: 'ts' }
    })
  },
}

// Splitting gives each command, and each heavy library, a chunk of its own that is read only when it is needed.
const common = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  define: { DOCUMENTED: 'false' },
  plugins: [leaveOutDocs],
} satisfies BuildOptions

/** Chunks that have in their files what they import, and what they load in nearly every run. */
const loadedWith: Record<string, string[]> = { render: [], program: [], deploy: ['connection', 'js-yaml', 'lines'] }

/** What is ready as soon as it is there. */
const deployed = `
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data: {a: "{{ .Values.name }}"}
---
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {clusterIP: None, selector: {app: a}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec:
  replicas: 0
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: a}]}
`

const kubeconfig = `
current-context: a
contexts: [{name: a, context: {cluster: a, user: a}}]
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: a, user: {token: a}}]
`

rmSync('dist', { recursive: true, force: true })
const bundles = await Promise.all([buildLibrary(), buildCommandLine()])
writeFileSync('dist/LICENSES.txt', licensesOf(bundles))
warmUp()

async function buildLibrary(): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    metafile: true,
    entryPoints: { index: 'src/index.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    // Bundled CommonJS packages ask for Node's own modules by require().
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  })
  return metafile
}

/**
 * The chunks of the command line, each as `({ './name.js': function (exports, require, module) {} })` in ASCII (which is esbuild's default).
 * Those of the start, of commander, of rendering and of deploying have the chunks that they import beside them in the file: one file is read
 * 2 ms sooner than sixteen.
 */
async function buildCommandLine(): Promise<Metafile> {
  const { outputFiles, metafile } = await build({
    ...common,
    entryPoints: { main: 'src/cli/main.ts', ...Object.fromEntries(lazyPackages.map((name) => [name, name])) },
    plugins: [...common.plugins, loadLazily],
    define: { ...common.define, RENDER_OPTIONS: JSON.stringify(JSON.stringify(plainOptionsOf(createProgram('render').commands[0]!))) },
    outdir: 'dist/cli',
    chunkNames: '[name]-[hash]',
    write: false,
    metafile: true,
  })
  const imports = new Map(Object.entries(metafile.outputs).map(([file, { imports }]) => [path.basename(file), imports]))
  const reach = (name: string, reached = new Set<string>()): Set<string> => {
    if (reached.has(name) || !imports.has(name)) return reached
    reached.add(name)
    for (const { path: file, kind, external } of imports.get(name) ?? []) {
      if (kind === 'import-statement' && !external) reach(path.basename(file), reached)
    }
    return reached
  }
  const start = reach('main.js')
  const rendering = reach([...imports.keys()].find((name) => name.startsWith('render-'))!)
  const chunks = new Map(
    await Promise.all(
      outputFiles.map(async ({ path: file, text }) => {
        const name = path.basename(file)
        const isOurs = start.has(name) || rendering.has(name)
        return [name, await convert(isOurs ? bound(text, imports.get(name)!) : text)] as const
      }),
    ),
  )
  mkdirSync('dist/cli', { recursive: true })
  for (const name of chunks.keys()) {
    const [, stem = ''] = /^(.+?)(?:-[A-Z0-9]{8})?\.js$/.exec(name) ?? []
    const loaded = [name, ...chunks.keys()].filter(
      (chunk) => chunk === name || loadedWith[stem]?.some((other) => chunk.startsWith(`${other}-`)),
    )
    const reached = loaded.flatMap((chunk) => [...reach(chunk)])
    const together = name === 'main.js' ? start : loadedWith[stem] ? new Set(reached.filter((part) => !start.has(part))) : [name]
    const entries = Array.from(together, (part) => `${JSON.stringify(`./${part}`)}:function(exports,require,module){${chunks.get(part)}}`)
    writeFileSync(path.join('dist/cli', name), `({${entries.join(',')}})`)
  }
  return metafile
}

/**
 * A minified chunk whose imports are variables of its own, and whose exports are one plain object. What esbuild makes of them reads each import at
 * each use from an object, through a getter, as it could change: our own modules export nothing that changes once they have run (no `export let`).
 * Chunks do not import each other in circles, as modules that do are in the same one. What is loaded lazily stays with esbuild.
 */
function bound(text: string, imports: Metafile['outputs'][string]['imports']): string {
  const expected = imports.filter(({ kind, path: from }) => kind === 'import-statement' && !from.startsWith('lazy:'))
  const variables: string[] = []
  const body = text
    .replaceAll(
      /\bimport(?: ([\w$]+) from|\{([^{}]*)\}from)?("(?:\.\/|node:)[^"]+");/g,
      (_, whole: string | undefined, names: string | undefined, from: string) => {
        const target = whole ?? (names && `{${names.replaceAll(' as ', ':')}}`)
        variables.push(target === undefined ? `require(${from});` : `var ${target}=require(${from});`)
        return ''
      },
    )
    .replaceAll(/\bimport\(("(?:\.\/|node:)[^"]+")\)/g, 'Promise.resolve().then(()=>require($1))')
    .replace(/\bexport\{([^{}]*)\};\s*$/, (_, names: string) => {
      const properties = names.split(',').map((each) => each.split(' as ').reverse().join(':'))
      return `module.exports={${properties.join(',')}}`
    })
  if (variables.length !== expected.length) throw new Error(`found ${variables.length} of the ${expected.length} imports of a chunk`)
  return variables.join('') + body
}

async function convert(text: string): Promise<string> {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    legalComments: 'none',
    supported: { 'dynamic-import': false },
  })
  return code
}

/**
 * Renders two charts, deploys one to the embedded cluster and fails to deploy it to one that is not there, so that the code cache holds what these commonly run. Each run
 * adds to it. There is one for each way to start, as V8 takes none that was made with other settings.
 */
function warmUp(): void {
  const deploying = 'dist/deploying'
  mkdirSync(`${deploying}/templates`, { recursive: true })
  writeFileSync(`${deploying}/Chart.yaml`, 'apiVersion: v2\nname: deploying\nversion: 1.0.0\n')
  writeFileSync(`${deploying}/values.yaml`, 'name: web\n')
  writeFileSync(`${deploying}/templates/all.yaml`, deployed)
  writeFileSync(`${deploying}/kubeconfig`, kubeconfig, { mode: 0o600 })
  // Options of whoever builds are not meant for these runs.
  const own = Object.fromEntries(Object.entries(process.env).filter(([key]) => !key.startsWith('CONVERGE_')))
  for (const interpreter of ['node', 'sh']) {
    const env = {
      ...own,
      PATH: [path.dirname(process.execPath), own.PATH].join(path.delimiter),
      CONVERGE_CODE_CACHE: `dist/cli/cache/${interpreter}`,
    }
    const run = (args: string[], expected = 0) => {
      const { status, stderr } = spawnSync(interpreter, ['bin/converge.js', ...args], { env, encoding: 'utf8' })
      if (status !== expected) console.warn(`no code cache from converge ${args.join(' ')} by ${interpreter}: ${stderr ?? 'not there'}`)
    }
    for (const chart of ['shop', 'everyday'])
      run(['render', `charts-fixtures/${chart}`, '--release', 'rel', '-n', 'ns', '--kube-version', '1.35.0'])
    run([deploying, '--sandbox', '--report', 'lines'])
    run([deploying, '--kubeconfig', `${deploying}/kubeconfig`, '--report', 'lines'], 1)
  }
  rmSync(deploying, { recursive: true })
}
