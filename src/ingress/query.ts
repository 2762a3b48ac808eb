// Reads what the query of a POST asks for beside the records' being taken. Pure.
// It refuses to guess: a value that means nothing is REQUEST_MALFORMED; names it does not know are none of its business.
import { SluiceError } from '../errors.ts'
import { recordErrorsListed } from '../limits.ts'

export type Wishes = {
  /** `wait=stored`: answer only once the sink has the records. */
  readonly waitStored: boolean
  /** `errors=all`: how many errors are told of a record that the schema refuses; 0: the first. */
  readonly errorsMax: number
}

const none: Wishes = { waitStored: false, errorsMax: 0 }

/** @throws SluiceError REQUEST_MALFORMED for a `wait` other than `stored`, an `errors` other than `first` or `all`. */
export function readWishes(url: string): Wishes {
  const at = url.indexOf('?')
  if (at < 0) return none
  const query = new URLSearchParams(url.slice(at))
  const wait = query.get('wait')
  const errors = query.get('errors')
  if (wait !== null && wait !== 'stored')
    throw new SluiceError('REQUEST_MALFORMED', 'The only thing to wait for is wait=stored')
  if (errors !== null && errors !== 'first' && errors !== 'all')
    throw new SluiceError('REQUEST_MALFORMED', 'What can be told of a refused record is errors=first or errors=all')
  return { waitStored: wait === 'stored', errorsMax: errors === 'all' ? recordErrorsListed : 0 }
}
