import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { program } from '../e2e/process.ts'

const dist = path.join(import.meta.dirname, '../../dist/cli')
const pinned = path.join(import.meta.dirname, '../../node_modules/node/bin/node')

/** What the line for the shell has Node start with. */
const [, settings = ''] = /exec node (.+) "\$0"/.exec(readFileSync(program, 'utf8')) ?? []

/** Prints which of the files V8 refuses to take from the cache that the build made. */
const script = `
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
const [dist, cache, ...names] = process.argv.slice(1)
const refused = names.filter((name) => {
  const cachedData = readFileSync(cache + '/' + name)
  return new Script(readFileSync(dist + '/' + name, 'latin1'), { filename: name, cachedData }).cachedDataRejected
})
console.log(JSON.stringify(refused))
`

test.each([
  { start: 'node', options: [] },
  { start: 'sh', options: settings.split(' ') },
])('the code cache of every part of the program is one that the Node that built it takes, started by $start', ({ start, options }) => {
  const cache = path.join(dist, 'cache', start)
  const names = readdirSync(cache)
  expect(names).toContainEqual(expect.stringMatching(/^render-/))
  expect(names).toContainEqual(expect.stringMatching(/^sandbox-/))
  const args = [...options, '-e', script, dist, cache, ...names]
  const refused = execFileSync(pinned, args, { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
  expect(JSON.parse(refused)).toEqual([])
})
