import { ConvergeError } from '../errors.ts'

export type LabelTest = (labels: Readonly<Record<string, string>>) => boolean

/** A label selector of Kubernetes: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b,c)`, `a`, `!a`, joined by commas. Throws ERR_USAGE for anything else. */
export function parseLabelSelector(text: string): LabelTest {
  const terms = text
    .split(/,(?![^(]*\))/)
    .map((term) => term.trim())
    .filter((term) => term !== '')
    .map(parseTerm)
  return (labels) => terms.every((term) => term(labels))
}

function parseTerm(text: string): LabelTest {
  const among = /^([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text)
  if (among) {
    const [, key = '', operator, list = ''] = among
    const values = list.split(',').map((value) => value.trim())
    const isIn = (labels: Readonly<Record<string, string>>) => labels[key] !== undefined && values.includes(labels[key])
    return operator === 'in' ? isIn : (labels) => !isIn(labels)
  }
  const compared = /^([\w./-]+)\s*(==?|!=)\s*([\w.-]*)$/.exec(text)
  if (compared) {
    const [, key = '', operator, value] = compared
    return operator === '!=' ? (labels) => labels[key] !== value : (labels) => labels[key] === value
  }
  const present = /^(!?)\s*([\w./-]+)$/.exec(text)
  if (present) return (labels) => (labels[present[2]!] !== undefined) === (present[1] === '')
  throw new ConvergeError('ERR_USAGE', `"${text}" is no label selector`, {
    hint: 'Write a=b, a!=b, a in (b,c), a or !a, joined by commas.',
  })
}
