#!/usr/bin/env node
// The compile cache saves most of the start-up of every run but the first.
import module from 'node:module'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`converge needs Node 22.19 or newer; this is ${process.versions.node}. In its checkout, \`npm run converge -- …\` uses the pinned one.\n`)
  process.exit(1)
}
module.enableCompileCache?.()
await import('../dist/cli.js')
