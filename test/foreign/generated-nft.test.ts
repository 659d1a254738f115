import { generatedSuite } from './generated.suite';

generatedSuite('nft');
