/** Evaluates `$((...))`: integers, variables, + - * / %, comparisons, && || !, parentheses, and `name = expr` with ++ and +=. */
export function evaluate(source: string, vars: Record<string, string>): number {
  const tokens = source.match(/\d+|[A-Za-z_]\w*|\+\+|--|[-+*/%]=|[<>=!]=|&&|\|\||[-+*/%<>=!()?:]/g) ?? []
  let i = 0
  const number = (name: string): number => Number.parseInt(vars[name] ?? '0', 10) || 0
  const LEVELS = [['||'], ['&&'], ['==', '!='], ['<', '>', '<=', '>='], ['+', '-'], ['*', '/', '%']]

  function assignment(): number {
    const name = tokens[i]
    const op = tokens[i + 1]
    if (name && /^[A-Za-z_]/.test(name) && op && /^([-+*/%])?=$/.test(op)) {
      i += 2
      const right = assignment()
      const result = op === '=' ? right : apply(op[0]!, number(name), right)
      vars[name] = String(result)
      return result
    }
    const test = binary(0)
    if (tokens[i] !== '?') return test
    i++
    const yes = assignment()
    i++
    const no = assignment()
    return test ? yes : no
  }

  function binary(level: number): number {
    if (level === LEVELS.length) return unary()
    let left = binary(level + 1)
    while (LEVELS[level]!.includes(tokens[i] ?? '')) {
      const op = tokens[i++]!
      left = apply(op, left, binary(level + 1))
    }
    return left
  }

  function unary(): number {
    const token = tokens[i++]
    if (token === undefined) return 0
    if (token === '-') return -unary()
    if (token === '+') return unary()
    if (token === '!') return unary() ? 0 : 1
    if (token === '(') {
      const inner = assignment()
      i++
      return inner
    }
    if (token === '++' || token === '--') {
      const name = tokens[i++]!
      const result = number(name) + (token === '++' ? 1 : -1)
      vars[name] = String(result)
      return result
    }
    if (/^\d/.test(token)) return Number.parseInt(token, 10)
    const result = number(token)
    if (tokens[i] === '++' || tokens[i] === '--') vars[token] = String(result + (tokens[i++] === '++' ? 1 : -1))
    return result
  }

  return assignment()
}

function apply(op: string, a: number, b: number): number {
  switch (op) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '/':
      if (b === 0) throw new Error('arithmetic syntax error: divide by zero')
      return Math.trunc(a / b)
    case '%':
      if (b === 0) throw new Error('arithmetic syntax error: divide by zero')
      return a % b
    case '<':
      return Number(a < b)
    case '>':
      return Number(a > b)
    case '<=':
      return Number(a <= b)
    case '>=':
      return Number(a >= b)
    case '==':
      return Number(a === b)
    case '!=':
      return Number(a !== b)
    case '&&':
      return Number(a !== 0 && b !== 0)
    default:
      return Number(a !== 0 || b !== 0)
  }
}
