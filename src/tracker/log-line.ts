const maxBytes = 16 * 1024

/** ECMA-48: CSI in both forms; OSC, DCS, SOS, PM and APC up to their terminator; any other escape with what belongs to it. */
const escapes =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|\u001b[ -/]*[0-~]?/g
const needsCleaning = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/
const controls = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g

/**
 * A line of a container's log as it is safe to print: without terminal codes, control characters and characters that reorder text; what a
 * carriage return overwrote is left out; cut at 16 KiB with its length said. Tabs stay.
 */
export function cleanLine(line: string): string {
  let text = line
  if (needsCleaning.test(text)) {
    text = text.replace(escapes, '').replace(/\r+$/, '')
    const overwritten = text.lastIndexOf('\r')
    if (overwritten >= 0) text = text.slice(overwritten + 1)
    text = text.replace(controls, '')
  }
  return text.length * 3 > maxBytes ? cut(text) : text
}

function cut(text: string): string {
  const bytes = Buffer.byteLength(text)
  if (bytes <= maxBytes) return text
  const note = ` … (${bytes} bytes)`
  const room = maxBytes - Buffer.byteLength(note)
  // A cut in the middle of a character leaves replacement characters at the end.
  const kept = Buffer.from(text)
    .subarray(0, room)
    .toString()
    .replace(/\ufffd+$/, '')
  return kept + note
}
