/**
 * Renders random charts with converge and with Helm, and prints those that differ: `npm run random -- [FAMILY…] [--from N] [--count N]`. The charts
 * of a family have numbers; the same number is always the same chart.
 */
import { parseArgs } from 'node:util'
import { chartOf, differenceOf, type Family, families } from '../test/chart/random/families.ts'
import { helmBinary } from '../test/oracle/helm.ts'

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: 'string', default: '1000' }, count: { type: 'string', default: '200' } },
})
const helm = await helmBinary()
if (!helm) throw new Error('There is no Helm binary for this platform.')
const all = Object.keys(families) as Family[]
const unknown = positionals.filter((name) => !(all as string[]).includes(name))
if (unknown.length > 0) throw new Error(`no family ${unknown.join(', ')}; there are ${all.join(', ')}`)

const from = Number(flags.from)
const until = from + Number(flags.count)
for (const family of positionals.length > 0 ? (positionals as Family[]) : all) {
  let differing = 0
  for (let number = from; number < until; number++) {
    const test = chartOf(family, number)
    const difference = await differenceOf(helm, test)
    if (!difference) continue
    differing++
    const [ours, theirs] = firstDifference(difference.ours.text, difference.theirs.text)
    console.log(`${family} ${number}: ${test.name}\n  converge  ${ours}\n  helm      ${theirs}`)
  }
  console.log(`${family}: ${until - from - differing} equal, ${differing} differ`)
}

/** The first lines that are not the same. */
function firstDifference(ours: string, theirs: string): [string, string] {
  const [a, b] = [ours.split('\n'), theirs.split('\n')]
  const at = a.findIndex((line, index) => line !== b[index])
  return [a[at < 0 ? a.length - 1 : at] ?? '', b[at < 0 ? a.length : at] ?? '']
}
