import { FirewallError } from '../errors';
import { DEFAULT_MARK, type Mark } from '../rules/mark';

/**
 * The mark of the rules that are installed, or else the one that is asked for.
 * @param found what the installed rules use; undefined where none does
 * @param isUsed whether ports are closed by it
 * @throws FirewallError ERR_CONFLICT where ports are closed by another one than is asked for
 */
export function agreedMark(
  { mark, owner }: { readonly mark: Mark | undefined; readonly owner: string },
  found: Mark | undefined,
  isUsed: () => boolean = () => true,
): Mark {
  if (found === undefined) return mark ?? DEFAULT_MARK;
  if (mark === undefined || (mark.value === found.value && mark.mask === found.mask)) return found;
  if (!isUsed()) return mark;
  const hex = (value: number) => `0x${value.toString(16)}`;
  throw new FirewallError(
    'ERR_CONFLICT',
    `mark: the rules installed for owner "${owner}" use ${hex(found.value)}/${hex(found.mask)}, not ` +
      `${hex(mark.value)}/${hex(mark.mask)}; leave mark out to go on with theirs, or clear them first`,
    { field: 'mark', value: mark },
  );
}
