import { describe, expect, test } from 'vitest'
import { plainOptionsOf } from '../../src/cli/plain-options.ts'
import { readPlainWords } from '../../src/cli/plain-words.ts'
import { createProgram } from '../../src/cli/program.ts'

const renderCommand = () => createProgram('render').commands[0]!
const options = JSON.parse(JSON.stringify(plainOptionsOf(renderCommand())))

/** What commander reads from the same words. */
async function readByCommander(words: string[]): Promise<{ argument: string | undefined; flags: Record<string, unknown> }> {
  const command = renderCommand()
  let read: { argument: string | undefined; flags: Record<string, unknown> } | undefined
  command.action((argument, flags) => {
    read = { argument, flags }
  })
  await command.parseAsync(words, { from: 'user' })
  return read!
}

describe('plain words', () => {
  test.each([
    [[]],
    [['chart']],
    [['chart', '--release', 'rel', '-n', 'ns', '--kube-version', '1.35.0']],
    [['--release=rel', '--namespace=', 'chart']],
    [['--set', 'a=b', 'chart', '--set=c=d=e', '-f', 'one.yaml', '--values', 'two.yaml', '-a', 'x/v1']],
    [['chart', '--no-hooks', '--skip-tests', '--include-crds', '--is-upgrade', '--debug', '--validate', '--sandbox']],
    [['chart', '--release', 'one', '--release', 'two', '-s', 'templates/a.yaml', '--show-only=templates/b.yaml']],
  ])('are read as commander reads them: %j', async (words) => {
    const plain = readPlainWords(words, options, {})
    expect(plain).toEqual(await readByCommander(words))
  })

  test.each([
    [['chart', 'more']],
    [['chart', '--unknown']],
    [['chart', '--release']],
    [['chart', '--release', '--debug']],
    [['chart', '-nns']],
    [['chart', '-n=ns']],
    [['chart', '--debug=true']],
    [['--help']],
    [['chart', '--', '-x']],
    [['-']],
    [['--constructor', 'chart']],
  ])('%j is left to commander', (words) => {
    expect(readPlainWords(words, options, {})).toBeUndefined()
  })

  test('an environment that sets options is left to commander', () => {
    expect(readPlainWords(['chart'], options, { CONVERGE_SET_1: 'a=b' })).toBeUndefined()
    expect(readPlainWords(['chart'], options, { HELM_NAMESPACE: 'ns' })).toBeUndefined()
    expect(readPlainWords(['chart'], options, { HELM_CACHE_HOME: '/tmp', PATH: '/bin' })).toBeDefined()
  })

  test('what one run collects is not seen by the next', () => {
    readPlainWords(['--set', 'a=b'], options, {})
    expect(readPlainWords([], options, {})?.flags).toEqual(options.defaults)
  })
})
