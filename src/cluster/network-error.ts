import { messageOf } from '../errors.ts'
import { ApiError, describe, type RequestSubject } from './api-error.ts'

/** Where requests go, for messages about not getting there. */
export interface Destination {
  server: string
  proxy?: string
  /** The client certificate in PEM, to say whether it has expired. */
  clientCertificate?: string | Buffer
}

const certificateCodes = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])

/** The error of a request that got no whole answer, from what Node's sockets and TLS threw. */
export function errorOfNetwork(error: unknown, subject: RequestSubject, destination: Destination): ApiError {
  const code = (error as { code?: string })?.code ?? ''
  const through = destination.proxy ? ` through the proxy ${destination.proxy}` : ''
  const server = `${destination.server}${through}`
  const fail = (kind: string, message: string, hint?: string) => new ApiError(kind, message, { reason: code, subject, hint, cause: error })

  if (code === 'CERT_HAS_EXPIRED') {
    return fail('ERR_KUBE_CERTIFICATE', `the certificate of ${server} has expired`, 'renew the certificate of the API server')
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return fail(
      'ERR_KUBE_CERTIFICATE',
      `the certificate of ${server} is not valid yet`,
      'compare the clocks of this machine and of the server',
    )
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const message = `the certificate of ${server} is for another name: ${messageOf(error)}`
    return fail('ERR_KUBE_CERTIFICATE', message, 'set tls-server-name in the kubeconfig or --kube-tls-server-name')
  }
  if (certificateCodes.has(code)) {
    const hint = 'the CA of the kubeconfig (certificate-authority) or --kube-ca-file must be that of the server'
    return fail('ERR_KUBE_CERTIFICATE', `the certificate of ${server} is not signed by a known authority (${code})`, hint)
  }
  const refused = /^ERR_SSL_.*(ALERT|CERTIFICATE)/.test(code)
  // With TLS 1.3 a server that does not like the certificate may just hang up.
  if (refused || code === 'ECONNRESET' || code === 'EPIPE') {
    const expired = clientCertificateExpiry(destination.clientCertificate)
    if (expired) return fail('ERR_KUBE_CERTIFICATE', expired, 'fetch a new kubeconfig')
  }
  if (refused) {
    return fail('ERR_KUBE_CERTIFICATE', `${server} does not accept the client certificate (${code})`)
  }
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code.startsWith('ERR_SSL_')) {
    return fail(
      'ERR_KUBE_UNREACHABLE',
      `${server} does not speak TLS: ${code}`,
      'is the scheme of the server http, or is a proxy in between?',
    )
  }
  if (code === 'HPE_INVALID_CONSTANT' || code.startsWith('HPE_')) {
    return fail('ERR_KUBE_BAD_ANSWER', `${server} does not answer in HTTP (${code})`, 'is the port that of a Kubernetes API server?')
  }
  if (code === 'ETIMEDOUT' || code === 'ERR_KUBE_NO_ANSWER') {
    return fail('ERR_KUBE_UNREACHABLE', `cannot ${describe(subject)}: no answer from ${server} in time`)
  }
  const words: Record<string, string> = {
    ECONNREFUSED: 'the connection was refused',
    ENOTFOUND: 'the host name is unknown',
    EAI_AGAIN: 'the host name could not be looked up',
    ECONNRESET: 'the connection was cut',
    EPIPE: 'the connection was cut',
    EHOSTUNREACH: 'there is no route to the host',
    ENETUNREACH: 'there is no route to the network',
  }
  const why = words[code] ?? (messageOf(error) || code)
  const hint =
    code === 'ECONNRESET' || code === 'EPIPE'
      ? undefined
      : 'is the cluster up, and is this its kube context? `kubectl cluster-info` asks the same server'
  return fail('ERR_KUBE_UNREACHABLE', `cannot reach the cluster at ${server}: ${why}`, hint)
}

/** A sentence where the client certificate is out of its time, else undefined. */
export function clientCertificateExpiry(pem: string | Buffer | undefined): string | undefined {
  if (!pem) return undefined
  // Only on the way to an error: node:crypto is not needed for a connection over plain tokens.
  const { X509Certificate } = process.getBuiltinModule('node:crypto')
  try {
    const certificate = new X509Certificate(pem)
    if (Date.parse(certificate.validTo) < Date.now()) return `the client certificate of this context expired on ${certificate.validTo}`
    if (Date.parse(certificate.validFrom) > Date.now())
      return `the client certificate of this context is valid only from ${certificate.validFrom}`
  } catch {
    return 'the client certificate of this context cannot be read'
  }
  return undefined
}
