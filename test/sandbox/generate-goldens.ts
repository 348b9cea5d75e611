import { writeFileSync } from 'node:fs'
import { converse, peerOf } from './conversation.ts'
import { conversations } from './conversations.ts'

// node test/sandbox/generate-goldens.ts KUBECONFIG [NAME...]: has the conversations with a real API server and keeps its answers as goldens.
const [file, ...names] = process.argv.slice(2)
const peer = peerOf(file!)
for (const conversation of conversations) {
  if (names.length > 0 && !names.includes(conversation.name)) continue
  const answers = await converse(peer, conversation, `sandbox-${conversation.name}-${Date.now() % 100_000}`)
  const target = new URL(`./goldens/${conversation.name}.json`, import.meta.url)
  writeFileSync(target, `${JSON.stringify(answers, null, 1)}\n`)
  process.stdout.write(`${conversation.name}: ${answers.length} answers\n`)
}
