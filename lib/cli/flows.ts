import { Option } from 'commander';

export interface FlowFlags {
  readonly flows: 'follow' | 'stay';
}

/** Returns the option of commands that change what is published. */
export function flowsOption(): Option {
  return option('UDP flows that exist: stay where they are, or follow with their next packet', 'stay');
}

/** Returns the option of `publish`. */
export function newFlowsOption(): Option {
  return option('UDP clients that sent to the port before, and were never answered', 'follow');
}

function option(description: string, standard: FlowFlags['flows']): Option {
  return new Option('--flows <what>', description).choices(['follow', 'stay']).default(standard);
}
