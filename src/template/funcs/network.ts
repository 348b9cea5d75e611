import type { FunctionTable } from '../value.ts'
import { failure } from './failure.ts'

/** Functions that would go to the network. */
export const network: FunctionTable = {
  getHostByName: {
    params: ['string'],
    call: (_, context) => {
      if (context.enableDns)
        throw failure('names cannot be resolved while rendering', 'Render without --enable-dns, or give the address as a value.')
      return ''
    },
    doc: 'The empty text: names are only resolved where DNS is enabled for templates.',
    example: { template: '{{ getHostByName "localhost" | quote }}', output: '""' },
  },
}
