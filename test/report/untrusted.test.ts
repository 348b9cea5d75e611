import { describe, expect, it } from 'vitest'
import { createGithubReport } from '../../src/report/github.ts'
import { createGitlabReport } from '../../src/report/gitlab.ts'
import { createHtmlReport } from '../../src/report/html.ts'
import { createJunitReport } from '../../src/report/junit.ts'
import { createLinesReport } from '../../src/report/lines.ts'
import { createNdjsonReport } from '../../src/report/ndjson.ts'
import { hostileRun, reported } from './events-fixture.ts'

const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/

describe('text of others', () => {
  it('carries no terminal codes into plain lines', async () => {
    const text = await reported(hostileRun(), (options) => createLinesReport(options))
    expect(text).toContain('::error::owned')
    expect(text).not.toMatch(controls)
  })

  it('forges no workflow command', async () => {
    let summary = ''
    const text = await reported(hostileRun(), (options) => createGithubReport(options, (markdown) => (summary = markdown)))
    // The runner's two rules: `::name` after blanks, `##[` anywhere where a line is not one of the first kind.
    const commands = text.split('\n').filter((line) => /^\s*::/.test(line))
    expect(commands.map((line) => line.split(/[: ]+/)[1]).join(' ')).toBe(
      'group endgroup group endgroup group warning endgroup error error',
    )
    expect(text.split('\n').filter((line) => !/^\s*::/.test(line) && line.includes('##['))).toEqual([])
    expect(text).not.toMatch(controls)
    expect(summary).not.toMatch(controls)
  })

  it('forges no section', async () => {
    const text = await reported(hostileRun(), createGitlabReport)
    const marks = [...text.matchAll(/section_(?:start|end):\d+:([\w.-]+)\r\u001b\[0K/g)].map(([, id]) => id)
    expect(marks).toEqual(['plan', 'plan', 'pre_hooks', 'pre_hooks', 'track', 'track'].map((id) => `converge_${id}`))
  })

  it('stays text in XML and HTML', async () => {
    const xml = await reported(hostileRun(), createJunitReport)
    expect(xml).not.toMatch(controls)
    expect(xml).not.toContain('<script>')
    expect(xml).not.toContain(']]>')
    const html = await reported(hostileRun(), createHtmlReport)
    expect(html).not.toContain('<script>alert')
  })

  it('reads back from NDJSON as it was', async () => {
    const events = hostileRun()
    const text = await reported(events, createNdjsonReport)
    expect(text).not.toMatch(controls)
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(events)
  })
})
