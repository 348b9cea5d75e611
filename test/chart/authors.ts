import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { run } from '../e2e/process.ts'

const folder = new URL('goldens/authors/', import.meta.url)
/** Charts in the manners of many authors: libraries, aliases, imported values, hooks, files, texts that YAML might take for something else. */
export const charts = fileURLToPath(new URL('charts/', folder))
export const goldensFile = new URL('answers.json', folder)

/** What Helm 4.2.3 prints for a command line. */
export interface Answer {
  words: string
  output?: string
  error?: string
}

/** The command lines: a chart and options. */
export function commandLines(): string[] {
  return readFileSync(new URL('cases.txt', folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}

/** The words of a line, of which some are in quotes. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^ ])+/g)].map(([word]) => word.replaceAll("'", ''))
}

/** The same place for both programs. */
export const common = ['-n', 'ns', '--kube-version', '1.35.0']

export async function askHelm(helm: string, words: string): Promise<Answer> {
  const { status, stdout, stderr } = await run(helm, ['template', 'rel', ...wordsOf(words), ...common], { cwd: charts })
  if (status === 0) return { words, output: stdout }
  const message = stderr.slice(stderr.indexOf('Error: ') + 'Error: '.length)
  return {
    words,
    error: message
      .replaceAll(charts, '')
      .replace(/\n*Use --debug flag.*\s*$/, '')
      .trim(),
  }
}
