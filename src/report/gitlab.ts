import { createLinesReport } from './lines.ts'
import type { Report, ReportOptions } from './report.ts'

/**
 * Plain lines in GitLab's collapsible sections. A section mark needs a carriage return and an escape after it, neither of which is left in text of others, so none can be
 * forged.
 */
export function createGitlabReport(options: ReportOptions): Report {
  const mark = (kind: 'start' | 'end', id: string, at: number) =>
    `\u001b[0Ksection_${kind}:${Math.floor(at / 1000)}:converge_${id.replaceAll('-', '_')}\r\u001b[0K`
  return createLinesReport(options, {
    open: (section, at) => [`${mark('start', section.id, at)}${section.heading}`],
    close: (section, at) => [mark('end', section.id, at)],
  })
}
