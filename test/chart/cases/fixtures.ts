import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { ChartCase } from '../case.ts'

const root = path.join(import.meta.dirname, '../../../charts-fixtures')

/** The charts of charts-fixtures/ that Helm can render too. */
export const cases: ChartCase[] = ['everyday', 'shop'].map((name) => ({
  name,
  files: filesBelow(path.join(root, name)),
  options: { releaseName: 'rel', kubeVersion: '1.35.0' },
}))

function filesBelow(chart: string): Record<string, string> {
  const entries = readdirSync(chart, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name)
      return [path.relative(chart, file), readFileSync(file, 'utf8')]
    }),
  )
}
