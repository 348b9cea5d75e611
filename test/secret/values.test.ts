import { expect, test } from 'vitest'
import { loadValues } from '../../src/chart/values.ts'
import { decrypt, encrypt, generateKey, isEncrypted, parseKey } from '../../src/secret/cipher.ts'
import { decryptValues, encryptedByPath, encryptValues, isEncryptedFile, rotateValues } from '../../src/secret/values.ts'

const key = parseKey('bc3458408a5687e60b9417adb84e4ad0', 'test')

// Encrypted by werf itself.
test.each([
  ['10007b717b44ec49b722c5d517cf6259bd20c93ea5ef2dcfc3934bccee59613d0ac07f5f39835d30f3736fc5d3edc10335bb', 'added_via_secret_values'],
  ['1000ad8725d33000e7bf81a5b65851003b9ca35e999b617ccff1fe402c7a941382f4fc5c9257de633a42427958b5fb43b2e3', 'overridden_via_secret_values'],
  ['100052fb0fa1cc8ef1cb123be089cdb853cc153772691b8fb743d612a7b64d65614d4d8745250752564941227eb8d7161523', 'secretConfigContent\n'],
  [
    '1000b52f32b4f9a78fb8b53e2a4d4211408b0de9c9bc83a8cda7a6be77e288f307bf90d016b476960f3c99ab51be48b318fcb4f404a4559bec045631902ec5f49728',
    'overridden_via_secret_values_extra',
  ],
])('reads what werf wrote: %#, and writes the same', (text, plain) => {
  expect(decrypt(`${text}\n`, key)).toBe(plain)
  expect(encrypt(plain, key, Buffer.from(text.slice(4, 36), 'hex'))).toBe(text)
})

test.each([16, 24, 32])('keys of %d bytes', (size) => {
  const other = parseKey('ab'.repeat(size), 'test')
  expect(decrypt(encrypt('päss\n', other), other)).toBe('päss\n')
})

test('a new key is one, and what is no key is named without it', () => {
  expect(parseKey(`${generateKey()}\n`, 'test')).toHaveLength(16)
  for (const text of ['abc', 'zz', '', 'ab'.repeat(15)])
    expect(() => parseKey(text, 'WERF_SECRET_KEY')).toThrow(
      expect.objectContaining({ code: 'ERR_SECRET_KEY', message: expect.not.stringContaining('abab') }),
    )
})

test('another key, plain text and broken text are told apart, without the text', () => {
  const text = encrypt('value', key)
  const other = parseKey(generateKey(), 'test')
  expect(() => decrypt('hunter2', key)).toThrow('it is not encrypted')
  expect(() => decrypt(text.slice(0, -2), key)).toThrow('it is not encrypted')
  // One key in 256 takes the last block for a good one, but what comes out is hardly ever text.
  let refused = 0
  for (let i = 0; i < 20; i++) {
    try {
      decrypt(encrypt('a value that is long enough to be no text by chance', key), other)
    } catch {
      refused++
    }
  }
  expect(refused).toBe(20)
  expect([encrypt('', key), decrypt('', key), isEncrypted(text), isEncrypted('1000')]).toEqual(['', '', true, false])
})

const plain = `# what the database is told
database: &db
  user: shop # not secret in itself
  password: 's3cret: "quoted"'
  ports: [5432, 0x10, ~]
list:
- one
- name: x
  text: |
    -----BEGIN KEY-----
    abc

    -----END KEY-----
  after: "a\\tb"
none: null
empty: ""
float: 1.50
yes: yes
true: true
other: *db
folded: >-
  two
  lines
last: end`

