#!/usr/bin/env sh
':' //; exec node --v8-pool-size=1 --min-semi-space-size=8 --max-semi-space-size=16 --no-rehash-snapshot "$0" "$@"
/*
 * Run by a shell, this file starts Node on itself with settings that only Node's command line takes. They save a seventh of the time in which a
 * public chart is rendered:
 * - one thread of V8 beside the main one, not four, which a short run hardly uses;
 * - 8 MB for new objects before the first are collected, and never more than 16;
 * - the hash tables of Node's snapshot as they are. The price: strings hash alike in every run, so that keys can be written that collide and slow
 *   one down. Templates can do that without; in a server it would not do.
 * To Node the line above is a string and a comment: `node bin/converge.js` does the same with Node's own settings.
 *
 * Loads the command line from dist/cli/, in the shortest time that was found: a run that renders a small chart takes about 40 ms, of which
 * 25 are Node's own start. What that needs (CPU time of the main thread, Node 24):
 * - CommonJS here and functions of scripts there: the loader of ES modules takes 3 ms before the first line.
 * - V8's code cache, made when the process ends, so that it holds what was compiled on the way. Node's own compile cache holds only what is
 *   compiled at once when a file is read: 15 ms more. dist/cli/cache/ has it for the Node that built it and either way to start; for another
 *   version, or with other V8 flags, the first run writes one into the user's cache directory.
 */
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `converge needs Node 22.19 or newer; this is ${process.versions.node}. In its checkout, \`npm run converge -- …\` uses the pinned one.\n`,
  )
  process.exit(1)
}

const fs = require('node:fs')
const path = require('node:path')
const { Script } = require('node:vm')

const directory = `${path.dirname(__dirname)}/dist/cli`
/** The directory that `npm run build` has the cache written to. */
const building = process.env.CONVERGE_CODE_CACHE
delete process.env.CONVERGE_CODE_CACHE
const shipped = `${directory}/cache/${process.execArgv.length > 0 ? 'sh' : 'node'}`
let shippedFits = building === undefined
let ownCache
/** The functions of the chunks that were read, and the modules of those that ran. */
const definitions = new Map()
const modules = new Map()
/** Scripts for which there was no code cache. */
const fresh = new Map()

/** The exports of a chunk (`./name.js`), of one of Node's modules, or of either when it is first used (`lazy:` and its name). */
function load(name) {
  if (name.startsWith('lazy:')) return lazy(name.slice(5))
  if (!name.startsWith('./')) return require(name)
  const known = modules.get(name)
  if (known) return known.exports
  const module = { exports: {} }
  modules.set(name, module)
  definition(name)(module.exports, load, module)
  return module.exports
}

/** A file holds a chunk, and may hold others that it imports. */
function definition(name) {
  if (!definitions.has(name)) {
    for (const [part, define] of Object.entries(compile(name).runInThisContext())) {
      if (!definitions.has(part)) definitions.set(part, define)
    }
  }
  return definitions.get(name)
}

/**
 * A stand-in whose prototype loads the module: esbuild's conversion of imports copies own properties, but keeps the prototype, once it has
 * asked whether this was an ES module.
 */
function lazy(name) {
  const wasModule = name.startsWith('./')
  return Object.create(new Proxy({}, { get: (_, key) => (key === '__esModule' ? wasModule : load(name)[key]) }))
}

function compile(name) {
  // Joined by hand: path.join() takes half a millisecond to be compiled.
  const filename = directory + name.slice(1)
  // Chunks are ASCII, which is quicker to read as Latin-1.
  const source = fs.readFileSync(filename, 'latin1')
  if (shippedFits) {
    const cachedData = read(shipped + name.slice(1))
    const script = cachedData && new Script(source, { filename, cachedData })
    if (script && !script.cachedDataRejected) return script
    if (script) shippedFits = false
  }
  const cachedData = read(path.join(cacheDirectory(), name))
  const script = new Script(source, { filename, cachedData })
  if (!cachedData || script.cachedDataRejected || building) {
    if (fresh.size === 0) process.once('exit', save)
    fresh.set(name, script)
  }
  return script
}

/** Where the code cache of this user, this build and this V8 with these flags is kept. V8 itself checks only the length of the source. */
function cacheDirectory() {
  if (building) return building
  if (ownCache === undefined) {
    const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
    const base = XDG_CACHE_HOME || LOCALAPPDATA || path.join(require('node:os').homedir(), '.cache')
    const { version } = require('../package.json')
    const built = Math.round(fs.statSync(path.join(directory, 'main.js')).mtimeMs)
    ownCache = path.join(base, 'converge', `${version}-${built}-${process.arch}-${require('node:v8').cachedDataVersionTag()}`)
  }
  return ownCache
}

function read(file) {
  try {
    return fs.readFileSync(file)
  } catch {
    return undefined
  }
}

/** Best effort: without a directory that can be written every run starts as slowly as the first. */
function save() {
  try {
    const target = cacheDirectory()
    fs.mkdirSync(target, { recursive: true, mode: 0o700 })
    for (const [name, script] of fresh) {
      // Renamed, as other runs may read it at the same time.
      const file = path.join(target, name)
      fs.writeFileSync(`${file}.${process.pid}`, script.createCachedData(), { mode: 0o600 })
      fs.renameSync(`${file}.${process.pid}`, file)
    }
  } catch {}
}

load('./main.js')
