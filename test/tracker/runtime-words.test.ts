import { describe, expect, it } from 'vitest'
import { configCause, pullCause, runtimeCause } from '../../src/tracker/kinds/runtime-words.ts'

// What kubelet 1.36 with containerd 1.6 says.

describe('why an image is not there', () => {
  const resolve = (image: string) => `failed to pull and unpack image "${image}": failed to resolve reference "${image}": `
  it.each([
    [
      `${resolve('registry.invalid/web:9')}failed to do request: Head "https://registry.invalid/v2/web/manifests/9": dial tcp: lookup registry.invalid on 10.255.255.53:53: no such host`,
      'its registry registry.invalid cannot be reached: no such host',
    ],
    [
      `Back-off pulling image "127.0.0.1:5000/web:9": ErrImagePull: ${resolve('127.0.0.1:5000/web:9')}failed to do request: Head "http://127.0.0.1:5000/v2/web/manifests/9": dial tcp 127.0.0.1:5000: connect: connection refused`,
      'its registry 127.0.0.1:5000 cannot be reached: connection refused',
    ],
    [`${resolve('docker.io/library/nginx:1.99')}docker.io/library/nginx:1.99: not found`, 'docker.io/library/nginx:1.99: not found'],
    ['Back-off pulling image "web:9"', ''],
  ])('%#', (message, expected) => expect(pullCause(message)).toBe(expected))
})

describe('why a process cannot be started', () => {
  const create = 'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: '
  const init = `${create}unable to start container process: error during container init: `
  const volume = '/var/lib/kubelet/pods/127f759a-85fd-4d0a-9e7d-f364cd8485d3/volume'
  it.each([
    [
      `${init}exec: "/nowhere": stat /nowhere: no such file or directory: unknown`,
      'exec: "/nowhere": stat /nowhere: no such file or directory',
    ],
    [`${init}mkdir /etc/passwd: not a directory: unknown`, 'mkdir /etc/passwd: not a directory'],
    [
      `${init}error mounting "${volume}s/kubernetes.io~configmap/d" to rootfs at "/etc/passwd": mount ${volume}s/kubernetes.io~configmap/d:/etc/passwd (via /proc/self/fd/6), flags: 0x5001: not a directory: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type: unknown`,
      'volume d cannot be mounted at /etc/passwd: not a directory',
    ],
    [
      `${init}error mounting "${volume}-subpaths/conf/web/0" to rootfs at "/etc": mount x: not a directory: unknown`,
      'volume conf cannot be mounted at /etc: not a directory',
    ],
  ])('%#', (message, expected) => expect(runtimeCause(message)).toBe(expected))

  it('of a configuration, without the Pod', () => {
    const said = 'container has runAsNonRoot and image will run as root'
    expect(configCause(`${said} (pod: "web-1_shop(e9f096b8-42fe)", container: web)`)).toBe(said)
  })
})
