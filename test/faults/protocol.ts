import type { FlowOptions, PublishOptions } from '../../lib';
import type { Fault } from './shim';

/** What a driver process does. */
export type Work =
  | { readonly does: 'publish'; readonly options: PublishOptions }
  | {
      readonly does: 'move' | 'retarget';
      readonly name: string;
      readonly to: number;
      readonly flows?: FlowOptions['flows'];
    }
  | { readonly does: 'withdraw'; readonly name: string }
  | { readonly does: 'publishAll'; readonly options: readonly PublishOptions[] }
  | { readonly does: 'apply'; readonly ports: readonly (readonly [port: number, targetPort: number])[] }
  | { readonly does: 'clear' }
  | { readonly does: 'open' };

/** One line of JSON. Without a fault the calls are only counted. */
export interface DriverRequest {
  readonly work: Work;
  readonly fault?: Fault;
}

/** What it answers, a line as well; the first one without being asked, when it is ready. */
export interface DriverResponse {
  /** What became of the connections that the change was to end; absent where it ends none by its kind. */
  readonly ended?: { readonly connections: number; readonly error?: string };
  readonly error?: { readonly code: string; readonly message: string; readonly installed?: readonly string[] };
}
