import { type Arg, fail, type State } from './state.ts'

export interface Variable {
  name: string
  slot: number
  /** The slot that tells whether the value is an element of a container of `interface {}`, set by `range`; undefined before anything is. */
  elemSlot: number
  /** Whether its declaration may be passed over: inside an argument of `and` or `or`. */
  conditional: boolean
}

type Read = (state: State) => Arg
export type Store = (state: State, value: Arg) => void
type IsInterface = (state: State) => boolean

const never: IsInterface = () => false

/** Gives the variables of a template their slots. Inner scopes end with their control structure. */
export class Scope {
  private readonly parent: Scope | undefined
  private readonly slots: { count: number }
  private readonly variables: Variable[] = []
  /** How many variables of the parent were declared when this scope began; bodies are compiled later, and must not see more. */
  private readonly visible: number
  /** The slot that tells whether dot is an element of a container of `interface {}`; undefined where it is not dot of a `range`. */
  private dotSlot: number | undefined
  /** The variables that the arguments of an `and` or `or` declare, while those are compiled. */
  private skippable: Variable[] | undefined

  constructor(parent?: Scope) {
    this.parent = parent
    this.slots = parent?.slots ?? { count: 2 }
    this.dotSlot = parent?.dotSlot
    this.visible = parent?.variables.length ?? 0
    if (!parent) this.variables.push({ name: '$', slot: 0, elemSlot: 1, conditional: false })
  }

  /** How many slots the template needs. */
  get size(): number {
    return this.slots.count
  }

  /** A scope inside this one. */
  inner(): Scope {
    return new Scope(this)
  }

  /** The scope of a `with` body: dot is the value of a pipeline. */
  withDot(): Scope {
    const scope = this.inner()
    scope.dotSlot = undefined
    return scope
  }

  /** The scope of a `range` body, and the slot that the loop sets for its dot. */
  rangeDot(): { scope: Scope; elemSlot: number } {
    const scope = this.inner()
    const elemSlot = this.slots.count++
    scope.dotSlot = elemSlot
    return { scope, elemSlot }
  }

  /** Declares a variable here; it is in sight for everything that is compiled after this. */
  declare(name: string): Store {
    return storeOf(this.add(name))
  }

  /** Declares a variable of `range`, which takes elements. */
  declareElement(name: string): Variable {
    return this.add(name)
  }

  /** A variable in sight; undefined where there is none. */
  variable(name: string): Variable | undefined {
    return this.find(name)
  }

  /** Assigns to a variable in sight. */
  assign(name: string): Store {
    const variable = this.find(name)
    if (variable?.conditional) return (state, value) => storeOf(this.declared(state, name))(state, value)
    return variable ? storeOf(variable) : (state) => fail(state, `undefined variable: ${name}`)
  }

  read(name: string): Read {
    const variable = this.find(name)
    if (!variable) return (state) => fail(state, `undefined variable: ${name}`)
    const { slot } = variable
    return variable.conditional ? (state) => state.vars[this.declared(state, name).slot] : (state) => state.vars[slot]
  }

  /** Compiles what may be passed over, and gives what forgets the variables that it declares. */
  conditionally(compile: () => void): ((state: State) => void) | undefined {
    const outer = this.skippable
    const declared: Variable[] = []
    this.skippable = declared
    compile()
    this.skippable = outer
    outer?.push(...declared)
    if (declared.length === 0) return undefined
    return (state) => {
      for (const { elemSlot } of declared) state.vars[elemSlot] = undefined
    }
  }

  variableIsInterface(name: string): IsInterface {
    const variable = this.find(name)
    return variable ? (state) => state.vars[variable.elemSlot] === true : never
  }

  dotIsInterface(): IsInterface {
    const slot = this.dotSlot
    return slot === undefined ? never : (state) => state.vars[slot] === true
  }

  private add(name: string): Variable {
    const variable = { name, slot: this.slots.count++, elemSlot: this.slots.count++, conditional: this.skippable !== undefined }
    this.variables.push(variable)
    this.skippable?.push(variable)
    return variable
  }

  private find(name: string, count = this.variables.length): Variable | undefined {
    for (let i = count - 1; i >= 0; i--) if (this.variables[i]!.name === name) return this.variables[i]
    return this.parent?.find(name, this.visible)
  }

  /** The variable of that name that the execution has come by. */
  private declared(state: State, name: string): Variable {
    for (let scope: Scope | undefined = this, count = this.variables.length; scope; count = scope.visible, scope = scope.parent) {
      for (let i = count - 1; i >= 0; i--) {
        const variable = scope.variables[i]!
        if (variable.name === name && !(variable.conditional && state.vars[variable.elemSlot] === undefined)) return variable
      }
    }
    return fail(state, `undefined variable: ${name}`)
  }
}

/** Gives a variable the value of a pipeline. */
export function storeOf({ slot, elemSlot }: Variable): Store {
  return (state, value) => {
    state.vars[slot] = value
    state.vars[elemSlot] = false
  }
}
