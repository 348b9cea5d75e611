import { parseConstraints, satisfies } from '../template/funcs/constraint.ts'
import { parseVersion } from '../template/funcs/version.ts'

/** Whether `version` lies in `range`, by the rules of Masterminds/semver; false where one of them cannot be read. */
export function isCompatibleRange(range: string, version: string): boolean {
  try {
    const candidate = parseVersion(version)
    return satisfies(candidate, parseConstraints(range))
  } catch {
    return false
  }
}

/** Whether Helm takes the text for a version. */
export function isVersion(text: string): boolean {
  try {
    parseVersion(text)
    return true
  } catch {
    return false
  }
}
