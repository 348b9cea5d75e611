import { ConvergeError } from '../errors.ts'

/** Helm's rule for the names of releases: they become parts of names and values of labels. Throws ERR_NAME. `derived`: it was made of project and environment. */
export function checkReleaseName(name: string, derived = false): void {
  const fits = name.length <= 53 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)
  if (!fits) throw invalid('release', name, 'a-z, 0-9, - and . with a letter or digit at both ends, at most 53 characters', derived)
}

/** Kubernetes' rule for the names of namespaces. Throws ERR_NAME. */
export function checkNamespace(name: string, derived = false): void {
  const fits = name.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)
  if (!fits) throw invalid('namespace', name, 'a-z, 0-9 and - with a letter or digit at both ends, at most 63 characters', derived)
}

function invalid(what: 'release' | 'namespace', name: string, rule: string, derived: boolean): ConvergeError {
  const length = name.length > 53 ? ` (${name.length} characters)` : ''
  return new ConvergeError('ERR_NAME', `"${name}" is no valid name of a ${what}${length}: ${rule}`, {
    hint: derived
      ? `It is <project>-<environment> of converge.yaml. Shorten one of them, or name the ${what} with --${what} or in the environment.`
      : undefined,
  })
}
