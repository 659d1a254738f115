/** The parts of `nft -j list ruleset` that the doctor looks at (libnftables-json(5)). */

export interface NftChain {
  readonly family: string;
  readonly table: string;
  readonly name: string;
  readonly hook: string | undefined;
  readonly policy: string | undefined;
}

export interface NftRule {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  readonly statements: readonly Json[];
}

export interface NftRuleset {
  readonly tables: readonly { readonly family: string; readonly name: string }[];
  readonly chains: readonly NftChain[];
  readonly rules: readonly NftRule[];
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** The value under a path of keys; undefined where there is none. */
export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || Array.isArray(found)) return undefined;
    found = (found as { readonly [key: string]: Json })[key];
  }
  return found;
}

export function parseNftRuleset(text: string): NftRuleset {
  const listed = at(JSON.parse(text) as Json, 'nftables');
  const objects: readonly Json[] = Array.isArray(listed) ? listed : [];
  const all = (kind: string) => objects.map((one) => at(one, kind)).filter((one) => one !== undefined);
  const word = (value: Json | undefined) => (typeof value === 'string' ? value : '');
  return {
    tables: all('table').map((table) => ({ family: word(at(table, 'family')), name: word(at(table, 'name')) })),
    chains: all('chain').map((chain) => ({
      family: word(at(chain, 'family')),
      table: word(at(chain, 'table')),
      name: word(at(chain, 'name')),
      hook: word(at(chain, 'hook')) || undefined,
      policy: word(at(chain, 'policy')) || undefined,
    })),
    rules: all('rule').map((rule) => {
      const statements = at(rule, 'expr');
      return {
        family: word(at(rule, 'family')),
        table: word(at(rule, 'table')),
        chain: word(at(rule, 'chain')),
        statements: Array.isArray(statements) ? statements : [],
      };
    }),
  };
}

/** The name of an owner's own table, or of another owner's. */
export function isOwnTable(name: string): boolean {
  return name === 'portshift' || name.startsWith('portshift.');
}
