import type { FunctionTable } from '../value.ts'
import { type Constraints, parseConstraints, satisfies } from './constraint.ts'
import { parseVersion } from './version.ts'

const parsed = new Map<string, Constraints>()

/** Charts compare with the same few constraints over and over. */
function constraintsOf(text: string): Constraints {
  let constraints = parsed.get(text)
  if (!constraints) {
    constraints = parseConstraints(text)
    if (parsed.size >= 1000) parsed.clear()
    parsed.set(text, constraints)
  }
  return constraints
}

/** Semantic versions. */
export const semver: FunctionTable = {
  semver: {
    params: ['string'],
    call: ([text]) => parseVersion(text),
    doc: 'A version with its parts as methods: Major, Minor, Patch, Prerelease, Metadata, Original, Compare and others.',
    example: { template: '{{ $v := semver "1.2.3-beta.1" }}{{ $v.Major }} {{ $v.Prerelease }}', output: '1 beta.1' },
  },
  semverCompare: {
    params: ['string', 'string'],
    call: ([constraint, version]) => {
      const constraints = constraintsOf(constraint)
      return satisfies(parseVersion(version), constraints)
    },
    doc: 'Whether the version satisfies the constraint; prereleases only satisfy constraints that name a prerelease, such as `>=1.2-0`.',
    example: { template: '{{ semverCompare ">=1.20-0 <2" "v1.31.0" }} {{ semverCompare "^1.2" "1.3.0-rc.1" }}', output: 'true false' },
  },
}
