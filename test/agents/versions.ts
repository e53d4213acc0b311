import packageFile from './package.json' with { type: 'json' };

/** The version of each package of an agent that the tests run with. */
export const versions = { ...packageFile.dependencies, ...packageFile.optionalDependencies };
