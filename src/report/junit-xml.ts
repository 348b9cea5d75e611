/** One test case of JUnit's format. */
export interface JunitCase {
  suite: string
  name: string
  seconds: number
  failure?: { message: string; text: string }
}

export interface JunitRun {
  name: string
  release: string
  /** Milliseconds since the epoch. */
  startedAt?: number
  seconds: number
  cases: readonly JunitCase[]
}

/** The document: a suite for each name of a suite among the cases, in the order of their first appearance. */
export function junitXml(run: JunitRun): string {
  const { cases } = run
  const suites = [...new Set(cases.map((item) => item.suite))]
  const parts = suites.map((suite) =>
    suiteXml(
      suite,
      cases.filter((item) => item.suite === suite),
      run,
    ),
  )
  const attributes = `name="${attribute(run.name)}" ${counts(cases)} time="${run.seconds.toFixed(3)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n${parts.join('')}</testsuites>\n`
}

function suiteXml(suite: string, cases: readonly JunitCase[], { release, startedAt }: JunitRun): string {
  const seconds = cases.reduce((sum, item) => sum + item.seconds, 0)
  const stamp = startedAt === undefined ? '' : ` timestamp="${new Date(startedAt).toISOString().slice(0, 19)}"`
  const head = `  <testsuite name="${attribute(suite)}" ${counts(cases)} errors="0" time="${seconds.toFixed(3)}"${stamp}>\n`
  return `${head}${cases.map((item) => caseXml(item, release)).join('')}  </testsuite>\n`
}

function caseXml({ suite, name, seconds, failure }: JunitCase, release: string): string {
  const open = `    <testcase classname="${attribute(`${release}.${suite}`)}" name="${attribute(name)}" time="${seconds.toFixed(3)}"`
  if (!failure) return `${open}/>\n`
  return `${open}>\n      <failure message="${attribute(failure.message)}">${content(failure.text)}</failure>\n    </testcase>\n`
}

function counts(cases: readonly JunitCase[]): string {
  return `tests="${cases.length}" failures="${cases.filter((item) => item.failure).length}"`
}

/** Text for XML 1.0: markup escaped, characters that XML forbids, and halves of characters, left out. */
function content(text: string): string {
  return text
    .replace(/[^\t\n\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}

/** The same for an attribute, where a reader would turn line feeds and tabs into blanks. */
function attribute(text: string): string {
  return content(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}
