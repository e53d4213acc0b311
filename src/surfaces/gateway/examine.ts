import { examineFile } from '../../store/sqlite/examine-file.ts';

// The entry of a child process: `examine PATH [SUSPICION]` prints what is to be said of a board's file, as JSON.
const [path = '', suspicion] = process.argv.slice(2);
process.stdout.write(JSON.stringify(examineFile(path, suspicion)));
