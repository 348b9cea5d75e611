import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts'
import { type Answer, converse, peerOf } from './conversation.ts'
import { conversations } from './conversations.ts'

let sandbox: Sandbox
beforeAll(async () => {
  sandbox = await startSandbox()
})
afterAll(() => sandbox.stop())

const golden = (name: string): Answer[] => JSON.parse(readFileSync(new URL(`./goldens/${name}.json`, import.meta.url), 'utf8'))
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe('answers as a real API server does', () => {
  for (const conversation of conversations)
    test(conversation.name, async () => {
      const ours = await converse({ url: sandbox.url }, conversation, `sandbox-${conversation.name}`)
      expect(plain(ours)).toEqual(golden(conversation.name))
    })
})

// CONVERGE_TEST_KUBECONFIG names a cluster to check the goldens themselves against.
const kubeconfig = process.env.CONVERGE_TEST_KUBECONFIG
describe.skipIf(!kubeconfig || !existsSync(kubeconfig))('the goldens are what the API server answers', () => {
  for (const conversation of conversations)
    test(conversation.name, async () => {
      const theirs = await converse(peerOf(kubeconfig!), conversation, `sandbox-${conversation.name}-${Date.now() % 100_000}`)
      expect(plain(theirs)).toEqual(golden(conversation.name))
    })
})
