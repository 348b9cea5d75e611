/** The kinds of libyaml's tokens. */
export const STREAM_START = 1
export const STREAM_END = 2
export const VERSION_DIRECTIVE = 3
export const TAG_DIRECTIVE = 4
export const DOCUMENT_START = 5
export const DOCUMENT_END = 6
export const BLOCK_SEQUENCE_START = 7
export const BLOCK_MAPPING_START = 8
export const BLOCK_END = 9
export const FLOW_SEQUENCE_START = 10
export const FLOW_SEQUENCE_END = 11
export const FLOW_MAPPING_START = 12
export const FLOW_MAPPING_END = 13
export const BLOCK_ENTRY = 14
export const FLOW_ENTRY = 15
export const KEY = 16
export const VALUE = 17
export const ALIAS = 18
export const ANCHOR = 19
export const TAG = 20
export const SCALAR = 21

export interface Token {
  type: number
  /** 0-based line on which it starts. */
  line: number
  column: number
  /** The text of a scalar, an anchor, an alias, a tag's handle or a directive's first argument. */
  value: string
  /** A tag's suffix, a directive's second argument. */
  suffix: string
  /** Whether a scalar is plain: only these resolve to other types than string. */
  plain: boolean
}

/** A token without text. */
export function mark(type: number, line: number, column: number): Token {
  return { type, line, column, value: '', suffix: '', plain: false }
}

export function textToken(type: number, line: number, column: number, value: string, suffix = '', plain = false): Token {
  return { type, line, column, value, suffix, plain }
}
