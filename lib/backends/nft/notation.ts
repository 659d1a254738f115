import type { Hex, NftExpression } from './expression';
import type { NftElement, NftOperation } from './operation';
import { setFlags } from './sets';

/** Returns bytes in their own order, in groups of a register of 4 bytes each. */
function words(bytes: Hex): string {
  return (bytes.match(/.{1,8}/g) ?? []).join(' ');
}

/**
 * Returns an expression in the notation of `nft --debug=netlink`, except that bytes are in their own order, for example
 * `[ cmp eq reg 1 06 ]`.
 */
export function expressionText(expression: NftExpression): string {
  return `[ ${body(expression)} ]`;
}

function body(one: NftExpression): string {
  switch (one.expr) {
    case 'meta':
      return 'dreg' in one ? `meta load ${one.key} => reg ${one.dreg}` : `meta set ${one.key} with reg ${one.sreg}`;
    case 'cmp':
      return `cmp ${one.op} reg ${one.sreg} ${words(one.data)}`;
    case 'payload':
      return `payload load ${one.length}b @ ${one.base} header + ${one.offset} => reg ${one.dreg}`;
    case 'bitwise':
      return `bitwise reg ${one.dreg} = ( reg ${one.sreg} & ${words(one.mask)} ) ^ ${words(one.xor)}`;
    case 'ct':
      return `ct load ${one.key} => reg ${one.dreg}${one.direction === undefined ? '' : ` , dir ${one.direction}`}`;
    case 'fib':
      return `fib ${one.flags} ${one.result} => reg ${one.dreg}`;
    case 'lookup':
      return `lookup reg ${one.sreg} set ${one.set}${one.dreg === undefined ? '' : ` dreg ${one.dreg}`}${one.invert === true ? ' 0x1' : ''}`;
    case 'nat':
      return (
        `nat ${one.type} ${one.family}` +
        `${one.addressReg === undefined ? '' : ` addr_min reg ${one.addressReg}`}` +
        `${one.portReg === undefined ? '' : ` proto_min reg ${one.portReg}`}`
      );
    case 'redir':
      return `redir${one.portReg === undefined ? '' : ` proto_min reg ${one.portReg} flags 0x2`}`;
    case 'socket':
      return `socket load ${one.key} => reg ${one.dreg}`;
    case 'immediate':
      return `immediate reg 0 ${one.verdict}${'chain' in one ? ` -> ${one.chain}` : ''}`;
    case 'reject':
      return `reject type ${one.type} code ${one.code}`;
    case 'unknown':
      return one.name;
  }
}

/** Returns an element as text, for example `element 20fd : 20fb "name=web"`. */
function elementText({ key, keyEnd, ends, data, comment }: NftElement): string {
  return (
    `element ${words(key)}${keyEnd === undefined ? '' : ` - ${words(keyEnd)}`}${data === undefined ? '' : ` : ${words(data)}`}` +
    `${ends ? ' [end]' : ''}${comment === undefined ? '' : ` "${comment}"`}`
  );
}

/** Returns an operation on a table as text: one line, and another one for each expression or element. */
export function operationText(operation: NftOperation, table: string): string {
  const { op } = operation;
  switch (op) {
    case 'newTable':
      return `${op} inet ${table}${operation.owner ? ' owner' : ''}`;
    case 'deleteTable':
      return `${op} inet ${table}`;
    case 'newChain':
      if (operation.hook === undefined) return `${op} inet ${table} ${operation.chain}`;
      return `${op} inet ${table} ${operation.chain} type ${operation.type} hook ${operation.hook} prio ${operation.priority}`;
    case 'deleteChain':
      return `${op} inet ${table} ${operation.chain}`;
    case 'newSet': {
      const { set, keyType, keyLength, dataType, dataLength, counter } = operation;
      const data = dataType === undefined ? '' : ` : type ${dataType} ${dataLength}b`;
      const flags = setFlags(operation).toString(16);
      return `${op} inet ${table} ${set} ${flags} type ${keyType} ${keyLength}b${data}${counter ? ' counter' : ''}`;
    }
    case 'deleteSet':
      return `${op} inet ${table} ${operation.set}`;
    case 'newRule':
      return [
        `${op} inet ${table} ${operation.chain} ${operation.position}`,
        ...operation.expressions.map((one) => `  ${expressionText(one)}`),
      ].join('\n');
    case 'deleteRule':
      return `${op} inet ${table} ${operation.chain} handle ${operation.handle}`;
    case 'newElements':
    case 'deleteElements':
      return [`${op} inet ${table} ${operation.set}`, ...operation.elements.map((one) => `  ${elementText(one)}`)].join(
        '\n',
      );
  }
}
