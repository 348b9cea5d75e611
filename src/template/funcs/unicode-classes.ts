/**
 * The longer names of Unicode's general categories, in Go's canonical spelling: a capital, then small letters, without spaces, hyphens and underscores.
 */
const categories: Readonly<Record<string, string>> = {
  Other: 'C',
  Control: 'Cc',
  Cntrl: 'Cc',
  Format: 'Cf',
  Unassigned: 'Cn',
  Privateuse: 'Co',
  Surrogate: 'Cs',
  Letter: 'L',
  Casedletter: 'LC',
  Lc: 'LC',
  Lowercaseletter: 'Ll',
  Modifierletter: 'Lm',
  Otherletter: 'Lo',
  Titlecaseletter: 'Lt',
  Uppercaseletter: 'Lu',
  Mark: 'M',
  Combiningmark: 'M',
  Spacingmark: 'Mc',
  Enclosingmark: 'Me',
  Nonspacingmark: 'Mn',
  Number: 'N',
  Decimalnumber: 'Nd',
  Digit: 'Nd',
  Letternumber: 'Nl',
  Othernumber: 'No',
  Punctuation: 'P',
  Punct: 'P',
  Connectorpunctuation: 'Pc',
  Dashpunctuation: 'Pd',
  Closepunctuation: 'Pe',
  Finalpunctuation: 'Pf',
  Initialpunctuation: 'Pi',
  Otherpunctuation: 'Po',
  Openpunctuation: 'Ps',
  Symbol: 'S',
  Currencysymbol: 'Sc',
  Modifiersymbol: 'Sk',
  Mathsymbol: 'Sm',
  Othersymbol: 'So',
  Separator: 'Z',
  Lineseparator: 'Zl',
  Paragraphseparator: 'Zp',
  Spaceseparator: 'Zs',
}

/** Quoted text, a class of characters and what is in it, one character, or a class by its Unicode name. */
const tokens = /\\Q[\s\S]*?(?:\\E|$)|\[\^?\]?|\[:\^?\w+:\]|\]|\\([pP])(?:\{(\^?)([^}]*)\}|(\w))|\\[\s\S]/g

/**
 * A pattern with Unicode classes by the names that RE2 has always had: since Go 1.25 case, spaces, hyphens and underscores do not matter, and
 * categories have longer names (`\p{lowercase letter}`). `isName` tells the names that RE2 has; what is none of them stays as it is.
 */
export function withPlainClassNames(source: string, isName: (name: string) => boolean): string {
  let inside = false
  return source.replace(tokens, (token, sign?: string, negated?: string, long?: string, short?: string) => {
    if (sign === undefined) {
      if (token === ']') inside = false
      else if (/^\[\^?\]?$/.test(token) && !inside) inside = true
      return token
    }
    const bare = (long ?? short!).replace(/[ _-]/g, '')
    const canonical = bare.slice(0, 1).toUpperCase() + bare.slice(1).toLowerCase()
    const not = (sign === 'P') !== (negated === '^')
    if (canonical === 'Ascii') {
      const range = not ? '\\x{80}-\\x{10FFFF}' : '\\x00-\\x7F'
      return inside ? range : `[${range}]`
    }
    const name = Object.hasOwn(categories, canonical) ? categories[canonical] : canonical
    return name !== undefined && isName(name) ? `\\${not ? 'P' : 'p'}{${name}}` : token
  })
}
