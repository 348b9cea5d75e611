import { createLinesReport } from './lines.ts'
import type { Report, ReportOptions } from './report.ts'

/** Plain lines in GitLab's collapsible sections. */
export function createGitlabReport(options: ReportOptions): Report {
  const seconds = (at: number) => Math.floor(at / 1000)
  return createLinesReport(options, {
    open: (section, at) => [`\u001b[0Ksection_start:${seconds(at)}:converge_${section.id}\r\u001b[0K${section.title}`],
    close: (section, at) => [`\u001b[0Ksection_end:${seconds(at)}:converge_${section.id}\r\u001b[0K`],
  })
}
