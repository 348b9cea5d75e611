import { readFileSync } from 'node:fs'
import type { ReadGolden, WriteGolden } from './goldens/generate.ts'

const load = (name: string) => JSON.parse(readFileSync(new URL(`goldens/${name}`, import.meta.url), 'utf8'))

export function readGoldens(): ReadGolden[] {
  return load('read.json')
}

export function writeGoldens(): WriteGolden[] {
  return load('write.json').map(([value, yaml, pretty = yaml]: [unknown, string, string?]) => ({ value, yaml, pretty }))
}
