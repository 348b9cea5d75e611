import type { FunctionTable } from '../value.ts'
import { aliasOf } from './registry.ts'

/** Go's `path.Clean`: the shortest path that means the same by its text alone. */
function clean(path: string): string {
  if (path === '') return '.'
  const rooted = path.startsWith('/')
  const kept: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') kept.push(part)
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop()
    else if (!rooted) kept.push('..')
  }
  return (rooted ? '/' : '') + kept.join('/') || '.'
}

function base(path: string): string {
  if (path === '') return '.'
  const trimmed = path.replace(/\/+$/, '')
  return trimmed === '' ? '/' : trimmed.slice(trimmed.lastIndexOf('/') + 1)
}

function extension(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? '' : name.slice(dot)
}

const plain: FunctionTable = {
  base: {
    params: ['string'],
    call: ([path]) => base(path),
    doc: 'The last element of the path.',
    example: { template: '{{ base "a/b/c.txt" }}', output: 'c.txt' },
  },
  dir: {
    params: ['string'],
    call: ([path]) => clean(path.slice(0, path.lastIndexOf('/') + 1)),
    doc: 'The path without its last element.',
    example: { template: '{{ dir "a/b/c.txt" }}', output: 'a/b' },
  },
  clean: {
    params: ['string'],
    call: ([path]) => clean(path),
    doc: 'The path without `.`, `..` and doubled slashes where that can be.',
    example: { template: '{{ clean "a/../b//c" }}', output: 'b/c' },
  },
  ext: {
    params: ['string'],
    call: ([path]) => extension(path),
    doc: 'The ending of the last element, with its dot.',
    example: { template: '{{ ext "a/b.tar.gz" }}', output: '.gz' },
  },
  isAbs: {
    params: ['string'],
    call: ([path]) => path.startsWith('/'),
    doc: 'Whether the path begins at the root.',
    example: { template: '{{ isAbs "/a" }}', output: 'true' },
  },
}

/** Functions on paths with slashes. Those of the operating system are the same: charts render alike on every machine. */
export const paths: FunctionTable = {
  ...plain,
  ...Object.fromEntries(
    Object.entries(plain).map(([name, entry]) => {
      const os = `os${name[0]!.toUpperCase()}${name.slice(1)}`
      return [os, aliasOf(name, entry, os, `The same as \`${name}\`.`)]
    }),
  ),
}
