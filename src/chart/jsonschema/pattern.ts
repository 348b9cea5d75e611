import { compilePattern } from '../../template/funcs/pattern.ts'

/** Whether a text has a match of the pattern somewhere in it. */
export type PatternTest = (text: string) => boolean

/** Patterns that mean the same to RE2 and to JavaScript, and that JavaScript cannot lose itself in: no group that is repeated. */
const common =
  /^(?:[A-Za-z0-9 _/:,@#%&=~!<>'"^$.|*+?-]|\((?!\?)|\)(?![*+{])|\[(?!\]|\^\])(?:[A-Za-z0-9 _/:,@#%&=~!<>'"^$.|*+?()-]|\\[dw.\-/+*?()[\]{}|^$])+\]|\\[dw.\-/+*?()[\]{}|^$]|\{[0-9]{1,2}(?:,[0-9]{0,2})?\})*$/
const odd = /[\r\u2028\u2029]/

/**
 * Compiles a pattern of a schema by the rules of RE2.
 * @throws Error with Go's words for what RE2 does not take
 */
export function compileTest(source: string): PatternTest {
  const quick = compileQuickly(source)
  let exact: PatternTest | undefined
  const slow = () => {
    const pattern = compilePattern(source)
    return (text: string) => pattern.matcher(text)(0) !== undefined
  }
  if (!quick) return slow()
  return (text) => {
    // For `.`, JavaScript knows more ends of lines than RE2 does.
    if (!odd.test(text)) return quick.test(text)
    exact ??= slow()
    return exact(text)
  }
}

/** Whether RE2 takes the pattern, found without compiling it; false where that is not plain to see. */
export function isPlainPattern(source: string): boolean {
  return compileQuickly(source) !== undefined
}

function compileQuickly(source: string): RegExp | undefined {
  if (!common.test(source) || source.split('{').length > 2) return undefined
  try {
    return new RegExp(source, 'u')
  } catch {
    return undefined
  }
}
