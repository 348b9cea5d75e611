import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const source = read('src/pipeline/events.ts')
const doc = read('docs/events.md')

/** The interfaces of the union: their `type`, and the names of their fields. */
const events = [...source.matchAll(/export interface \w+Event \{\n([\s\S]*?)\n\}/g)].map(([, body = '']) => ({
  type: /^ {2}type: '([\w-]+)'$/m.exec(body)?.[1] ?? '',
  fields: [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name = '']) => name).filter((name) => name !== 'type'),
}))
const members = [...source.slice(0, source.indexOf(')\n\n')).matchAll(/^ {2}\| (\w+)$/gm)]

/** Of each section of the page, its text. */
const sections = new Map(doc.split(/^## /m).map((part) => [/^`([\w-]+)`/.exec(part)?.[1] ?? '', part] as const))

describe('docs/events.md', () => {
  it('has a section for each type of event', () => {
    expect(events).toHaveLength(members.length)
    expect(events.length).toBeGreaterThan(10)
    expect([...sections.keys()].filter((type) => type !== '').sort()).toEqual(events.map(({ type }) => type).sort())
  })

  it.each(events)('has every field of $type', ({ type, fields }) => {
    const section = sections.get(type) ?? ''
    for (const field of fields) expect(section).toMatch(new RegExp(`\`${field}\\??\``))
  })

  it.each(['src/tracker/status.ts', 'src/tracker/diagnosis.ts', 'src/plan/change.ts'])(
    'has the fields of %s that an event holds',
    (path) => {
      const names = [...read(path).matchAll(/export interface (\w+)[^{]*\{\n([\s\S]*?)\n\}/g)]
        .filter(([, name = '']) => ['Status', 'ResourceStatus', 'Progress', 'Diagnosis', 'Change'].includes(name))
        .flatMap(([, , body = '']) => [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name = '']) => name))
        .filter((name) => name !== 'desired' && name !== 'live')
      expect(names.length).toBeGreaterThan(3)
      for (const name of names) expect(doc).toMatch(new RegExp(`\\b${name}\\b`))
    },
  )
})
