import type { Command } from 'commander'
import type { Access } from '../../repository/access.ts'

export interface RepositoryFlags extends Omit<Access, 'signal'> {
  chartVersion?: string
  repo?: string
}

/** Where a chart comes from that is not on this machine, with Helm's names. */
export function addRepositoryOptions(command: Command): Command {
  return addAccessOptions(
    command
      .optionsGroup('Chart:')
      .option(
        '--chart-version <range>',
        'the version of a chart in a repository or registry; also --version (default: the newest stable one)',
      )
      .option('--repo <url>', 'the repository that the chart is in'),
  )
}

/** How repositories and registries are reached. */
export function addAccessOptions(command: Command): Command {
  return command
    .optionsGroup('Chart:')
    .option('--username <name>', 'the user at the repository or registry')
    .option('--password <password>', 'the password there; better CONVERGE_PASSWORD')
    .option('--ca-file <file>', "the certificate authority of the repository's server")
    .option('--cert-file <file>', 'the certificate that the repository is shown')
    .option('--key-file <file>', 'the key of that certificate')
    .option('--insecure-skip-tls-verify', "do not check the repository's certificate")
    .option('--plain-http', 'speak http to the registry')
    .option('--pass-credentials', 'send user and password to all hosts that a repository names')
}

/** What the flags say of how to reach a repository. */
export function accessOf(flags: RepositoryFlags): Access {
  const { username, password, caFile, certFile, keyFile, insecureSkipTlsVerify, plainHttp, passCredentials } = flags
  return { username, password, caFile, certFile, keyFile, insecureSkipTlsVerify, plainHttp, passCredentials }
}