test('every value of a file is encrypted, and nothing else changes', () => {
  const encrypted = encryptValues(plain, key, 'f')
  expect(encrypted.replace(/1000[0-9a-f]{64,}/g, 'X')).toBe(`# what the database is told
database: &db
  user: X # not secret in itself
  password: X
  ports: [X, X, ~]
list:
- X
- name: X
  text: X
  after: X
none: null
empty: ""
float: X
yes: X
true: X
other: *db
folded: X
last: X
`)
  expect([isEncryptedFile(encrypted, 'f'), isEncryptedFile(plain, 'f'), isEncryptedFile('', 'f')]).toEqual([true, false, false])
  const found = [...encryptedByPath(encrypted, key, 'f')].map(([path, value]) => [path, value.plain])
  expect(Object.fromEntries(found)).toEqual({
    'database.user': 'shop',
    'database.password': 's3cret: "quoted"',
    'database.ports[0]': '5432',
    'database.ports[1]': '16',
    'list[0]': 'one',
    'list[1].name': 'x',
    'list[1].text': '-----BEGIN KEY-----\nabc\n\n-----END KEY-----\n',
    'list[1].after': 'a\tb',
    float: '1.5',
    yes: 'yes',
    true: 'true',
    folded: 'two lines',
    last: 'end',
  })
})

test("what comes back is read as the strings that were encrypted, by Helm's rules", () => {
  const back = decryptValues(encryptValues(plain, key, 'f'), key, 'f')
  expect(back).toContain('  text: |\n    -----BEGIN KEY-----\n    abc\n\n    -----END KEY-----\n  after: "a\\tb"\n')
  expect(back).toContain('ports: ["5432", "16", ~]')
  expect(back).toContain('yes: "yes"')
  const values = loadValues(back, 'f')
  expect(values.get('database')).toEqual(values.get('other'))
  expect((values.get('list') as Map<string, unknown>[])[1]).toEqual(
    new Map([
      ['name', 'x'],
      ['text', '-----BEGIN KEY-----\nabc\n\n-----END KEY-----\n'],
      ['after', 'a\tb'],
    ]),
  )
  expect([values.get('float'), values.get('none'), values.get('folded')]).toEqual(['1.5', null, 'two lines'])
})

test.each([
  '1',
  'null',
  '~',
  'a: b',
  '#x',
  ' lead',
  'trail ',
  '- x',
  '"',
  "'",
  'a\n',
  '\n',
  'a\n\n\n',
  'x\r\ny',
  '\u0007',
  '😀',
  'é',
  'on',
  '1e3',
  '0x1',
  '2001-01-01',
  '{a',
  '[',
  '*a',
  '&a',
  '!a',
  '%a',
  '@a',
  '`a',
  'a\nb',
  ' a\nb',
  'a \nb',
  '\ta',
])('the string %j survives', (value) => {
  const file = `a:\n  b: ${JSON.stringify(value)}\n  c: [${JSON.stringify(value)}, 1] # x\n- d`.replace('\n- d', '\nz: end\n')
  const back = decryptValues(encryptValues(file, key, 'f'), key, 'f')
  const values = loadValues(back, 'f').get('a') as Map<string, unknown>
  expect(values.get('b')).toBe(value)
  expect(values.get('c')).toEqual([value, '1'])
})

test('an edit keeps the encrypted text of what did not change', () => {
  const before = encryptValues('a: one\nb: two\n', key, 'f')
  const after = encryptValues('# note\nb: two\na: three\n', key, 'f', encryptedByPath(before, key, 'f'))
  const line = (text: string, name: string) => text.split('\n').find((item) => item.startsWith(`${name}:`))
  expect(line(after, 'b')).toBe(line(before, 'b'))
  expect(line(after, 'a')).not.toBe(line(before, 'a'))
})

test('a rotated file needs the new key, and the place of what cannot be decrypted is named', () => {
  const next = parseKey(generateKey(), 'test')
  const rotated = rotateValues(encryptValues('a: one\nb: {c: two}\n', key, 'f'), key, next, 'f')
  expect(decryptValues(rotated, next, 'f')).toBe('a: one\nb: {c: two}\n')
  expect(() => decryptValues('a: plain\n', key, 'dir/secret.yaml')).toThrow(
    expect.objectContaining({ message: 'a of dir/secret.yaml: it is not encrypted', location: { file: 'dir/secret.yaml', line: 1 } }),
  )
})
