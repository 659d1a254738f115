import { faultSuite } from './suite';

faultSuite('nft');
