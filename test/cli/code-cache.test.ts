import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const dist = path.join(import.meta.dirname, '../../dist/cli')
const pinned = path.join(import.meta.dirname, '../../node_modules/node/bin/node')

/** Prints which of the files V8 refuses to take from the cache that the build made. */
const script = `
const { readFileSync } = require('node:fs')
const { Script } = require('node:vm')
const [dist, ...names] = process.argv.slice(1)
const refused = names.filter((name) => {
  const cachedData = readFileSync(dist + '/cache/' + name)
  return new Script(readFileSync(dist + '/' + name, 'latin1'), { filename: name, cachedData }).cachedDataRejected
})
console.log(JSON.stringify(refused))
`

test('the code cache of every part of the program is one that the Node that built it takes', () => {
  const names = readdirSync(path.join(dist, 'cache'))
  expect(names).toContainEqual(expect.stringMatching(/^render-/))
  expect(names).toContainEqual(expect.stringMatching(/^sandbox-/))
  const refused = execFileSync(pinned, ['-e', script, dist, ...names], { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } })
  expect(JSON.parse(refused)).toEqual([])
})
